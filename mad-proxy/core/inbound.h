/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests from the fabric that were delivered to a guest. A guest may answer only these, each once, and only
 * to their sender. An answer in segments is a transfer: segments are sent as far as the receiver's ACKs allow,
 * and it ends when the last segment is acknowledged, or with STOP or ABORT of either side. If the table is
 * full, a new request replaces the oldest; an answer to that one is then dropped and counted.
 */
#pragma once

#include "mad-proxy/core/flow.h"
#include "mad-proxy/core/session.h"

struct inbound {
	bool used;
	uint8_t mgmt_class;
	uint8_t method;
	uint16_t port;
	uint16_t client;
	uint64_t tid;
	struct chan_addr addr;
	struct flow flow; /* of the answer's segments, and of ACKs of the request's */
};

int inbound_init(struct session *s);
void inbound_fini(struct session *s);
/* The client has ended: removes its requests, because its number may be used again. */
void inbound_forget(struct session *s, unsigned int client);
void inbound_add(struct session *s, unsigned int port, unsigned int client,
		 const struct chan_addr *from, const uint8_t *mad);
/* The request that this response answers, or NULL. */
struct inbound *inbound_find(struct session *s, const struct chan_slot *slot);
