/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The library's state and its engine: the lock, the link and its loss and return, the work that is
 * due. Rules in umad_lib.h.
 *
 * When the peer is lost, another is hoped for (umad_hope.c): requests wait. When hope is over, those
 * under way end with ETIMEDOUT, as they do when the cable is pulled, and sends fail. The open ports
 * stay all the while: a timer tries for a new link, and when there is one, the files and their agents
 * are announced to it again.
 */
#include "guest-umad/umad_lib.h"

#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "guest-umad/coarse.h"

enum {
	BACKOFF_FIRST_MS = 100,
	BACKOFF_LAST_MS = 1000,
	/* Of a peer that is just away, never having been there for us: started again, and that under load. */
	AWAY_MS = 6000,
	/* MADs taken in by one call; the rest is due at once. */
	DRAIN_MAX = 1024,
};

struct gumad_lib gumad = {
	.link_fd = -1,
	.timer_fd = -1,
	.inotify_fd = -1,
	.armed = {UINT64_MAX},
	.backoff_ms = BACKOFF_FIRST_MS,
};

static pthread_mutex_t gumad_mutex = PTHREAD_MUTEX_INITIALIZER;
static bool gumad_forked;
static bool gumad_lost; /* the link said -ENODEV inside a send */
static bool gumad_atfork_done;

static void fork_prepare(void)
{
	pthread_mutex_lock(&gumad_mutex);
}

static void fork_parent(void)
{
	pthread_mutex_unlock(&gumad_mutex);
}

static void fork_child(void)
{
	gumad_forked = true;
	pthread_mutex_unlock(&gumad_mutex);
}

struct gumad_guard gumad_lock(void)
{
	struct gumad_guard guard = {.saved_errno = errno};

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard.cancel_state);
	pthread_mutex_lock(&gumad_mutex);
	if (!gumad_atfork_done)
		gumad_atfork_done = !pthread_atfork(fork_prepare, fork_parent, fork_child);
	if (gumad_forked) {
		gumad_forked = false;
		gumad_lost = false;
		gumad_after_fork();
	}
	return guard;
}

void gumad_unlock(struct gumad_guard guard)
{
	gumad_files_signal();
	pthread_mutex_unlock(&gumad_mutex);
	pthread_setcancelstate(guard.cancel_state, NULL);
	errno = guard.saved_errno;
}

struct mono_ms gumad_now(void)
{
	return coarse_now();
}

static int wait_for_link(void)
{
	gumad.blocked = true;
	return -EAGAIN;
}

/* The link's half of kmad_ops. */
static int port_send(void *ctx, const struct chan_slot *slot)
{
	struct gumad_port *port = ctx;
	struct chan_slot out;
	int r;

	if (!gumad.link || gumad_lost)
		return gumad_may_hope() ? wait_for_link() : -ENODEV;
	if (port->index < 0)
		return -ENODEV;
	out = *slot;
	out.port = (uint16_t)port->index;
	out.client = port->client[slot->client];
	r = gumad_link_send(gumad.link, &out);
	if (r == -ENODEV) {
		gumad_lost = true;
		return gumad_may_hope() ? wait_for_link() : r;
	}
	if (r == -EAGAIN)
		gumad.blocked = true;
	return r;
}

static void port_deliver(void *ctx, unsigned int number, struct kmad_msg *msg)
{
	struct gumad_file *f;

	for (f = gumad.files; f; f = f->next)
		if (f->port == ctx && f->number == number)
			break;
	if (!f) {
		free(msg);
		return;
	}
	msg->next = NULL;
	gumad.unsignalled = true;
	*f->tail = msg;
	f->tail = &msg->next;
}

static const struct kmad_ops port_ops = {
	.send = port_send,
	.deliver = port_deliver,
};

int gumad_port_kmad(struct gumad_port *port)
{
	struct gumad_link_traits traits = gumad_link_traits();
	struct kmad_params params = {
		.ops = &port_ops,
		.ctx = port,
		.seed = (uint32_t)(gumad_now().ms * 2654435761u) ^ (uint32_t)getpid(),
		.link_times_out = traits.link_times_out,
		.grace_ms = traits.grace_ms,
		.max_outstanding = gumad_link_outstanding(gumad.link),
	};

	if (!port->kmad)
		port->kmad = kmad_new(&params);
	return port->kmad ? 0 : -ENOMEM;
}

int gumad_find_index(const char *ca_name, int portnum)
{
	struct gumad_port_info info;
	int n = gumad.link ? gumad_link_ports(gumad.link) : 0;

	for (int i = 0; i < n; i++) {
		if (gumad_link_port_info(gumad.link, (unsigned int)i, &info) < 0)
			continue;
		if (!strncmp(info.info.ca_name, ca_name, sizeof(info.info.ca_name)) &&
		    info.info.port_num == portnum)
			return i;
	}
	return -ENODEV;
}

struct gumad_port *gumad_port_get(const char *ca_name, int portnum)
{
	struct gumad_port *port;

	for (unsigned int i = 0; i < gumad.ports; i++) {
		port = &gumad.port[i];
		if (port->portnum == portnum && !strcmp(port->ca_name, ca_name))
			return port;
	}
	if (gumad.ports == GUMAD_MAX_PORTS)
		return NULL;
	port = &gumad.port[gumad.ports++];
	memset(port, 0, sizeof(*port));
	strncpy(port->ca_name, ca_name, sizeof(port->ca_name) - 1);
	port->portnum = portnum;
	port->index = -1;
	port->issm_fd = -1;
	port->issm_watch = -1;
	return port;
}

/* A new link learns of a file that was open before it. */
static void file_announce(struct gumad_file *f)
{
	uint16_t client = f->client;

	if (f->port->index < 0)
		return;
	if (gumad_link_client_open(gumad.link, (unsigned int)f->port->index, client) < 0)
		return;
	for (uint16_t a = 0; a < KMAD_MAX_AGENTS; a++)
		if (f->agent[a].used)
			gumad_link_register(gumad.link, (unsigned int)f->port->index, client, a,
					    &f->agent[a].reg);
}

/* True unless a port that is in use is not there yet, while that is hoped for. */
static bool ports_found(void)
{
	bool all = true;

	for (unsigned int i = 0; i < gumad.ports; i++) {
		struct gumad_port *port = &gumad.port[i];

		port->index = gumad_find_index(port->ca_name, port->portnum);
		all &= port->index >= 0 || !port->files;
	}
	if (all && gumad.files)
		gumad_hope_fulfilled();
	return all || !gumad_hopes();
}

/* 0, or -errno of gumad_link_open(). */
static int attach_once(void)
{
	int r = gumad_link_open(&gumad.link);

	if (r < 0) {
		gumad.link = NULL;
		return r;
	}
	gumad_lost = false;
	if (!ports_found()) {
		gumad_detach();
		return -EAGAIN;
	}
	gumad.attachments++;
	gumad.backoff_ms = BACKOFF_FIRST_MS;
	gumad.link_fd = gumad_link_fd(gumad.link);
	for (unsigned int i = 0; i < gumad.ports; i++)
		gumad_issm_restore(&gumad.port[i]);
	for (struct gumad_file *f = gumad.files; f; f = f->next) {
		gumad_file_watch(f);
		file_announce(f);
	}
	return 0;
}

int gumad_attach(bool now_please)
{
	int r;

	if (gumad.link)
		return 0;
	if (!now_please && mono_before(gumad_now(), gumad.next_attempt))
		return -ENODEV;
	do {
		r = attach_once();
		if (r == -EAGAIN)
			gumad_hope_begin(AWAY_MS);
	} while (r < 0 && now_please && gumad_hope_wait());
	if (!r)
		return 0;
	gumad.next_attempt = mono_add(gumad_now(), gumad.backoff_ms);
	gumad.backoff_ms *= 2;
	if (gumad.backoff_ms > BACKOFF_LAST_MS)
		gumad.backoff_ms = BACKOFF_LAST_MS;
	return -ENODEV;
}

/* What was asked is asked again of the next peer. */
static void wait_for_next(void)
{
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			kmad_link_lost(gumad.port[i].kmad, gumad_now());
}

/* The peer is as good as unplugged. */
static void give_up(void)
{
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			kmad_fail_all(gumad.port[i].kmad, ETIMEDOUT);
}

void gumad_detach(void)
{
	if (!gumad.link)
		return;
	for (struct gumad_file *f = gumad.files; f; f = f->next)
		epoll_ctl(f->epoll_fd, EPOLL_CTL_DEL, gumad.link_fd, NULL);
	gumad.link_fd = -1;
	gumad_link_close(gumad.link);
	gumad.link = NULL;
	gumad_lost = false;
	gumad.next_attempt = gumad_now();
	for (unsigned int i = 0; i < gumad.ports; i++) {
		gumad.port[i].index = -1;
		gumad.port[i].issm_on = false;
	}
	if (gumad_hopes())
		wait_for_next();
	else
		give_up();
}

void gumad_idle(void)
{
	if (!gumad.files)
		gumad_detach();
}

/* True when there may be more. */
static bool drain(struct mono_ms now)
{
	struct chan_slot slot;
	int r = 0;

	for (unsigned int n = 0; n < DRAIN_MAX; n++) {
		r = gumad_link_recv(gumad.link, &slot);
		if (r <= 0)
			break;
		gumad_hope_fulfilled();
		for (unsigned int i = 0; i < gumad.ports; i++) {
			struct gumad_port *port = &gumad.port[i];

			if (port->index != slot.port || !port->kmad)
				continue;
			kmad_receive(port->kmad, &slot, now);
			break;
		}
	}
	if (r < 0)
		gumad_lost = true;
	return r > 0;
}

/*
 * A deadline that moved away is left as it is: the timer fires early once, finds nothing due and is
 * set right then. So a stream of requests and answers sets it once in a time-out, not once a MAD.
 */
static void timer_arm(struct mono_ms due, struct mono_ms now)
{
	bool fired = !mono_before(now, gumad.armed);
	struct itimerspec spec = {0};
	uint64_t at;

	if (gumad.timer_fd < 0 || (!fired && !mono_before(due, gumad.armed)))
		return;
	if (due.ms != MONO_NEVER.ms) {
		/* so that our clock says `due` when it fires; zero would disarm it */
		at = mono_before(now, due) ? due.ms + coarse_step() : due.ms;
		spec.it_value.tv_sec = (time_t)(at / 1000);
		spec.it_value.tv_nsec = (long)(at % 1000) * 1000000 + 1;
	}
	timerfd_settime(gumad.timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
	gumad.armed = due;
}

void gumad_settle(void)
{
	struct mono_ms now = gumad_now();
	struct mono_ms due = MONO_NEVER;

	if (!gumad.link && gumad.files)
		gumad_attach(false);
	gumad.blocked = false;
	gumad_issm_poll();
	if (gumad.link && drain(now))
		due = now;
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			kmad_tick(gumad.port[i].kmad, now);
	if (gumad.link)
		gumad_link_flush(gumad.link);
	if (gumad_lost) {
		gumad_hope_begin(gumad_link_traits().hope_ms);
		gumad_detach();
	}
	if (!gumad.link && gumad_hope_is_over())
		give_up();
	for (unsigned int i = 0; gumad.link && i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			due = mono_min(due, kmad_deadline(gumad.port[i].kmad));
	if (!gumad.link && gumad.files)
		due = mono_min(mono_min(due, gumad.next_attempt), gumad_hope_deadline());
	timer_arm(due, now);
}

void gumad_send_settle(void)
{
	struct mono_ms now = gumad_now();
	struct mono_ms due = MONO_NEVER;

	if (!gumad.link || gumad_lost || gumad.blocked) {
		gumad_settle();
		return;
	}
	gumad_link_flush(gumad.link);
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			due = mono_min(due, kmad_deadline(gumad.port[i].kmad));
	timer_arm(due, now);
}

/*
 * The host process ends, or unloads us: leave in order. A lock that cannot be had belongs to a
 * thread in the middle of a call; then the kernel cleans up.
 */
static void __attribute__((destructor)) gumad_exit(void)
{
	if (pthread_mutex_trylock(&gumad_mutex))
		return;
	if (gumad.link)
		gumad_link_close(gumad.link);
	gumad.link = NULL;
	gumad.link_fd = -1;
	while (gumad.files)
		gumad_file_free(gumad.files);
	for (unsigned int i = 0; i < gumad.ports; i++) {
		gumad_issm_drop(&gumad.port[i]);
		kmad_free(gumad.port[i].kmad);
		gumad.port[i].kmad = NULL;
	}
	gumad.ports = 0;
	if (gumad.timer_fd >= 0)
		close(gumad.timer_fd);
	gumad.timer_fd = -1;
	if (gumad.inotify_fd >= 0)
		close(gumad.inotify_fd);
	gumad.inotify_fd = -1;
	pthread_mutex_unlock(&gumad_mutex);
}
