/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests through the libibumad that this program is loaded with: the same program runs natively on the
 * fabric and in a guest, and the ratio is the cost of the gateway.
 *
 * usage: bench_umad WHAT IN_FLIGHT COUNT	prints REQUESTS_PER_SECOND
 * bench_umad WHAT latency SECONDS	one at a time; prints P50 P99 in microseconds and the number of samples
 * bench_umad WHAT flood IN_FLIGHT	as fast as possible, until killed
 * WHAT is a row of `whats`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <infiniband/umad.h>

#include "base/bytes.h"
#include "tests/bench/echo.h"
#include "wire/mad.h"

#define MAX_SAMPLES 1000000

struct bench;

struct what {
	const char *name;
	uint8_t mgmt_class, version;
	int timeout_ms, retries; /* of a flood; otherwise 2 s and 3 retries */
	void (*build)(struct bench *b, uint8_t *mad);
};

struct bench {
	const struct what *what;
	int timeout_ms, retries;
	int port;
	int agent;
	uint16_t lid;
	uint16_t sm_lid;
	uint64_t sent;
	void *umad;
};

static void build(struct bench *b, uint8_t *mad, uint8_t method, uint16_t attribute, uint16_t lid)
{
	bool smp = b->what->mgmt_class == WIRE_CLASS_SUBN_LID;

	mad[0] = 1;
	mad[1] = b->what->mgmt_class;
	mad[2] = b->what->version;
	mad[3] = method;
	put_be16(mad + 16, attribute);
	umad_set_addr(b->umad, lid, smp ? 0 : 1, 0, smp ? 0 : (int)0x80010000);
}

static void build_path(struct bench *b, uint8_t *mad)
{
	build(b, mad, WIRE_METHOD_GET, 0x35, b->sm_lid);
	put_be64(mad + 48, (1 << 4) | (1 << 5) | (1 << 12)); /* DLID, SLID, NumbPath */
	put_be16(mad + 56 + 40, b->sm_lid);
	put_be16(mad + 56 + 42, b->lid);
	mad[56 + 51] = 1; /* NumbPath, reversible 0 */
}

/* A query for all NodeRecords. */
static void build_table(struct bench *b, uint8_t *mad)
{
	build(b, mad, WIRE_METHOD_GET_TABLE, 0x11, b->sm_lid);
}

static void build_smp_cached(struct bench *b, uint8_t *mad)
{
	build(b, mad, WIRE_METHOD_GET, 0x11, b->lid);
}

/* SLtoVLMappingTable with many modifiers, alike on a CA: no merged or cached answer serves another. */
static void build_smp(struct bench *b, uint8_t *mad)
{
	build(b, mad, WIRE_METHOD_GET, 0x17, b->lid);
	put_be32(mad + 20, (uint32_t)(b->sent / 255 % 255 << 8 | b->sent % 255));
}

static void build_perf(struct bench *b, uint8_t *mad)
{
	build(b, mad, WIRE_METHOD_GET, 0x12, b->lid);
	mad[65] = 1; /* PortSelect */
}

static const struct what whats[] = {
	{"path", WIRE_CLASS_SA, 2, 1000, 3, build_path},
	{"path-hasty", WIRE_CLASS_SA, 2, 1, 255, build_path},
	{"table-hasty", WIRE_CLASS_SA, 2, 1, 255, build_table},
	{"table-oneway", WIRE_CLASS_SA, 2, 0, 0, build_table},
	{"smp", WIRE_CLASS_SUBN_LID, 1, 1000, 3, build_smp},
	{"smp-cached", WIRE_CLASS_SUBN_LID, 1, 1000, 3, build_smp_cached},
	{"perf", WIRE_CLASS_PERF, 1, 1000, 3, build_perf},
};

static int send_one(struct bench *b)
{
	uint8_t *mad = umad_get_mad(b->umad);

	memset(b->umad, 0, umad_size() + WIRE_MAD_BYTES);
	b->what->build(b, mad);
	wire_mad_set_tid(mad, ++b->sent);
	return umad_send(b->port, b->agent, b->umad, WIRE_MAD_BYTES, b->timeout_ms, b->retries);
}

static int receive_one(struct bench *b)
{
	int length = WIRE_MAD_BYTES;

	if (umad_recv(b->port, b->umad, &length, b->timeout_ms * (b->retries + 2)) < 0)
		return -1;
	if (umad_status(b->umad) || wire_mad_status(umad_get_mad(b->umad))) {
		fprintf(stderr, "bench_umad: status %d, MAD status 0x%x\n", umad_status(b->umad),
			wire_mad_status(umad_get_mad(b->umad)));
		return -1;
	}
	return 0;
}

static int rate(struct bench *b, uint64_t in_flight, uint64_t count)
{
	uint64_t received = 0;
	double start = echo_seconds();

	while (received < count) {
		while (b->sent < count && b->sent - received < in_flight)
			if (send_one(b))
				return -1;
		if (receive_one(b))
			return -1;
		received++;
	}
	printf("%.0f\n", (double)count / (echo_seconds() - start));
	return 0;
}

static int by_value(const void *a, const void *b)
{
	const float *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Requests without an answer count with their time-outs. */
static int latency(struct bench *b, double seconds)
{
	static float sample[MAX_SAMPLES];
	double start = echo_seconds(), from = start, now = start;
	size_t n = 0;

	while (n < MAX_SAMPLES && now - start < seconds) {
		int length = WIRE_MAD_BYTES;

		if (send_one(b) || umad_recv(b->port, b->umad, &length, -1) < 0)
			return -1;
		now = echo_seconds();
		sample[n++] = (float)((now - from) * 1e6);
		from = now;
	}
	qsort(sample, n, sizeof(*sample), by_value);
	printf("%.0f %.0f %zu\n", sample[n / 2], sample[n * 99 / 100], n);
	return 0;
}

/* If it expects no answers, it still reads what arrives. */
static _Noreturn void flood(struct bench *b, uint64_t in_flight)
{
	uint64_t owed = 0;

	b->timeout_ms = b->what->timeout_ms;
	b->retries = b->what->retries;
	for (;;) {
		int length = WIRE_MAD_BYTES;

		while (owed < in_flight && !send_one(b))
			owed++;
		if (!b->timeout_ms)
			owed = 0;
		while (umad_recv(b->port, b->umad, &length, owed == in_flight ? 100 : 0) >= 0) {
			length = WIRE_MAD_BYTES;
			owed -= owed > 0;
		}
	}
}

static int run(struct bench *b, const char *how, const char *number)
{
	uint64_t n = strtoull(number, NULL, 0);

	if (!strcmp(how, "latency"))
		return latency(b, strtod(number, NULL));
	if (!strcmp(how, "flood"))
		flood(b, n);
	return rate(b, strtoull(how, NULL, 0), n);
}

int main(int argc, char **argv)
{
	struct bench b = {.timeout_ms = 2000, .retries = 3};
	umad_port_t attr;

	for (size_t i = 0; argc == 4 && i < sizeof(whats) / sizeof(*whats); i++)
		if (!strcmp(argv[1], whats[i].name))
			b.what = &whats[i];
	if (!b.what) {
		fprintf(stderr, "usage: bench_umad WHAT IN_FLIGHT COUNT\n"
				"       bench_umad WHAT latency SECONDS\n"
				"       bench_umad WHAT flood IN_FLIGHT\nWHAT:");
		for (size_t i = 0; i < sizeof(whats) / sizeof(*whats); i++)
			fprintf(stderr, " %s", whats[i].name);
		fprintf(stderr, "\n");
		return 2;
	}
	b.umad = umad_alloc(1, umad_size() + WIRE_MAD_BYTES);
	if (umad_init() < 0 || umad_get_port(NULL, 0, &attr) < 0) {
		fprintf(stderr, "bench_umad: no port\n");
		return 1;
	}
	b.lid = (uint16_t)attr.base_lid;
	b.sm_lid = (uint16_t)attr.sm_lid;
	umad_release_port(&attr);
	b.port = umad_open_port(NULL, 0);
	b.agent = b.port < 0 ? -1
			     : umad_register(b.port, b.what->mgmt_class, b.what->version, 0, NULL);
	if (b.agent < 0 || run(&b, argv[2], argv[3])) {
		fprintf(stderr, "bench_umad: failed after %llu requests\n",
			(unsigned long long)b.sent);
		return 1;
	}
	umad_close_port(b.port);
	umad_free(b.umad);
	return 0;
}
