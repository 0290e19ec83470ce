/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's users: turns and acceptance (ibguestd_loop.h). One socket serves all users, and the uid is
 * known only after accept(), so a connection that must wait is accepted and kept without a session.
 */
#include <errno.h>
#include <string.h>

#include "guest-umad/ibguestd_loop.h"

enum {
	TURN_SLOTS = 64, /* of all processes of a user together */
	LEFT_MAX = 64, /* closed sessions that a user may have and still be accepted */
	CLOSER_MAX = 64, /* of all users: closed sessions beyond which nobody is accepted */
};

/* As the gateway's limit for a guest: a burst, then 200 a second. */
static const struct pace_limit connect_limit = {.burst = RELAY_PROCESSES, .interval_ms = 5};

/* --- finding users --- */

static bool user_begin(struct guestd_user *u, uid_t uid)
{
	*u = (struct guestd_user){.uid = uid, .account = chan_account_new()};
	TAILQ_INIT(&u->ready);
	return u->account;
}

static bool user_is_idle(const struct guestd *g, const struct guestd_user *u)
{
	return !u->processes && !u->parked && !chan_account_left(u->account) &&
	       !mono_before(g->now, u->connects.whole_at) && !u->is_ready;
}

/* NULL: the table is full. */
static struct guestd_user *user_of(struct guestd *g, uid_t uid)
{
	struct guestd_user *found = NULL;

	for (unsigned int i = 0; i < GUESTD_USERS; i++) {
		struct guestd_user *u = &g->user[i];

		if (u->account && u->uid == uid)
			return u;
		if (i && (!u->account || user_is_idle(g, u)))
			found = u;
	}
	if (!found)
		return NULL;
	chan_account_drop(g->closer, found->account);
	return user_begin(found, uid) ? found : NULL;
}

void guestd_users_init(struct guestd *g)
{
	TAILQ_INIT(&g->ready);
	g->accept_next = MONO_NEVER;
	g->subuid.path = "/etc/subuid";
	user_begin(&g->user[0], 0);
}

void guestd_users_fini(struct guestd *g)
{
	for (unsigned int i = 0; i < GUESTD_USERS; i++) {
		struct guestd_user *u = &g->user[i];

		while (u->parked)
			chan_closer_socket(g->closer, u->account, u->parked_sock[--u->parked]);
		chan_account_drop(g->closer, u->account);
		u->account = NULL;
	}
	subuid_fini(&g->subuid);
}

/* --- turns --- */

static void user_turn(struct guestd *g, struct guestd_user *u)
{
	struct guestd_process *last = TAILQ_LAST(&u->ready, guestd_process_list), *p;
	unsigned int slots = 0;
	bool end = false;

	/* each process that is ready now gets one batch; one with more goes to the end of the list */
	while (!end && slots < TURN_SLOTS && (p = TAILQ_FIRST(&u->ready))) {
		end = p == last;
		slots += guestd_process_drain(g, p);
	}
}

void guestd_users_drain(struct guestd *g)
{
	struct guestd_user *last = TAILQ_LAST(&g->ready, guestd_user_list), *u;
	bool end = false;

	while (!end && (u = TAILQ_FIRST(&g->ready))) {
		end = u == last;
		user_turn(g, u);
		TAILQ_REMOVE(&g->ready, u, in_ready);
		u->is_ready = !TAILQ_EMPTY(&u->ready);
		if (u->is_ready)
			TAILQ_INSERT_TAIL(&g->ready, u, in_ready);
	}
}

/* --- accepting --- */

static void accept_again(struct guestd *g, struct mono_ms when)
{
	g->accept_next = mono_min(g->accept_next, when);
}

/* When this user may have another session: now, or later. */
static struct mono_ms user_due(const struct guestd *g, const struct guestd_user *u)
{
	if (!relay_ready(g->relay))
		return mono_add(g->now, GUESTD_ACCEPT_AWAY_MS);
	if (chan_account_left(u->account) >= LEFT_MAX)
		return mono_add(g->now, GUESTD_ACCEPT_LOOK_MS);
	return pace_due(&u->connects, &connect_limit, g->now);
}

static void user_welcome(struct guestd *g, struct guestd_user *u, int sock,
			 const struct chan_peer *peer)
{
	pace_take(&u->connects, &connect_limit, g->now);
	guestd_welcome(g, u, sock, peer);
}

/* Lets the connection wait; closes it if too many wait. */
static void user_park(struct guestd *g, struct guestd_user *u, int sock,
		      const struct chan_peer *peer)
{
	if (u->parked == GUESTD_PARKED) {
		chan_closer_socket(g->closer, u->account, sock);
		return;
	}
	u->parked_sock[u->parked] = sock;
	u->parked_peer[u->parked++] = *peer;
	accept_again(g, user_due(g, u));
}

/* Accepts the first waiting connection if it is due. */
static void user_unpark(struct guestd *g, struct guestd_user *u)
{
	struct chan_peer peer = u->parked_peer[0];
	int sock = u->parked_sock[0];

	if (!mono_before(g->now, user_due(g, u))) {
		u->parked--;
		memmove(u->parked_sock, u->parked_sock + 1, u->parked * sizeof(sock));
		memmove(u->parked_peer, u->parked_peer + 1, u->parked * sizeof(peer));
		user_welcome(g, u, sock, &peer);
	}
	if (u->parked)
		accept_again(g, user_due(g, u));
}

void guestd_accept_parked(struct guestd *g)
{
	g->accept_next = MONO_NEVER;
	guestd_listen_resume(g);
	for (unsigned int i = 0; i < GUESTD_USERS; i++)
		if (g->user[i].parked)
			user_unpark(g, &g->user[i]);
}

void guestd_accept_pause(struct guestd *g, int error)
{
	guestd_log("connections cannot be accepted at present: %s", strerror(error));
	guestd_listen_pause(g);
}

void guestd_accept(struct guestd *g)
{
	struct guestd_user *u;
	struct chan_peer peer;
	int sock;

	if (chan_closer_queue(g->closer) >= CLOSER_MAX) {
		guestd_listen_pause(g);
		accept_again(g, mono_add(g->now, GUESTD_ACCEPT_LOOK_MS));
		return;
	}
	sock = chan_local_accept(g->listen_fd, &peer);
	if (sock == -EMFILE || sock == -ENFILE || sock == -ENOMEM || sock == -ENOBUFS)
		guestd_accept_pause(g, -sock);
	if (sock < 0)
		return;
	u = user_of(g, subuid_user(&g->subuid, peer.uid));
	if (!u)
		chan_closer_socket(g->closer, NULL, sock);
	else if (u->parked || (relay_ready(g->relay) && mono_before(g->now, user_due(g, u))))
		user_park(g, u, sock, &peer);
	else
		user_welcome(g, u, sock, &peer);
}
