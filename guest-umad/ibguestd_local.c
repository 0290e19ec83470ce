/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The connector for gateways' local sockets: retries until connected, at most once a second. */
#include <errno.h>
#include <poll.h>
#include <string.h>

#include "channel/local.h"
#include "guest-umad/ibguestd_feed.h"

struct path {
	const char *path;
	struct chan *chan; /* NULL: connect at `next` */
	uint32_t backoff_ms;
	struct mono_ms next;
	int reported; /* the error that was logged last, or 0 */
};

struct local {
	struct guestd_feed *feed;
	unsigned int paths;
	struct path path[RELAY_UPSTREAMS];
};

static void later(struct path *p)
{
	p->next = mono_add(guestd_now(), p->backoff_ms);
	p->backoff_ms *= 2;
	if (p->backoff_ms > GUESTD_BACKOFF_LAST_MS)
		p->backoff_ms = GUESTD_BACKOFF_LAST_MS;
}

/* Logs each new reason once, so a long outage does not fill the journal. */
static void report(struct path *p, int error)
{
	const char *what = error == -ENOENT	    ? "is not there; is ibgated running?"
			   : error == -ECONNREFUSED ? "accepts no connections; is ibgated running?"
			   : error == -ECONNRESET
				   ? "closed the connection; does the policy allow this guest?"
			   : error == -EACCES ? "is not open to this user"
					      : strerror(-error);

	if (p->reported != error)
		guestd_log("the gateway's socket %s %s (trying again every second)", p->path, what);
	p->reported = error;
}

static void try_path(struct local *l, unsigned int i)
{
	struct path *p = &l->path[i];
	int rc = chan_local_connect(p->path, GUESTD_CONNECT_MS, &p->chan);

	if (rc < 0) {
		p->chan = NULL;
		report(p, rc);
		later(p);
		return;
	}
	guestd_feed_offer(l->feed, i, p->chan, p->path);
}

static void came_back(struct local *l, unsigned int i, enum guestd_why why)
{
	struct path *p = &l->path[i];

	chan_free(p->chan);
	p->chan = NULL;
	if (why != GUESTD_RECALL)
		later(p);
}

/* Milliseconds until something is due; -1: nothing is. */
static int look(struct local *l)
{
	struct mono_ms due = MONO_NEVER;
	enum guestd_why why;

	for (unsigned int i = 0; i < l->paths; i++) {
		struct path *p = &l->path[i];

		if (p->chan && guestd_feed_settled(l->feed, i)) {
			p->backoff_ms = GUESTD_BACKOFF_FIRST_MS;
			p->reported = 0;
		}
		if (p->chan && guestd_feed_back(l->feed, i, &why))
			came_back(l, i, why);
		if (!p->chan && !mono_before(guestd_now(), p->next))
			try_path(l, i);
		if (!p->chan)
			due = mono_min(due, p->next);
	}
	return due.ms == MONO_NEVER.ms ? -1 : (int)mono_until(guestd_now(), due);
}

/* After the loop has ended: takes back and closes all channels. */
static void end_all(struct local *l)
{
	for (unsigned int i = 0; i < l->paths; i++) {
		if (!l->path[i].chan)
			continue;
		guestd_feed_take_back(l->feed, i);
		chan_free(l->path[i].chan);
	}
}

void *guestd_local_run(void *connector)
{
	const struct guestd_connector *c = connector;
	struct local l = {.feed = c->feed, .paths = c->options->paths};
	struct pollfd p = {.fd = c->feed->to_connector, .events = POLLIN};

	for (unsigned int i = 0; i < l.paths; i++)
		l.path[i] = (struct path){.path = c->options->path[i],
					  .backoff_ms = GUESTD_BACKOFF_FIRST_MS};
	while (!guestd_feed_stopping(l.feed)) {
		int wait = look(&l);

		poll(&p, 1, wait);
		guestd_feed_woken(p.fd);
	}
	end_all(&l);
	return NULL;
}
