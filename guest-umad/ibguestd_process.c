/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The guest's processes. Each has its own session on the local channel, with ibguestd as host. */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "channel/local.h"
#include "guest-umad/ibguestd_loop.h"

enum {
	BATCH = 16, /* slots of one process per turn */
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
	TAILQ_INSERT_TAIL(&p->user->ready, p, in_list);
	if (!p->user->is_ready)
		TAILQ_INSERT_TAIL(&g->ready, p->user, in_ready);
	p->user->is_ready = true;
}

static void process_wait(struct guestd *g, struct guestd_process *p)
{
	p->is_waiting = true;
	TAILQ_INSERT_TAIL(&g->waiting, p, in_list);
}

static void process_end(struct guestd *g, struct guestd_process *p)
{
	if (p->is_ready)
		TAILQ_REMOVE(&p->user->ready, p, in_list);
	if (p->is_waiting)
		TAILQ_REMOVE(&g->waiting, p, in_list);
	if (p->is_dirty)
		TAILQ_REMOVE(&g->dirty, p, in_dirty);
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, chan_bell(p->chan), NULL);
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, chan_local_socket(p->chan), NULL);
	relay_process_gone(g->relay, number_of(g, p), g->now);
	chan_closer_channel(g->closer, p->user->account, p->chan);
	p->user->processes--;
	memset(p, 0, offsetof(struct guestd_process, next));
}

static void process_broken(struct guestd *g, struct guestd_process *p, const char *why)
{
	if (!mono_before(g->now, g->report_next)) {
		guestd_log("process %d of user %u violated the protocol: %s; its session is closed",
			   (int)p->peer.pid, (unsigned int)p->peer.uid, why);
		g->report_next = mono_add(g->now, GUESTD_COMPLAINT_MS);
	}
	process_end(g, p);
}

/* 1: the next slot is in p->next; 0: none, and the process sleeps or was woken; -errno. */
static int process_take(struct guestd *g, struct guestd_process *p)
{
	int rc = p->has_next ? 1 : chan_take(p->chan, &p->next);

	p->has_next = rc > 0;
	if (rc || p->hung_up)
		return rc;
	rc = chan_sleep_ok(p->chan);
	if (rc == 0)
		guestd_process_wake(g, p);
	return rc < 0 ? rc : 0;
}

/* 1: it may have more; 0: not now; -1: it was closed. */
static int process_step(struct guestd *g, struct guestd_process *p)
{
	int rc = process_take(g, p);

	if (rc < 0) {
		process_broken(g, p, "an index of its ring that cannot be");
		return -1;
	}
	if (p->hung_up && (rc == 0 || !p->slots_left--)) {
		process_end(g, p);
		return -1;
	}
	if (rc == 0)
		return 0;
	switch (relay_from_process(g->relay, number_of(g, p), &p->next, g->now)) {
	case RELAY_DONE:
		p->has_next = false;
		return 1;
	case RELAY_WAIT:
		if (p->hung_up) {
			process_end(g, p);
			return -1;
		}
		chan_kick(p->chan);
		process_wait(g, p);
		return 0;
	case RELAY_BROKEN:
		break;
	}
	process_broken(g, p, relay_reason(g->relay));
	return -1;
}

unsigned int guestd_process_drain(struct guestd *g, struct guestd_process *p)
{
	unsigned int n = 0;
	int rc = 1;

	TAILQ_REMOVE(&p->user->ready, p, in_list);
	p->is_ready = false;
	for (; n < BATCH && rc > 0; n++)
		rc = process_step(g, p);
	if (rc > 0) {
		chan_kick(p->chan);
		guestd_process_wake(g, p);
	}
	return n;
}

void guestd_process_hung_up(struct guestd *g, struct guestd_process *p)
{
	epoll_ctl(g->epoll_fd, EPOLL_CTL_DEL, chan_local_socket(p->chan), NULL);
	p->hung_up = true;
	p->slots_left = CHAN_RING_SLOTS_DEFAULT;
	guestd_process_wake(g, p);
}

void guestd_processes_close_marked(struct guestd *g)
{
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (g->process[i].chan && relay_process_must_close(g->relay, i))
			process_end(g, &g->process[i]);
}

void guestd_processes_end(struct guestd *g)
{
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		if (g->process[i].chan)
			process_end(g, &g->process[i]);
}

/* --- connections --- */

static bool is_shortage(int error)
{
	return error == -EMFILE || error == -ENOMEM || error == -ENOBUFS;
}

void guestd_welcome(struct guestd *g, struct guestd_user *user, int sock,
		    const struct chan_peer *peer)
{
	int rc, n = relay_process_new(g->relay, user->uid);
	struct guestd_process *p = &g->process[n < 0 ? 0 : n];

	if (n < 0) {
		chan_closer_socket(g->closer, user->account, sock);
		return;
	}
	rc = chan_local_host_new(sock, CHAN_RING_SLOTS_DEFAULT, &p->chan);
	if (rc < 0) {
		relay_process_gone(g->relay, (unsigned int)n, g->now);
		p->chan = NULL;
		chan_closer_socket(g->closer, user->account, sock);
		if (is_shortage(rc))
			guestd_accept_pause(g, -rc);
		return;
	}
	p->user = user;
	user->processes++;
	p->peer = *peer;
	rc = guestd_watch(g, chan_bell(p->chan), GUESTD_BELL, (unsigned int)n, EPOLLIN | EPOLLET);
	if (rc == 0)
		rc = guestd_watch(g, chan_local_socket(p->chan), GUESTD_SOCKET, (unsigned int)n,
				  EPOLLIN | EPOLLRDHUP);
	if (rc == 0)
		guestd_process_wake(g, p); /* the first check arms its doorbell */
	else
		process_end(g, p);
}
