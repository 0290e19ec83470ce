/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Xen's own cost: one granted page, one event channel, one counter sent back and forth, to compare with a
 * round trip of a channel (bench_echo_xen) in the same run.
 *
 * usage: bench_pingpong host GUEST_DOMID NAME	in dom0; ends with the guest's program
 * bench_pingpong guest NAME COUNT		in the guest
 * prints (guest): ROUND_TRIPS_PER_SECOND
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <xenevtchn.h>
#include <xengnttab.h>

#include "tests/bench/echo.h"
#include "tests/patience.h"
#include "tests/xen/meet.h"

#define END UINT32_MAX

/* The page; a cache line for each writer. */
struct table {
	uint32_t ping;
	uint8_t pad[60];
	uint32_t pong;
};

static int fail(const char *what)
{
	fprintf(stderr, "bench_pingpong: %s: %s\n", what, strerror(errno));
	return 1;
}

/* Waits for the other's event with poll(), as a server with several descriptors does. */
static int event_wait(xenevtchn_handle *events)
{
	struct pollfd pfd = {.fd = xenevtchn_fd(events), .events = POLLIN};
	xenevtchn_port_or_error_t port;

	if (poll(&pfd, 1, TEST_PATIENCE_MS) <= 0)
		return -1;
	port = xenevtchn_pending(events);
	return port < 0 ? -1 : xenevtchn_unmask(events, (evtchn_port_t)port);
}

static int host(uint32_t domid, const char *name)
{
	xenevtchn_handle *events = xenevtchn_open(NULL, 0);
	xengnttab_handle *grants = xengnttab_open(NULL, 0);
	xenevtchn_port_or_error_t port;
	struct table *table;
	struct meet meet;
	uint32_t seen = 0;

	if (!events || !grants)
		return fail("devices");
	errno = -meet_wait(domid, name, &meet);
	if (errno)
		return fail("no guest");
	table = xengnttab_map_grant_ref(grants, domid, meet.ref[0], PROT_READ | PROT_WRITE);
	if (!table)
		return fail("grant");
	port = xenevtchn_bind_interdomain(events, domid, meet.port);
	if (port < 0)
		return fail("event channel");
	while (seen != END) {
		uint32_t ping = __atomic_load_n(&table->ping, __ATOMIC_ACQUIRE);

		if (ping == seen) {
			if (event_wait(events))
				return fail("no ping");
			continue;
		}
		seen = ping;
		__atomic_store_n(&table->pong, ping, __ATOMIC_RELEASE);
		xenevtchn_notify(events, (evtchn_port_t)port);
	}
	xengnttab_unmap(grants, table, 1);
	return 0;
}

static int ping(struct table *table, xenevtchn_handle *events, evtchn_port_t port, uint32_t value)
{
	__atomic_store_n(&table->ping, value, __ATOMIC_RELEASE);
	xenevtchn_notify(events, port);
	while (__atomic_load_n(&table->pong, __ATOMIC_ACQUIRE) != value) {
		if (event_wait(events))
			return -1;
	}
	return 0;
}

static int guest(const char *name, uint32_t count)
{
	xenevtchn_handle *events = xenevtchn_open(NULL, 0);
	xengntshr_handle *grants = xengntshr_open(NULL, 0);
	struct meet meet = {.refs = 1};
	xenevtchn_port_or_error_t port;
	struct table *table;
	double start;

	if (!events || !grants)
		return fail("devices");
	table = xengntshr_share_pages(grants, 0, 1, meet.ref, 1);
	if (!table)
		return fail("grant");
	port = xenevtchn_bind_unbound_port(events, 0);
	if (port < 0)
		return fail("event channel");
	meet.port = (uint32_t)port;
	memset(table, 0, sizeof(*table));
	errno = -meet_publish(name, &meet);
	if (errno)
		return fail("xenstore");
	if (ping(table, events, (evtchn_port_t)port, 1)) /* both have connected */
		return fail("no pong");
	start = echo_seconds();
	for (uint32_t i = 0; i < count; i++) {
		if (ping(table, events, (evtchn_port_t)port, i + 2))
			return fail("no pong");
	}
	printf("%.0f\n", count / (echo_seconds() - start));
	return ping(table, events, (evtchn_port_t)port, END) ? fail("no end") : 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "host"))
		return host((uint32_t)strtoul(argv[2], NULL, 0), argv[3]);
	if (argc == 4 && !strcmp(argv[1], "guest"))
		return guest(argv[2], (uint32_t)strtoul(argv[3], NULL, 0));
	fprintf(stderr, "usage: bench_pingpong host GUEST_DOMID NAME\n"
			"       bench_pingpong guest NAME COUNT\n");
	return 2;
}
