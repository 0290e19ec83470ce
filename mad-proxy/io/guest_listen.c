/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/guest_listen.h"

#include <assert.h>
#include <errno.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/container_of.h"
#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/guest_socket.h"
#include "mad-proxy/io/journal.h"
#include "wire/mad.h"

#define LEFT_MAX 64 /* closed sessions that a guest may have in the closer and still connect */
#define LEFT_LOOK_MS 10
#define NO_DESCRIPTORS_MS 1000
#define UNMASK_MS 5 /* how long the doorbell of a session stays masked after spurious doorbells */

/* As many connections as a guest may have sessions, then 200 a second, as scripts need. */
static const struct pace_limit connect_limit = {.burst = 256, .interval_ms = 5};

static void guest_ready(struct io_guest *guest)
{
	struct io_gateway *gate = guest->gate;

	if (!guest->is_ready) {
		guest->is_ready = true;
		TAILQ_INSERT_TAIL(&gate->ready, guest, in_ready);
		gate->ready_count++;
	}
	io_gateway_wake(gate);
}

/* --- sessions --- */

static struct io_session *session_of_bell(struct io_watch *watch)
{
	return container_of(watch, struct io_session, bell);
}

static struct io_session *session_of_hangup(struct io_watch *watch)
{
	return container_of(watch, struct io_session, hangup);
}

void io_session_wake(struct io_session *session)
{
	if (session->is_ready || session->is_dead)
		return;
	session->is_ready = true;
	TAILQ_INSERT_TAIL(&session->guest->ready, session, in_ready);
	guest_ready(session->guest);
}

static void session_unready(struct io_session *session)
{
	TAILQ_REMOVE(&session->guest->ready, session, in_ready);
	session->is_ready = false;
}

static void bell_rang(struct io_watch *watch, uint32_t events)
{
	io_session_wake(session_of_bell(watch));
}

void io_session_detach(struct io_session *session, enum audit_reason reason)
{
	struct proxy_event ev = {.kind = PROXY_EV_DETACH,
				 .detach = {.session = session->id, .reason = reason}};
	struct io_gateway *gate = session->gate;

	io_session_close(session, reason);
	io_gateway_step(gate, &ev);
}

/*
 * Any event on the socket ends the session: the guest closed it or sent data (local.h). Slots that the
 * guest produced before are still served in its turns: the last ACK of a table is among them, and without
 * it the SA would repeat segments. At most one ring of slots: the guest may still have the memory and go
 * on.
 */
static void guest_hung_up(struct io_watch *watch, uint32_t events)
{
	struct io_session *session = session_of_hangup(watch);

	io_poller_remove(&session->gate->poller, watch);
	session->hung_up = true;
	session->slots_left = CHAN_RING_SLOTS_DEFAULT;
	io_session_wake(session);
}

static struct io_session *session_new(struct io_guest *guest, int sock)
{
	struct io_session *session = g_new0(struct io_session, 1);

	session->bell = (struct io_watch){.ready = bell_rang, .fd = -1};
	session->hangup = (struct io_watch){.ready = guest_hung_up, .fd = -1};
	session->gate = guest->gate;
	session->guest = guest;
	session->sock = sock;
	TAILQ_INSERT_TAIL(&guest->sessions, session, in_guest);
	return session;
}

/* Closing may wait for the guest, so the closer's thread does it. A device keeps its channel. */
static void session_closes(struct io_session *session)
{
	struct chan_closer *closer = session->gate->closer;
	struct chan_account *account = session->guest->account;

	if (session->sock >= 0)
		chan_closer_socket(closer, account, session->sock);
	session->sock = -1;
	if (session->is_local)
		chan_closer_channel(closer, account, g_steal_pointer(&session->chan));
	session->is_local = false;
}

void io_session_close(struct io_session *session, enum audit_reason reason)
{
	struct io_gateway *gate = session->gate;

	if (session->is_dead)
		return;
	session->is_dead = true;
	session->reason = reason;
	io_poller_remove(&gate->poller, &session->bell);
	io_poller_remove(&gate->poller, &session->hangup);
	if (session->attached)
		g_hash_table_remove(gate->sessions, &session->id.v);
	if (session->is_ready)
		session_unready(session);
	if (session->is_dirty)
		TAILQ_REMOVE(&gate->dirty, session, in_dirty);
	if (session->is_masked)
		TAILQ_REMOVE(&gate->masked, session, in_masked);
	TAILQ_REMOVE(&session->guest->sessions, session, in_guest);
	session_closes(session);
	session->guest = NULL;
	TAILQ_INSERT_TAIL(&gate->dead, session, in_dead);
	io_gateway_wake(gate);
}

static void session_free(struct io_gateway *gate, struct io_session *session)
{
	TAILQ_REMOVE(&gate->dead, session, in_dead);
	chan_free(session->chan);
	g_free(session);
}

void io_session_free_dead(struct io_gateway *gate)
{
	struct io_session *session;

	while ((session = TAILQ_FIRST(&gate->dead))) {
		/* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): the list has lost the freed session */
		void (*gone)(void *device, enum audit_reason reason) = session->gone;
		enum audit_reason reason = session->reason;
		void *device = session->device;

		session_free(gate, session);
		if (gone)
			gone(device, reason);
	}
}

void io_session_end(struct io_session *session, enum audit_reason reason)
{
	if (!session->is_dead)
		io_session_detach(session, reason);
	session_free(session->gate, session);
}

void io_session_attached(struct io_session *session, struct session_id id)
{
	session->id = id;
	session->attached = true;
	g_hash_table_insert(session->gate->sessions, &session->id.v, session);
}

/* Starts to poll its doorbell. The first check of the ring arms it. 0 or -errno. */
static int session_listen(struct io_session *session)
{
	int rc = io_poller_add(&session->gate->poller, &session->bell, chan_bell(session->chan),
			       EPOLLIN | EPOLLET);

	if (rc == 0)
		io_session_wake(session);
	return rc;
}

/* After the core accepted the session: memory, WELCOME, doorbells. 0 or -errno. */
static int session_welcome(struct io_session *session)
{
	struct io_poller *poller = &session->gate->poller;
	int rc = chan_local_host_new(session->sock, CHAN_RING_SLOTS_DEFAULT, &session->chan);

	if (rc < 0)
		return rc;
	session->sock = -1;
	session->is_local = true;
	rc = io_poller_add(poller, &session->hangup, chan_local_socket(session->chan),
			   EPOLLIN | EPOLLRDHUP);
	return rc < 0 ? rc : session_listen(session);
}

static void session_dirty(struct io_session *session)
{
	if (session->is_dirty || session->is_dead)
		return;
	session->is_dirty = true;
	TAILQ_INSERT_TAIL(&session->gate->dirty, session, in_dirty);
	io_gateway_wake(session->gate);
}

void io_session_kick_dirty(struct io_gateway *gate)
{
	struct io_session *session;

	while ((session = TAILQ_FIRST(&gate->dirty))) {
		TAILQ_REMOVE(&gate->dirty, session, in_dirty);
		session->is_dirty = false;
		chan_kick(session->chan);
	}
}

bool io_session_push(struct io_session *session, const struct proxy_push *push)
{
	struct chan_slot *slot;
	int rc;

	if (session->is_dead || !session->chan)
		return false;
	rc = chan_reserve(session->chan, &slot);
	if (rc < 0)
		session->broken = true;
	if (rc <= 0)
		return false;
	slot->kind = push->kind;
	slot->retries = 0;
	slot->port = push->port;
	slot->client = push->client;
	slot->agent = push->agent;
	slot->timeout_ms = 0;
	slot->status = push->status;
	slot->cookie = push->cookie;
	slot->addr = push->addr;
	memcpy(slot->mad, push->mad, CHAN_MAD_BYTES);
	if (push->tid_set)
		wire_mad_set_tid(slot->mad, push->tid);
	chan_commit(session->chan);
	session_dirty(session);
	return true;
}

/* Too many doorbells without a slot: the doorbell stays masked for UNMASK_MS (XSA-332). */
static void session_masked(struct io_session *session)
{
	struct io_gateway *gate = session->gate;

	if (session->is_masked)
		return;
	session->is_masked = true;
	if (TAILQ_EMPTY(&gate->masked))
		gate->unmask_at = mono_add(gate->now, UNMASK_MS);
	TAILQ_INSERT_TAIL(&gate->masked, session, in_masked);
	proxy_count_for(gate->core, session->guest->name, PROXY_COUNT_bells_masked, 1);
}

void io_session_unmask_all(struct io_gateway *gate)
{
	struct io_session *session;

	gate->unmask_at = MONO_NEVER;
	while ((session = TAILQ_FIRST(&gate->masked))) {
		TAILQ_REMOVE(&gate->masked, session, in_masked);
		session->is_masked = false;
		chan_unmask(session->chan);
	}
}

/*
 * 1: the next slot is in session->next. 0: no slot; the session sleeps, was woken, or is over. -EBADMSG:
 * violation.
 */
static int session_take(struct io_session *session)
{
	int rc = session->has_next ? 1 : chan_take(session->chan, &session->next);

	session->has_next = rc > 0;
	if (rc || session->hung_up)
		return rc;
	/* sleep_ok() kicks as well. */
	rc = chan_sleep_ok(session->chan);
	if (rc == 0)
		io_session_wake(session);
	else if (rc > 0 && chan_unmask_due(session->chan))
		session_masked(session);
	return rc < 0 ? rc : 0;
}

/* True: no slot of this session will be served any more. */
static bool is_over(const struct io_session *session, int taken)
{
	return taken < 0 || (session->hung_up && (taken == 0 || session->slots_left == 0));
}

/* Serves slots worth IO_SESSION_BATCH MADs of a session that left its guest's ready list. */
static void session_drain(struct io_session *session)
{
	struct io_gateway *gate = session->gate;
	struct proxy_event ev = {.kind = PROXY_EV_SLOT,
				 .slot = {.session = session->id, .slot = &session->next}};

	for (unsigned int used = 0; used < IO_SESSION_BATCH;) {
		int rc = session_take(session);

		/*
		 * Over a quota: this request, and the ring behind it, wait until PROXY_FX_RESUME. Slots
		 * other than MADs have no quota, so another session can always send HELLO.
		 */
		const bool wait =
			rc > 0 && session->next.kind == CHAN_KIND_SEND &&
			!proxy_may_read(gate->core, session->id, &session->next, gate->now);

		if (is_over(session,
			    wait && !proxy_is_held_shortly(gate->core, session->id) ? 0 : rc)) {
			io_session_detach(session, rc == -EBADMSG ? AUDIT_REASON_BAD_INDEX
								  : AUDIT_REASON_CLOSED);
			return;
		}
		if (wait)
			session_dirty(session);
		if (wait || rc == 0)
			return;
		session->has_next = false;
		session->slots_left--;
		used += proxy_slot_cost(&session->next);
		io_gateway_step(gate, &ev);
		if (session->is_dead)
			return;
	}
	io_session_wake(session);
	session_dirty(session);
}

/* No connection is accepted before then. */
static void guest_pause(struct io_guest *guest, struct mono_ms until)
{
	struct io_gateway *gate = guest->gate;

	guest->resume_at = until;
	gate->resume_at = mono_min(gate->resume_at, until);
	if (!guest->is_paused)
		TAILQ_INSERT_TAIL(&gate->paused, guest, in_paused);
	guest->is_paused = true;
}

static void guest_resume(struct io_guest *guest)
{
	TAILQ_REMOVE(&guest->gate->paused, guest, in_paused);
	guest->is_paused = false;
	guest_ready(guest);
}

void io_guest_resume_due(struct io_gateway *gate)
{
	struct io_guest *guest, *next;

	gate->resume_at = MONO_NEVER;
	for (guest = TAILQ_FIRST(&gate->paused); guest; guest = next) {
		next = TAILQ_NEXT(guest, in_paused);
		if (mono_before(gate->now, guest->resume_at))
			gate->resume_at = mono_min(gate->resume_at, guest->resume_at);
		else
			guest_resume(guest);
	}
}

/* After a local error: an immediate retry would only burn the processor. */
static void guest_pause_for(struct io_guest *guest, int error)
{
	io_journal_note(LOG_WARNING, "guest %s: a connection cannot be accepted at present: %s",
			guest->name, g_strerror(error));
	guest_pause(guest, mono_add(guest->gate->now, NO_DESCRIPTORS_MS));
}

/* Whether a connection may be accepted now. */
static bool guest_may_connect(struct io_guest *guest)
{
	const struct mono_ms now = guest->gate->now;
	struct mono_ms due = pace_due(&guest->connects, &connect_limit, now);

	if (chan_account_left(guest->account) >= LEFT_MAX)
		due = mono_add(now, LEFT_LOOK_MS);
	if (!mono_before(now, due))
		return true;
	proxy_count_for(guest->gate->core, guest->name, PROXY_COUNT_connects_held, 1);
	guest_pause(guest, due);
	return false;
}

/* Attaches to the core. False: the core refused and the session is freed. */
static bool session_attach(struct io_session *session, int port)
{
	struct proxy_event ev = {.kind = PROXY_EV_ATTACH,
				 .attach = {.guest = session->guest->name, .port = port}};
	struct io_gateway *gate = session->gate;

	gate->attaching = session;
	io_gateway_step(gate, &ev);
	gate->attaching = NULL;
	if (!session->attached)
		io_session_close(session, AUDIT_REASON_TOO_MANY_SESSIONS);
	return session->attached;
}

struct io_session *io_session_of_device(struct io_guest *guest, struct chan *chan,
					unsigned int port,
					void (*gone)(void *device, enum audit_reason reason),
					void *device)
{
	struct io_session *session = session_new(guest, -1);

	if (!session_attach(session, (int)port))
		return NULL;
	session->chan = chan;
	if (session->is_dead || session_listen(session) < 0) {
		session->chan = NULL;
		if (!session->is_dead)
			io_session_detach(session, AUDIT_REASON_CLOSED);
		return NULL;
	}
	session->gone = gone;
	session->device = device;
	return session;
}

static void guest_attach(struct io_guest *guest, int sock)
{
	struct io_session *session = session_new(guest, sock);
	int rc;

	if (!session_attach(session, -1))
		return;
	rc = session->is_dead ? 0 : session_welcome(session);
	if (rc < 0)
		io_session_detach(session, AUDIT_REASON_CLOSED);
	/* The guest disconnected before WELCOME: no error. All others are local errors, which need time. */
	if (rc < 0 && rc != -EPIPE && rc != -ECONNRESET)
		guest_pause_for(guest, -rc);
}

static void guest_accept(struct io_guest *guest)
{
	struct chan_peer peer;
	int sock;

	if (!guest_may_connect(guest))
		return;
	sock = chan_local_accept(guest->listen_fd, &peer);
	if (sock >= 0) {
		pace_take(&guest->connects, &connect_limit, guest->gate->now);
		guest_attach(guest, sock);
		return;
	}
	if (sock == -EMFILE || sock == -ENFILE || sock == -ENOMEM || sock == -ENOBUFS)
		guest_pause_for(guest, -sock);
	else
		guest->is_connecting = false; /* the next connection is reported */
}

static void guest_connects(struct io_watch *watch, uint32_t events)
{
	struct io_guest *guest = container_of(watch, struct io_guest, listen);

	guest->is_connecting = true;
	if (!guest->is_paused)
		guest_ready(guest);
}

/* --- guests --- */

bool io_guest_turn(struct io_guest *guest)
{
	const bool may_accept = guest->is_connecting && !guest->is_paused;
	struct io_session *session = TAILQ_FIRST(&guest->ready);

	guest->accepted_last = may_accept && !(session && guest->accepted_last);
	if (guest->accepted_last) {
		guest_accept(guest);
	} else if (session) {
		session_unready(session);
		session_drain(session);
	}
	return !TAILQ_EMPTY(&guest->ready) || (guest->is_connecting && !guest->is_paused);
}

void io_guest_listen(struct io_guest *guest)
{
	struct io_gateway *gate = guest->gate;
	g_autoptr(GError) error = NULL;

	if (guest->listen_fd >= 0)
		return;
	guest->listen_fd = io_guest_socket_open(gate->run_dir, guest->name, gate->closer, &error);
	if (guest->listen_fd < 0) {
		/* log each new reason once */
		if (g_strcmp0(guest->listen_error, error->message))
			io_journal_note(LOG_WARNING, "guest %s: %s; trying again every second",
					guest->name, error->message);
		g_free(guest->listen_error);
		guest->listen_error = g_strdup(error->message);
		return;
	}
	if (guest->listen_error)
		io_journal_note(LOG_INFO, "guest %s: the socket exists now", guest->name);
	g_clear_pointer(&guest->listen_error, g_free);
	if (io_poller_add(&gate->poller, &guest->listen, guest->listen_fd, EPOLLIN | EPOLLET) == 0)
		return;
	chan_closer_socket(gate->closer, NULL, guest->listen_fd);
	guest->listen_fd = -1;
}

struct io_guest *io_guest_new(struct io_gateway *gate, const char *name)
{
	struct io_guest *guest = g_new0(struct io_guest, 1);

	guest->gate = gate;
	guest->name = g_strdup(name);
	guest->account = chan_account_new();
	guest->listen = (struct io_watch){.ready = guest_connects, .fd = -1};
	guest->listen_fd = -1;
	TAILQ_INIT(&guest->sessions);
	TAILQ_INIT(&guest->ready);
	io_guest_listen(guest);
	return guest;
}

void io_guest_free(struct io_guest *guest)
{
	struct io_gateway *gate = guest->gate;
	struct io_session *session;

	while ((session = TAILQ_FIRST(&guest->sessions)))
		io_session_detach(session, AUDIT_REASON_SHUTDOWN);
	if (guest->is_paused)
		TAILQ_REMOVE(&gate->paused, guest, in_paused);
	if (guest->is_ready) {
		TAILQ_REMOVE(&gate->ready, guest, in_ready);
		gate->ready_count--;
	}
	io_poller_remove(&gate->poller, &guest->listen);
	if (guest->listen_fd >= 0) {
		chan_closer_socket(gate->closer, guest->account, guest->listen_fd);
		io_guest_socket_remove(gate->run_dir, guest->name);
	}
	chan_account_drop(gate->closer, guest->account);
	g_free(guest->listen_error);
	g_free(guest->name);
	g_free(guest);
}
