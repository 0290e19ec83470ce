/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gateway: the pure core, its ports, its guests, and the event source that drives them. One thread.
 *
 * Order of work: a callback passes an event to the core with io_gateway_step(), which carries out the effects
 * before it returns. Events that the effects cause (the result of a registration, a send that the port
 * refused, a session that ended) are queued and stepped after that. Ended sessions are freed at the end of the
 * turn.
 */
#pragma once

#include <glib.h>
#include <sys/queue.h>

#include "base/look.h"
#include "mad-proxy/core/core.h"
#include "mad-proxy/io/guest_listen.h"
#include "mad-proxy/io/poller.h"
#include "mad-proxy/io/state_file.h"
#include "mad-proxy/io/hca_port.h"
#include "mad-proxy/io/xen.h"

struct io_gateway_params {
	struct policy *policy; /* ownership is taken */
	const char *run_dir;
	const char *state_dir; /* NULL: nothing survives a restart */
	unsigned int max_sessions; /* of all guests together */
	unsigned int max_sessions_per_guest; /* of one */
	bool xen; /* serve guests that are domains, if this is a Xen host */
};

/* An event caused by effects; owns the data to which the event points. */
struct io_pending {
	struct proxy_event event;
	uint8_t mad[CHAN_MAD_BYTES];
};

struct io_gateway {
	struct proxy_core *core;
	struct policy *policy;
	char *run_dir;
	struct mono_ms started;
	struct mono_ms now; /* of this turn */
	struct io_poller poller;
	GSource *source; /* the poller's, due when the core's deadline is */
	guint port_timer;
	unsigned int ports;
	struct io_umad_port *port;
	GHashTable *guests; /* name -> struct io_guest, owned */
	GHashTable *sessions; /* session->id.v -> struct io_session */
	struct io_session *attaching;
	struct io_xen *xen; /* NULL: no Xen */
	struct chan_closer *closer;
	struct io_guest_list ready; /* guests with work: each has one turn in a round */
	unsigned int ready_count;
	struct io_guest_list paused; /* whose connections are accepted again at resume_at */
	struct mono_ms resume_at; /* MONO_NEVER: there are none */
	struct io_session_list dirty; /* to be kicked at the end of the round */
	struct io_session_list masked; /* whose doorbells are unmasked at unmask_at */
	struct mono_ms unmask_at; /* MONO_NEVER: there are none */
	struct io_session_list dead; /* to be freed at the end of the turn */
	struct proxy_effects effects;
	struct io_state *state; /* NULL: there is none */
	bool stepping;
	GArray *pending; /* struct io_pending */
	bool work_left; /* run again at once */
	uint64_t round_ns; /* when the round began; `now` is the same in milliseconds */
	uint64_t handled; /* events stepped so far */
	struct look look; /* whether to poll before sleeping */
	unsigned int short_waits; /* waits in a row that were short, up to IO_SHORT_WAITS */
};

/*
 * Opens the ports, listens for the guests, attaches to the default main context. NULL and *error on failure.
 */
struct io_gateway *io_gateway_new(const struct io_gateway_params *params, GError **error);

/* Closes all sessions, removes the guests' sockets. NULL is allowed. */
void io_gateway_free(struct io_gateway *gate);

/* Passes one event to the core, carries out its effects, and handles the events that they cause. */
void io_gateway_step(struct io_gateway *gate, const struct proxy_event *event);

/* For effects: queues an event that is stepped when they are done. */
void io_gateway_queue(struct io_gateway *gate, const struct io_pending *pending);

/* Tells the event source that the ready list is not empty. */
void io_gateway_wake(struct io_gateway *gate);

/*
 * Puts another policy in force and takes ownership of it. FALSE: the policy is refused, nothing changes, and
 * the caller still owns it.
 */
gboolean io_gateway_set_policy(struct io_gateway *gate, struct policy *policy, GError **error);

/* How many sessions a guest has. */
unsigned int io_gateway_sessions(const struct io_gateway *gate, const char *guest);

/* Ends all sessions of a guest, which may connect again. Returns how many. */
unsigned int io_gateway_detach(struct io_gateway *gate, const char *guest);

/* "mlx5_0/1" of a port, NULL when there is no such port. buf is the result. */
#define IO_PORT_NAME_BYTES 32
const char *io_gateway_port_name(const struct io_gateway *gate, int port,
				 char buf[IO_PORT_NAME_BYTES]);
