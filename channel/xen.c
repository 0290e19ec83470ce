/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The event channel of either end (xen_priv.h).
 *
 * In Linux (drivers/xen/evtchn.c) a delivered event masks its port and enters the descriptor's queue;
 * read() removes it, write() unmasks the port. Further events set one pending bit. The queue therefore
 * holds at most our one port, and EPOLLET reports each event.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>

#include "channel/xen_priv.h"

static void quiet_message(struct xentoollog_logger *logger, xentoollog_level level, int errnoval,
			  const char *context, const char *format, va_list al)
{
}

static void quiet_progress(struct xentoollog_logger *logger, const char *context,
			   const char *doing_what, int percent, unsigned long done,
			   unsigned long total)
{
}

static void quiet_destroy(struct xentoollog_logger *logger)
{
}

struct xentoollog_logger chan_xen_quiet = {
	.vmessage = quiet_message,
	.progress = quiet_progress,
	.destroy = quiet_destroy,
};

int chan_xen_failure(void)
{
	return errno > 0 ? -errno : -EIO;
}

int chan_xen_events_open(struct chan_xen_events *events)
{
	int fd, flags;

	events->handle = xenevtchn_open(&chan_xen_quiet, 0);
	if (!events->handle)
		return chan_xen_failure();
	fd = xenevtchn_fd(events->handle);
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0)
		return chan_xen_failure();
	return 0;
}

void chan_xen_events_close(struct chan_xen_events *events)
{
	if (events->handle)
		xenevtchn_close(events->handle);
}

int chan_xen_events_bound(struct chan_xen_events *events, xenevtchn_port_or_error_t port)
{
	if (port < 0)
		return chan_xen_failure();
	events->port = (evtchn_port_t)port;
	return 0;
}

int chan_xen_events_take(struct chan_xen_events *events)
{
	if (xenevtchn_pending(events->handle) >= 0)
		return 1;
	return errno == EAGAIN || errno == EINTR ? 0 : chan_xen_failure();
}
