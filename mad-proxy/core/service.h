/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a service of the gateway (forwarding; the SA's and the CM's) is told of guests: who came, who
 * went, what happened to a port. Guests and sessions call services through this table and know none by
 * name; core.c says which there are. Unset members are not called.
 */
#pragma once

#include "channel/abi/chan_slot.h"
#include "mad-proxy/core/engine.h"

struct guest;
struct session;

struct service {
	/* At the start and the end of the core. 0 or -ENOMEM. */
	int (*init)(struct proxy_core *core);
	void (*fini)(struct proxy_core *core);
	/* Makes room for a session that comes: 0 or -ENOMEM. */
	int (*session_new)(struct proxy_core *core, struct session *s);
	/* All that a session waited for is waited for no more. */
	void (*session_end)(struct proxy_core *core, struct session *s);
	/* Its memory, a step after it ended. */
	void (*session_free)(struct session *s);
	/* The same of one client, or of one agent of it (-1: all). */
	void (*client_end)(struct proxy_core *core, struct session *s, unsigned int client,
			   int agent);
	/* Something happened on a port. Guests are told when every service has begun its own work. */
	void (*port_event)(struct proxy_core *core, unsigned int port, enum chan_port_event event);
	/* A record of its own from before the restart, and that all were given back. */
	void (*restored)(struct proxy_core *core, const struct proxy_state *state);
	void (*restored_all)(struct proxy_core *core);
	/* Asserts what holds. Returns how many requests on the wire are its own. */
	size_t (*check)(const struct proxy_core *core);
};

/* All of them, the last is NULL (core.c). */
extern const struct service *const services[];

#define FOR_EACH_SERVICE(sv, member)                                  \
	for (const struct service *const *sv = services; *sv; (sv)++) \
		if ((*sv)->member)
