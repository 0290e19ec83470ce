/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest's socket (RUNDIR/guests/NAME) and its sessions. A session came through that socket, or a
 * device made it.
 *
 * The gateway works for a guest in the guest's turns (gateway.c). In a turn it accepts a connection, takes a
 * batch of slots from a ring, or takes the next batch from the ring of a session that the guest has closed.
 * Connections wait in the kernel's backlog while the guest has connected too often, or has too many sessions
 * that are not closed yet (channel/closer.h).
 *
 * Ownership: a guest owns its listening socket. A session owns its channel; the list of its guest owns the
 * session until it ends, then gate->dead. Invariant: a session is in gate->sessions exactly as long as it is
 * in the core.
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
	bool attached; /* it is in the core */
	bool is_ready, is_dirty, is_masked, is_dead;
	bool hung_up; /* closed by the peer; ends when its ring is empty, or after a number of slots */
	unsigned int slots_left;
	bool has_next;
	struct chan_slot next; /* taken from its ring, not yet passed to the core */
	bool broken; /* its answer ring has invalid indices */
	TAILQ_ENTRY(io_session) in_guest;
	TAILQ_ENTRY(io_session) in_ready;
	TAILQ_ENTRY(io_session) in_dirty;
	TAILQ_ENTRY(io_session) in_masked;
	TAILQ_ENTRY(io_session) in_dead;
};

TAILQ_HEAD(io_session_list, io_session);

struct io_guest {
	struct io_watch listen; /* edge-triggered */
	int listen_fd; /* -1: the socket could not be made */
	char *listen_error; /* the reason, as in the journal */
	struct io_gateway *gate;
	char *name;
	struct chan_account *account; /* its sockets and sessions that are not closed yet */
	struct pace connects;
	bool is_connecting; /* connections may wait to be accepted */
	bool accepted_last; /* its last turn accepted one */
	bool is_paused; /* none is accepted before resume_at */
	struct mono_ms resume_at;
	bool is_ready;
	struct io_session_list sessions;
	struct io_session_list ready; /* those of them that are to be read */
	TAILQ_ENTRY(io_guest) in_ready; /* it has work, or had some since its last turn */
	TAILQ_ENTRY(io_guest) in_paused;
};

TAILQ_HEAD(io_guest_list, io_guest);

/*
 * Listens for the guest (guest_socket.h). If that fails, for example because the guest has put a directory in
 * the place of its socket, only that guest is not served: the reason is in the journal and in
 * guest->listen_error. Call io_guest_listen() to try again.
 */
struct io_guest *io_guest_new(struct io_gateway *gate, const char *name);
void io_guest_listen(struct io_guest *guest);

/* Stops listening, removes the socket, ends the guest's sessions. */
void io_guest_free(struct io_guest *guest);

/* Runs one turn of the guest. True: there is more work. */
bool io_guest_turn(struct io_guest *guest);

/* Accepts connections again of guests whose pause is over. */
void io_guest_resume_due(struct io_gateway *gate);

/*
 * A session over a device's channel, bound to a port of the gateway. It takes ownership of the channel. NULL:
 * the core refused it, and the caller still owns the channel. gone() is called at the end of the session,
 * except when io_session_end() ended it.
 */
struct io_session *io_session_of_device(struct io_guest *guest, struct chan *chan,
					unsigned int port,
					void (*gone)(void *device, enum audit_reason reason),
					void *device);

/*
 * Ends the session at once, closes its channel and frees it, without calling gone(). Must not be called inside
 * io_gateway_step() or the session's own callbacks.
 */
void io_session_end(struct io_session *session, enum audit_reason reason);

/* For effects: the core has attached the session with this id. */
void io_session_attached(struct io_session *session, struct session_id id);

/* Ends the session and passes the reason to the core. */
void io_session_detach(struct io_session *session, enum audit_reason reason);

/* Removes the session, which has ended in the core, from all lists; it is freed at the end of the turn. */
void io_session_close(struct io_session *session, enum audit_reason reason);

/* Marks the session as readable: it is read in this turn or the next. */
void io_session_wake(struct io_session *session);

/* Puts a slot into the answer ring. False: the ring is full and the slot is lost. */
bool io_session_push(struct io_session *session, const struct proxy_push *push);

/* Unmasks doorbells that were masked because they rang without new slots. */
void io_session_unmask_all(struct io_gateway *gate);

/* End of a turn: rings doorbells, and frees ended sessions. */
void io_session_kick_dirty(struct io_gateway *gate);
void io_session_free_dead(struct io_gateway *gate);
