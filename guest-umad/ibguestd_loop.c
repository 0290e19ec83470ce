/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "guest-umad/ibguestd_loop.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	EVENTS = 64,
	UP_BATCH = 64, /* slots of one upstream per turn */
};

int guestd_watch(struct guestd *g, int fd, enum guestd_tag tag, unsigned int number,
		 uint32_t events)
{
	struct epoll_event ev = {.events = events, .data.u64 = (uint64_t)tag << 32 | number};

	return epoll_ctl(g->epoll_fd, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

/* --- relay_ops --- */

static struct chan_slot *up_place(void *ctx, unsigned int number)
{
	struct guestd *g = ctx;
	struct guestd_upstream *up = &g->up[number];
	struct chan_slot *slot;

	if (!up->chan)
		return NULL;
	if (chan_reserve(up->chan, &slot) == 1)
		return slot;
	/* full; a bad index will be found by the consumer */
	up->is_full = true;
	return NULL;
}

static void up_commit(void *ctx, unsigned int number)
{
	struct guestd *g = ctx;

	chan_commit(g->up[number].chan);
	g->up[number].is_dirty = true;
}

static struct chan_slot *down_place(void *ctx, unsigned int number)
{
	struct guestd *g = ctx;
	struct guestd_process *p = &g->process[number];
	struct chan_slot *slot;

	return p->chan && chan_reserve(p->chan, &slot) == 1 ? slot : NULL;
}

static void down_commit(void *ctx, unsigned int number)
{
	struct guestd *g = ctx;
	struct guestd_process *p = &g->process[number];

	chan_commit(p->chan);
	if (p->is_dirty)
		return;
	p->is_dirty = true;
	TAILQ_INSERT_TAIL(&g->dirty, p, in_dirty);
}

static const struct relay_ops relay_ops = {
	.up_place = up_place,
	.up_commit = up_commit,
	.down_place = down_place,
	.down_commit = down_commit,
};

/* --- upstreams --- */

static void up_lost(struct guestd *g, unsigned int number, enum guestd_why why)
{
	struct guestd_upstream *up = &g->up[number];
	const bool settled = up->is_settled;

	if (why != GUESTD_RECALL)
		guestd_log("%s: the gateway %s", g->feed->up[number].name,
			   why == GUESTD_HANGUP ? "closed the connection"
			   : why == GUESTD_RING ? "wrote invalid ring indices"
						: relay_reason(g->relay));
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, chan_bell(up->chan), NULL);
	memset(up, 0, sizeof(*up));
	g->ups &= ~(UINT32_C(1) << number);
	relay_upstream_lost(g->relay, number);
	guestd_processes_close_marked(g);
	guestd_feed_return(g->feed, number, why);
	if (settled && !relay_ready(g->relay))
		g->grace_end = mono_add(g->now, GUESTD_RECONNECT_GRACE_MS);
}

void guestd_listen_pause(struct guestd *g)
{
	if (g->listening)
		epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, g->listen_fd, NULL);
	g->listening = false;
}

void guestd_listen_resume(struct guestd *g)
{
	if (!g->listening)
		g->listening = guestd_watch(g, g->listen_fd, GUESTD_LISTEN, 0, EPOLLIN) == 0;
}

static void up_settled(struct guestd *g, unsigned int number)
{
	unsigned int ports = relay_upstream_ports(g->relay, number);

	g->up[number].is_settled = true;
	guestd_listen_resume(g);
	guestd_feed_settle(g->feed, number);
	guestd_log("%s: connected, %u port%s", g->feed->up[number].name, ports,
		   ports == 1 ? "" : "s");
}

static void up_drain(struct guestd *g, unsigned int number)
{
	struct guestd_upstream *up = &g->up[number];
	struct chan_slot slot;
	int rc = 1;

	for (unsigned int i = 0; i < UP_BATCH; i++) {
		rc = chan_take(up->chan, &slot);
		if (rc <= 0)
			break;
		if (relay_from_upstream(g->relay, number, &slot, g->now) == RELAY_BROKEN) {
			up_lost(g, number, GUESTD_HELLO);
			return;
		}
	}
	if (!up->is_settled && relay_upstream_ready(g->relay, number))
		up_settled(g, number);
	if (rc == 0)
		rc = chan_sleep_ok(up->chan);
	else if (rc == 1)
		rc = 0;
	if (rc < 0)
		up_lost(g, number, rc == -EBADMSG ? GUESTD_RING : GUESTD_HANGUP);
	else
		up->is_ready = rc == 0;
}

static void up_take(struct guestd *g, unsigned int number, struct chan *chan)
{
	struct guestd_upstream *up = &g->up[number];

	*up = (struct guestd_upstream){.chan = chan, .is_ready = true};
	g->ups |= UINT32_C(1) << number;
	relay_upstream_new(g->relay, number, g->now);
	relay_own(g->relay, number, g->now);
	if (guestd_watch(g, chan_bell(chan), GUESTD_UP, number, EPOLLIN) < 0)
		up_lost(g, number, GUESTD_HANGUP);
}

static void feed_look(struct guestd *g)
{
	guestd_feed_woken(g->feed->to_loop);
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++) {
		struct chan *chan;

		if (g->up[i].chan && guestd_feed_recalled(g->feed, i))
			up_lost(g, i, GUESTD_RECALL);
		chan = guestd_feed_take(g->feed, i);
		if (chan)
			up_take(g, i, chan);
	}
}

/* --- rounds --- */

static void event(struct guestd *g, const struct epoll_event *ev)
{
	unsigned int number = (unsigned int)(ev->data.u64 & UINT32_MAX);

	switch ((enum guestd_tag)(ev->data.u64 >> 32)) {
	case GUESTD_LISTEN:
		g->connecting = true;
		break;
	case GUESTD_SIGNAL:
		g->stop = true;
		break;
	case GUESTD_FEED:
		g->feed_changed = true;
		break;
	case GUESTD_UP:
		g->up[number].is_ready = true;
		break;
	case GUESTD_BELL:
		guestd_process_wake(g, &g->process[number]);
		break;
	case GUESTD_SOCKET:
		if (g->process[number].chan && !g->process[number].hung_up)
			guestd_process_hung_up(g, &g->process[number]);
		break;
	}
}

static void kick_all(struct guestd *g)
{
	struct guestd_process *p;

	while ((p = TAILQ_FIRST(&g->dirty))) {
		TAILQ_REMOVE(&g->dirty, p, in_dirty);
		p->is_dirty = false;
		chan_kick(p->chan);
	}
	for (uint32_t left = g->ups; left; left &= left - 1) {
		struct guestd_upstream *up = &g->up[__builtin_ctz(left)];

		if (up->is_dirty)
			chan_kick(up->chan);
		up->is_dirty = false;
	}
}

/* Lets processes that waited for room try again. */
static void waiting_wake(struct guestd *g)
{
	struct guestd_process *p;

	while ((p = TAILQ_FIRST(&g->waiting)))
		guestd_process_wake(g, p);
}

/* Sends the relay's own messages, such as closing the clients of ended processes. */
static void own_all(struct guestd *g)
{
	for (uint32_t left = g->ups; left; left &= left - 1)
		relay_own(g->relay, (unsigned int)__builtin_ctz(left), g->now);
}

/* Handles everything that is ready once, then rings doorbells. */
static void one_round(struct guestd *g)
{
	for (uint32_t left = g->ups; left; left &= left - 1) {
		unsigned int i = (unsigned int)__builtin_ctz(left);

		if (!g->up[i].is_ready)
			continue;
		up_drain(g, i);
		waiting_wake(g);
	}
	own_all(g); /* first: in a full ring the relay's messages precede others */
	guestd_users_drain(g);
	own_all(g);
	kick_all(g);
}

/* Before sleeping: arms doorbells of full rings. True: there is room already. */
static bool room_came(struct guestd *g)
{
	bool came = false;

	for (uint32_t left = g->ups; left; left &= left - 1) {
		struct guestd_upstream *up = &g->up[__builtin_ctz(left)];

		if (!up->is_full || !chan_want_room(up->chan, 1))
			continue;
		up->is_full = false;
		came = true;
	}
	if (came)
		waiting_wake(g);
	return came;
}

static bool work_left(struct guestd *g)
{
	if (!TAILQ_EMPTY(&g->ready))
		return true;
	for (uint32_t left = g->ups; left; left &= left - 1)
		if (g->up[__builtin_ctz(left)].is_ready)
			return true;
	return room_came(g);
}

static int how_long(struct guestd *g)
{
	struct mono_ms due = g->alive_ms ? mono_min(g->accept_next, g->alive_next) : g->accept_next;

	if (work_left(g))
		return 0;
	if (!TAILQ_EMPTY(&g->waiting) || !g->listening ||
	    relay_deadline(g->relay).ms != MONO_NEVER.ms)
		due = mono_min(due, g->tick_next);
	return due.ms == MONO_NEVER.ms ? -1 : (int)mono_until(guestd_now(), due);
}

static void tick(struct guestd *g)
{
	uint32_t silent;

	guestd_listen_resume(g);
	silent = relay_tick(g->relay, g->now);
	for (; silent; silent &= silent - 1)
		up_lost(g, (unsigned int)__builtin_ctz(silent), GUESTD_HELLO);
	waiting_wake(g);
	g->tick_next = mono_add(g->now, GUESTD_TICK_MS);
}

/*
 * Without a gateway, connections wait until one connects, or until their grace period ends and they are
 * closed. So a tool that is started while the gateway restarts finds it.
 */
static void accept_those_waiting(struct guestd *g)
{
	if (!relay_ready(g->relay) && mono_before(g->now, g->grace_end))
		guestd_listen_pause(g);
	else
		guestd_accept(g);
}

void guestd_turn(struct guestd *g)
{
	struct epoll_event ev[EVENTS];
	int n = epoll_wait(g->epoll_fd, ev, EVENTS, how_long(g));

	g->now = guestd_now();
	for (int i = 0; i < n; i++)
		event(g, &ev[i]);
	if (g->feed_changed)
		feed_look(g);
	g->feed_changed = false;
	if (!mono_before(g->now, g->tick_next))
		tick(g);
	one_round(g);
	if (g->alive_ms && !mono_before(g->now, g->alive_next)) {
		g->alive();
		g->alive_next = mono_add(g->now, g->alive_ms);
	}
	if (!mono_before(g->now, g->accept_next))
		guestd_accept_parked(g);
	if (g->connecting)
		accept_those_waiting(g);
	g->connecting = false;
}

void guestd_run(struct guestd *g)
{
	while (!g->stop)
		guestd_turn(g);
	guestd_processes_end(g);
	for (unsigned int i = 0; i < RELAY_UPSTREAMS; i++)
		if (g->up[i].chan)
			up_lost(g, i, GUESTD_RECALL);
}

int guestd_init(struct guestd *g, struct guestd_feed *feed, int listen_fd, int signal_fd)
{
	struct relay_params params = {.ops = &relay_ops, .ctx = g};
	int rc;

	memset(g, 0, sizeof(*g));
	g->feed = feed;
	g->listen_fd = listen_fd;
	g->signal_fd = signal_fd;
	g->listening = true;
	g->now = guestd_now();
	g->grace_end = mono_add(g->now, GUESTD_RECONNECT_GRACE_MS);
	guestd_users_init(g);
	TAILQ_INIT(&g->waiting);
	TAILQ_INIT(&g->dirty);
	/* a random start, so that cookies of an earlier process do not match */
	if (getrandom(&params.seed, sizeof(params.seed), 0) < 0)
		params.seed = g->now.ms;
	g->relay = relay_new(&params);
	g->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (!g->relay || g->epoll_fd < 0)
		return g->relay ? -errno : -ENOMEM;
	rc = chan_closer_new(&g->closer);
	if (rc == 0)
		rc = guestd_watch(g, listen_fd, GUESTD_LISTEN, 0, EPOLLIN);
	if (rc == 0)
		rc = guestd_watch(g, signal_fd, GUESTD_SIGNAL, 0, EPOLLIN);
	if (rc == 0)
		rc = guestd_watch(g, feed->to_loop, GUESTD_FEED, 0, EPOLLIN);
	return rc;
}

void guestd_fini(struct guestd *g)
{
	if (g->epoll_fd >= 0)
		close(g->epoll_fd);
	guestd_users_fini(g);
	chan_closer_free(g->closer);
	relay_free(g->relay);
}
