/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Control slots: what a guest says about itself. Each is answered under its cookie; a message that
 * no honest guest sends ends the session.
 */
#pragma once

#include "mad-proxy/core/session.h"

void ctl_slot(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
