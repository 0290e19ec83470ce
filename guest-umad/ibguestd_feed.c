/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "guest-umad/ibguestd_feed.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

int guestd_feed_init(struct guestd_feed *feed)
{
	memset(feed, 0, sizeof(*feed));
	pthread_mutex_init(&feed->lock, NULL);
	feed->to_loop = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	feed->to_connector = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return feed->to_loop < 0 || feed->to_connector < 0 ? -errno : 0;
}

void guestd_feed_fini(struct guestd_feed *feed)
{
	close(feed->to_loop);
	close(feed->to_connector);
	pthread_mutex_destroy(&feed->lock);
}

static void wake(int fd)
{
	eventfd_write(fd, 1);
}

void guestd_feed_woken(int fd)
{
	eventfd_t ignored;

	eventfd_read(fd, &ignored);
}

void guestd_feed_offer(struct guestd_feed *feed, unsigned int up, struct chan *chan,
		       const char *name)
{
	pthread_mutex_lock(&feed->lock);
	assert(feed->up[up].state == GUESTD_EMPTY);
	feed->up[up].state = GUESTD_OFFERED;
	feed->up[up].settled = false;
	feed->up[up].chan = chan;
	snprintf(feed->up[up].name, sizeof(feed->up[up].name), "%s", name);
	pthread_mutex_unlock(&feed->lock);
	wake(feed->to_loop);
}

bool guestd_feed_recall(struct guestd_feed *feed, unsigned int up)
{
	bool back;

	pthread_mutex_lock(&feed->lock);
	back = feed->up[up].state != GUESTD_TAKEN && feed->up[up].state != GUESTD_RECALLED;
	feed->up[up].state = back ? GUESTD_EMPTY : GUESTD_RECALLED;
	pthread_mutex_unlock(&feed->lock);
	if (!back)
		wake(feed->to_loop);
	return back;
}

bool guestd_feed_back(struct guestd_feed *feed, unsigned int up, enum guestd_why *ret_why)
{
	bool back;

	pthread_mutex_lock(&feed->lock);
	back = feed->up[up].state == GUESTD_RETURNED;
	if (back) {
		feed->up[up].state = GUESTD_EMPTY;
		*ret_why = feed->up[up].why;
	}
	pthread_mutex_unlock(&feed->lock);
	return back;
}

void guestd_feed_take_back(struct guestd_feed *feed, unsigned int up)
{
	struct pollfd p = {.fd = feed->to_connector, .events = POLLIN};
	enum guestd_why why;

	if (guestd_feed_recall(feed, up))
		return;
	while (!guestd_feed_back(feed, up, &why)) {
		poll(&p, 1, -1);
		guestd_feed_woken(p.fd);
	}
}

bool guestd_feed_settled(struct guestd_feed *feed, unsigned int up)
{
	bool settled;

	pthread_mutex_lock(&feed->lock);
	settled = feed->up[up].settled;
	feed->up[up].settled = false;
	pthread_mutex_unlock(&feed->lock);
	return settled;
}

bool guestd_feed_stopping(struct guestd_feed *feed)
{
	bool stop;

	pthread_mutex_lock(&feed->lock);
	stop = feed->stop;
	pthread_mutex_unlock(&feed->lock);
	return stop;
}

struct chan *guestd_feed_take(struct guestd_feed *feed, unsigned int up)
{
	struct chan *chan = NULL;

	pthread_mutex_lock(&feed->lock);
	if (feed->up[up].state == GUESTD_OFFERED) {
		feed->up[up].state = GUESTD_TAKEN;
		chan = feed->up[up].chan;
	}
	pthread_mutex_unlock(&feed->lock);
	return chan;
}

bool guestd_feed_recalled(struct guestd_feed *feed, unsigned int up)
{
	bool recalled;

	pthread_mutex_lock(&feed->lock);
	recalled = feed->up[up].state == GUESTD_RECALLED;
	pthread_mutex_unlock(&feed->lock);
	return recalled;
}

void guestd_feed_return(struct guestd_feed *feed, unsigned int up, enum guestd_why why)
{
	pthread_mutex_lock(&feed->lock);
	assert(feed->up[up].state == GUESTD_TAKEN || feed->up[up].state == GUESTD_RECALLED);
	feed->up[up].why = feed->up[up].state == GUESTD_RECALLED ? GUESTD_RECALL : why;
	feed->up[up].state = GUESTD_RETURNED;
	pthread_mutex_unlock(&feed->lock);
	wake(feed->to_connector);
}

void guestd_feed_settle(struct guestd_feed *feed, unsigned int up)
{
	pthread_mutex_lock(&feed->lock);
	feed->up[up].settled = true;
	pthread_mutex_unlock(&feed->lock);
	wake(feed->to_connector);
}

void guestd_feed_stop(struct guestd_feed *feed)
{
	pthread_mutex_lock(&feed->lock);
	feed->stop = true;
	pthread_mutex_unlock(&feed->lock);
	wake(feed->to_connector);
}
