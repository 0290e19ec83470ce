/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The library's state: the lock, the ports, and the work that is due. Rules in umad_lib.h. */
#include "guest-umad/umad_lib.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

/* MADs received in one call; the rest is due at once. */
enum { DRAIN_MAX = 1024 };

struct gumad_lib gumad = {
	.link_fd = -1,
	.timer_fd = -1,
	.inotify_fd = -1,
	.armed = {UINT64_MAX},
	.backoff_ms = GUMAD_BACKOFF_FIRST_MS,
	.grace_until = {UINT64_MAX},
};

static pthread_mutex_t gumad_mutex = PTHREAD_MUTEX_INITIALIZER;
static atomic_uint gumad_waiters;
static bool gumad_forked;
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
	atomic_store(&gumad_waiters, 0); /* the waiters are threads of the parent */
	pthread_mutex_unlock(&gumad_mutex);
}

struct gumad_guard gumad_lock(void)
{
	struct gumad_guard guard = {.saved_errno = errno};

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &guard.cancel_state);
	if (pthread_mutex_trylock(&gumad_mutex)) {
		atomic_fetch_add(&gumad_waiters, 1);
		pthread_mutex_lock(&gumad_mutex);
		atomic_fetch_sub(&gumad_waiters, 1);
	}
	if (!gumad_atfork_done)
		gumad_atfork_done = !pthread_atfork(fork_prepare, fork_parent, fork_child);
	if (gumad_forked) {
		gumad_forked = false;
		gumad_after_fork();
	}
	return guard;
}

bool gumad_lock_is_wanted(void)
{
	return atomic_load_explicit(&gumad_waiters, memory_order_relaxed) > 0;
}

void gumad_unlock(struct gumad_guard guard)
{
	gumad_files_signal();
	pthread_mutex_unlock(&gumad_mutex);
	pthread_setcancelstate(guard.cancel_state, NULL);
	errno = guard.saved_errno;
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

	if (!gumad.link || gumad.lost)
		return gumad_may_wait_in_grace() ? wait_for_link() : -ENODEV;
	if (port->index < 0)
		return -ENODEV;
	out = *slot;
	out.port = (uint16_t)port->index;
	out.client = port->client[slot->client];
	r = gumad_link_send(gumad.link, &out);
	if (r == -ENODEV) {
		gumad.lost = true;
		return gumad_may_wait_in_grace() ? wait_for_link() : r;
	}
	if (r == -EAGAIN)
		gumad.blocked = true;
	return r;
}

static void port_deliver(void *ctx, unsigned int number, struct kmad_msg *msg)
{
	struct gumad_file *f;

	LIST_FOREACH (f, &gumad.files, of_all)
		if (f->port == ctx && f->number == number)
			break;
	if (!f) {
		free(msg);
		return;
	}
	gumad.unsignalled = true;
	gumad.delivered++;
	STAILQ_INSERT_TAIL(&f->queue, msg, in_queue);
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

/* Receives until this file has a message, if not NULL. True: there may be more. */
static bool drain(struct mono_ms now, const struct gumad_file *file)
{
	struct chan_slot slot;
	int r = 0;

	for (unsigned int n = 0; n < DRAIN_MAX; n++) {
		r = gumad_link_recv(gumad.link, &slot);
		if (r <= 0)
			break;
		gumad_grace_end();
		for (unsigned int i = 0; i < gumad.ports; i++) {
			struct gumad_port *port = &gumad.port[i];

			if (port->index != slot.port || !port->kmad)
				continue;
			kmad_receive(port->kmad, &slot, now);
			break;
		}
		if (file && !STAILQ_EMPTY(&file->queue) && gumad_link_shows(gumad.link))
			return false;
	}
	if (r < 0)
		gumad.lost = true;
	return r > 0;
}

/*
 * A later deadline does not set the timer again: it fires early once and is set then. So a stream of
 * requests sets it once per time-out, not once per MAD.
 */
static void timer_arm(struct mono_ms due, struct mono_ms now)
{
	bool fired = !mono_before(now, gumad.armed);

	if (gumad.timer_fd < 0 || (!fired && !mono_before(due, gumad.armed)))
		return;
	gumad_timer_set(gumad.timer_fd, due);
	gumad.armed = due;
}

void gumad_settle(void)
{
	gumad_settle_for(NULL);
}

void gumad_settle_for(const struct gumad_file *file)
{
	struct mono_ms now = gumad_now();
	struct mono_ms due = MONO_NEVER;

	if (!gumad.link && !LIST_EMPTY(&gumad.files))
		gumad_attach(false);
	gumad.blocked = false;
	gumad_issm_poll();
	if (gumad.link && drain(now, file))
		due = now;
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			kmad_tick(gumad.port[i].kmad, now);
	if (gumad.link)
		gumad_link_flush(gumad.link);
	if (gumad.lost) {
		gumad_grace_begin(gumad_link_traits().reconnect_ms);
		gumad_detach();
	}
	if (!gumad.link && gumad_grace_expired())
		gumad_fail_requests();
	for (unsigned int i = 0; gumad.link && i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			due = mono_min(due, kmad_deadline(gumad.port[i].kmad));
	if (!gumad.link && !LIST_EMPTY(&gumad.files))
		due = mono_min(mono_min(due, gumad.next_attempt), gumad_grace_deadline());
	timer_arm(due, now);
}

void gumad_send_settle(void)
{
	struct mono_ms now = gumad_now();
	struct mono_ms due = MONO_NEVER;

	if (!gumad.link || gumad.lost || gumad.blocked) {
		gumad_settle();
		return;
	}
	gumad_link_flush(gumad.link);
	for (unsigned int i = 0; i < gumad.ports; i++)
		if (gumad.port[i].kmad)
			due = mono_min(due, kmad_deadline(gumad.port[i].kmad));
	timer_arm(due, now);
}

/* Closes all at exit or unload. If the lock is taken, a thread is inside a call: the kernel cleans up. */
static void __attribute__((destructor)) gumad_exit(void)
{
	struct gumad_file *f;

	if (pthread_mutex_trylock(&gumad_mutex))
		return;
	gumad_link_drop();
	while ((f = LIST_FIRST(&gumad.files)))
		gumad_file_free(f);
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
