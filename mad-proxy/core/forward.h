/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Forwards a MAD of a guest to the port: checks the slot, classifies it (request, segment of a transfer,
 * answer to the fabric), asks admission, and sends it with the right id. Admission also rebuilds the address.
 */
#pragma once

#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/service.h"

extern const struct service forward_service;

/* Whether this SEND makes a request: it answers none, and is no part of a transfer that runs. */
bool forward_makes_request(struct proxy_core *core, const struct session *s,
			   const struct chan_slot *slot);
/* A MAD that a guest sends. */
void forward_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
