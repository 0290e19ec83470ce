/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest's socket (RUNDIR/guests/NAME) and its sessions. A session came through that socket, or a
 * device made it.
 *
 * Whatever a guest makes us do is done in its turns (gateway.c), one thing in each: a connection is
 * accepted, a batch is taken from a ring, or the next batch from the ring of a session that hung up.
 * Connections wait in the kernel's backlog while the guest had too many of late, or has left too much
 * to be closed (channel/closer.h): who connects without end holds up itself.
 *
 * Ownership: a guest owns its listening socket; a session owns its channel and is owned by its
 * guest's list until it is dead, then by the gateway's list of the dead. Invariant: a session is in
 * gate->sessions exactly as long as the core knows it.
 */
#pragma once

#include <stdbool.h>
#include <sys/queue.h>

#include "base/ids.h"
#include "base/pace.h"
#include "channel/closer.h"
#include "channel/local.h"
#include "mad-proxy/core/audit.h"
#include "mad-proxy/io/poller.h"

struct io_gateway;
struct proxy_push;

#define IO_SESSION_BATCH 16 /* MADs of one session in one turn (proxy_slot_cost()) */

struct io_session {
	struct io_watch bell;
	struct io_watch hangup;
	struct io_gateway *gate;
	struct io_guest *guest;
	struct session_id id;
	struct chan *chan; /* NULL: not welcomed yet */
	int sock; /* until chan owns it, then -1 */
	bool is_local; /* chan is of channel/local.h */
	/* of a device: called once, when the session has ended and its channel is closed */
	void (*gone)(void *device, enum audit_reason reason);
	void *device;
	enum audit_reason reason; /* why it ended */
	bool attached; /* the core knows it */
	bool is_ready, is_dirty, is_masked, is_dead;
	bool hung_up; /* it ends when its ring is empty, or so many more slots are taken */
	unsigned int slots_left;
	bool has_next;
	struct chan_slot next; /* taken from its ring, not yet given to the core */
	bool broken; /* its answer ring has bad indices */
	TAILQ_ENTRY(io_session) in_guest;
	TAILQ_ENTRY(io_session) in_ready;
	TAILQ_ENTRY(io_session) in_dirty;
	TAILQ_ENTRY(io_session) in_masked;
	TAILQ_ENTRY(io_session) in_dead;
};

TAILQ_HEAD(io_session_list, io_session);

struct io_guest {
	struct io_watch listen; /* edge-triggered */
	int listen_fd; /* -1: it cannot have a socket for now */
	char *listen_error; /* why not, as the journal has it */
	struct io_gateway *gate;
	char *name;
	struct chan_account *account; /* what it left to be closed */
	struct pace connects;
	bool is_connecting; /* connections may wait to be accepted */
	bool accepted_last; /* its last turn accepted one */
	bool is_paused; /* none is accepted before resume_at */
	struct mono_ms resume_at;
	bool is_ready;
	struct io_session_list sessions;
	struct io_session_list ready; /* those of them that are to be read */
	TAILQ_ENTRY(io_guest) in_ready; /* it wants a turn, or had something to do since its last */
	TAILQ_ENTRY(io_guest) in_paused;
};

TAILQ_HEAD(io_guest_list, io_guest);

/*
 * Listens for the guest (guest_socket.h). If that cannot be, as when the guest has a directory where
 * its socket belongs, it is the guest's loss alone: the journal says so, guest->listen_error as well,
 * and io_guest_listen() tries again.
 */
struct io_guest *io_guest_new(struct io_gateway *gate, const char *name);
void io_guest_listen(struct io_guest *guest);

/* Stops listening, removes the socket, ends what sessions are left. */
void io_guest_free(struct io_guest *guest);

/* The next thing that it wants done. True: there is more. */
bool io_guest_turn(struct io_guest *guest);

/* Accepts connections again of those who had to pause, until now. */
void io_guest_resume_due(struct io_gateway *gate);

/*
 * A session over a device's channel, which it takes over, bound to a port of the gateway. NULL: the
 * core does not want it, and the channel is still the caller's. gone() is called when it ends
 * unless io_session_end() ended it.
 */
struct io_session *io_session_of_device(struct io_guest *guest, struct chan *chan,
					unsigned int port,
					void (*gone)(void *device, enum audit_reason reason),
					void *device);

/*
 * Ends it at once, closes its channel and frees it, without a call of gone(). Not from within
 * io_gateway_step() or the session's own callbacks.
 */
void io_session_end(struct io_session *session, enum audit_reason reason);

/* The core took it in under this id. For the effects. */
void io_session_attached(struct io_session *session, struct session_id id);

/* Ends it, and tells the core why. */
void io_session_detach(struct io_session *session, enum audit_reason reason);

/* Takes it out of everything; freed at the end of the turn. The core has forgotten it already. */
void io_session_close(struct io_session *session, enum audit_reason reason);

/* To be read in this turn or the next. */
void io_session_wake(struct io_session *session);

/* Puts a slot into its answer ring. False: it is lost. */
bool io_session_push(struct io_session *session, const struct proxy_push *push);

/* Doorbells that were masked because they rang for nothing may ring again. */
void io_session_unmask_all(struct io_gateway *gate);

/* End of a turn: doorbells rung, the dead freed. */
void io_session_kick_dirty(struct io_gateway *gate);
void io_session_free_dead(struct io_gateway *gate);
