/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control slots of guests. Each gets a reply with its cookie; an invalid message ends the session.
 */
#pragma once

#include "mad-proxy/core/session.h"

void ctl_slot(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
