/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest's processes: each has a session of its own on the local channel, whose host we are.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "channel/local.h"
#include "guest-umad/ibguestd_loop.h"

enum {
	BATCH = 16, /* slots of one process in one turn */
	ACCEPT_BATCH = 8,
	/* Who is not root leaves a part of the places to others. */
	USER_PROCESSES_MAX = RELAY_PROCESSES / 2,
	COMPLAINT_MS = 1000,
};

static unsigned int number_of(const struct guestd *g, const struct guestd_process *p)
{
	return (unsigned int)(p - g->process);
}

void guestd_process_wake(struct guestd *g, struct guestd_process *p)
{
	if (p->is_ready || !p->chan)
		return;
	if (p->is_waiting)
		TAILQ_REMOVE(&g->waiting, p, in_list);
	p->is_waiting = false;
	p->is_ready = true;
	TAILQ_INSERT_TAIL(&g->ready, p, in_list);
}

static void process_wait(struct guestd *g, struct guestd_process *p)
{
	p->is_waiting = true;
	TAILQ_INSERT_TAIL(&g->waiting, p, in_list);
}

static void process_end(struct guestd *g, struct guestd_process *p)
{
	if (p->is_ready)
		TAILQ_REMOVE(&g->ready, p, in_list);
	if (p->is_waiting)
		TAILQ_REMOVE(&g->waiting, p, in_list);
	if (p->is_dirty)
		TAILQ_REMOVE(&g->dirty, p, in_dirty);
	/* closing takes them out of epoll: nobody else has these descriptors' files open for us */
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, chan_bell(p->chan), NULL);
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, chan_local_socket(p->chan), NULL);
	relay_process_gone(g->relay, number_of(g, p));
	chan_free(p->chan);
	memset(p, 0, offsetof(struct guestd_process, next));
}

static void process_broken(struct guestd *g, struct guestd_process *p, const char *why)
{
	if (!mono_before(g->now, g->told_next)) {
		guestd_say("process %d of user %u broke the contract: %s; its session is closed",
			   (int)p->pid, (unsigned int)p->uid, why);
		g->told_next = mono_add(g->now, COMPLAINT_MS);
	}
	process_end(g, p);
}

/* The next slot is in p->next: 1; 0: there is none and it sleeps, or it was woken; -errno. */
static int process_take(struct guestd *g, struct guestd_process *p)
{
	int rc = p->has_next ? 1 : chan_take(p->chan, &p->next);

	p->has_next = rc > 0;
	if (rc)
		return rc;
	rc = chan_sleep_ok(p->chan);
	if (rc == 0)
		guestd_process_wake(g, p);
	return rc < 0 ? rc : 0;
}

/* 1: it may have more; 0: not now; -1: it is gone. */
static int process_step(struct guestd *g, struct guestd_process *p)
{
	int rc = process_take(g, p);

	if (rc < 0) {
		process_broken(g, p, "an index of its ring that cannot be");
		return -1;
	}
	if (rc == 0)
		return 0;
	switch (relay_from_process(g->relay, number_of(g, p), &p->next, g->now)) {
	case RELAY_DONE:
		p->has_next = false;
		return 1;
	case RELAY_WAIT:
		chan_kick(p->chan);
		process_wait(g, p);
		return 0;
	case RELAY_BROKEN:
		break;
	}
	process_broken(g, p, relay_reason(g->relay));
	return -1;
}

void guestd_process_drain(struct guestd *g, struct guestd_process *p)
{
	int rc = 1;

	TAILQ_REMOVE(&g->ready, p, in_list);
	p->is_ready = false;
	for (unsigned int i = 0; i < BATCH && rc > 0; i++)
		rc = process_step(g, p);
	if (rc > 0) {
		chan_kick(p->chan);
		guestd_process_wake(g, p);
	}
}

void guestd_process_hung_up(struct guestd *g, struct guestd_process *p)
{
	for (unsigned int i = 0; i < CHAN_RING_SLOTS_DEFAULT; i++) {
		if (!p->has_next && chan_take(p->chan, &p->next) != 1)
			break;
		p->has_next = false;
		if (relay_from_process(g->relay, number_of(g, p), &p->next, g->now) != RELAY_DONE)
			break;
	}
	process_end(g, p);
}

void guestd_processes_doomed(struct guestd *g)
{
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (g->process[i].chan && relay_process_doomed(g->relay, i))
			process_end(g, &g->process[i]);
}

void guestd_processes_end(struct guestd *g)
{
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (g->process[i].chan)
			process_end(g, &g->process[i]);
}

/* --- connections --- */

static bool may_have_one_more(const struct guestd *g, uid_t uid)
{
	unsigned int n = 0;

	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		n += g->process[i].chan && g->process[i].uid == uid;
	return !uid || n < USER_PROCESSES_MAX;
}

/* Whoever is turned away is hung up on: its library sees no device. 0 or -errno. */
static int process_welcome(struct guestd *g, int sock, const struct chan_peer *peer)
{
	struct guestd_process *p;
	int rc, n;

	if (!may_have_one_more(g, peer->uid))
		return -EUSERS;
	n = relay_process_new(g->relay);
	if (n < 0)
		return n;
	p = &g->process[n];
	rc = chan_local_host_new(sock, CHAN_RING_SLOTS_DEFAULT, &p->chan);
	if (rc < 0) {
		relay_process_gone(g->relay, (unsigned int)n);
		p->chan = NULL;
		return rc;
	}
	p->uid = peer->uid;
	p->pid = peer->pid;
	rc = guestd_watch(g, chan_bell(p->chan), GUESTD_BELL, (unsigned int)n, EPOLLIN | EPOLLET);
	if (rc == 0)
		rc = guestd_watch(g, chan_local_socket(p->chan), GUESTD_SOCKET, (unsigned int)n,
				  EPOLLIN | EPOLLRDHUP);
	if (rc < 0) {
		process_end(g, p);
		return 0; /* the socket is closed with it */
	}
	guestd_process_wake(g, p); /* the first look arms its doorbell */
	return 0;
}

/* No descriptors left: looking again at once would only burn the processor. */
static void accept_pause(struct guestd *g, int error)
{
	guestd_say("cannot take connections for now: %s", strerror(error));
	guestd_listen_pause(g);
}

static bool is_want(int error)
{
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM || error == -ENOBUFS;
}

void guestd_accept(struct guestd *g)
{
	for (unsigned int i = 0; i < ACCEPT_BATCH && g->listening; i++) {
		struct chan_peer peer;
		int rc, sock = chan_local_accept(g->listen_fd, &peer);

		if (sock == -EAGAIN)
			return;
		if (sock < 0) {
			if (is_want(sock))
				accept_pause(g, -sock);
			return;
		}
		rc = process_welcome(g, sock, &peer);
		if (rc < 0)
			close(sock);
		if (is_want(rc) && rc != -ENFILE)
			accept_pause(g, -rc);
	}
}
