/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface of a service of the gateway (forwarding; later SA and CM): guests and sessions call services
 * through this table, and core.c lists the services. NULL members are not called.
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
	/* Allocates the memory for a new session: 0 or -ENOMEM. */
	int (*session_new)(struct proxy_core *core, struct session *s);
	/* Ends everything for which the session waits. */
	void (*session_end)(struct proxy_core *core, struct session *s);
	/* Frees the session's memory, a step after its end. */
	void (*session_free)(struct session *s);
	/* Like session_end, for one client, or one agent of it (-1: all). */
	void (*client_end)(struct proxy_core *core, struct session *s, unsigned int client,
			   int agent);
	/* A port event. Guests get it after every service has begun its own work. */
	void (*port_event)(struct proxy_core *core, unsigned int port, enum chan_port_event event);
	/* A stored record of this service, after a restart; and: there are no more records. */
	void (*restored)(struct proxy_core *core, const struct proxy_state *state);
	void (*restored_all)(struct proxy_core *core);
	/* Asserts the invariants. Returns the number of the service's requests on the wire. */
	size_t (*check)(const struct proxy_core *core);
};

/* All services, terminated by NULL (core.c). */
extern const struct service *const services[];

#define FOR_EACH_SERVICE(sv, member)                                  \
	for (const struct service *const *sv = services; *sv; (sv)++) \
		if ((*sv)->member)
