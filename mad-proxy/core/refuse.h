/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A refusal is an answer: the MAD comes back to its guest as the one it asked would have refused
 * it, and the verdict goes to the audit. CM has its own ways to say no (IBA 12.6.7, 12.11.2). Where
 * a message has no way to be refused, whoever waits for an answer to it waits no longer: it timed out.
 */
#pragma once

#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/session.h"

void refuse_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		const struct admit_verdict *v);
