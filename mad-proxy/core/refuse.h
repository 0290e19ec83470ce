/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Refuses a MAD: the guest gets the answer with which a responder would refuse it, and the verdict is
 * audited. For CM messages that is a REJ or SIDR_REP (IBA 12.6.7, 12.11.2). A message that has no such
 * answer ends with a time-out.
 */
#pragma once

#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/session.h"

void refuse_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		const struct admit_verdict *v);
