/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Requests a second through whichever libibumad this program is loaded with: the same program runs
 * natively on the fabric and in a guest, so that their ratio says what the gateway costs.
 *
 * usage: bench_umad path|smp|smp-cached IN_FLIGHT COUNT
 * prints: REQUESTS_PER_SECOND
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <infiniband/umad.h>

#include "base/bytes.h"
#include "wire/mad.h"

#define TIMEOUT_MS 2000
#define RETRIES 3

enum what { PATH, SMP, SMP_CACHED };

struct bench {
	enum what what;
	int port;
	int agent;
	uint16_t lid;
	uint16_t sm_lid;
	uint64_t sent;
	void *umad;
};

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void build_path(struct bench *b, uint8_t *mad)
{
	mad[0] = 1;
	mad[1] = WIRE_CLASS_SA;
	mad[2] = 2;
	mad[3] = WIRE_METHOD_GET;
	put_be16(mad + 16, 0x35);
	put_be64(mad + 48, (1 << 4) | (1 << 5) | (1 << 12)); /* DLID, SLID, NumbPath */
	put_be16(mad + 56 + 40, b->sm_lid);
	put_be16(mad + 56 + 42, b->lid);
	mad[56 + 51] = 1; /* NumbPath, reversible 0 */
	umad_set_addr(b->umad, b->sm_lid, 1, 0, (int)0x80010000);
}

/* A Get's data mean nothing, so a number there makes every request a different one. */
static void build_smp(struct bench *b, uint8_t *mad)
{
	mad[0] = 1;
	mad[1] = WIRE_CLASS_SUBN_LID;
	mad[2] = 1;
	mad[3] = WIRE_METHOD_GET;
	put_be16(mad + 16, 0x11);
	if (b->what == SMP)
		put_be64(mad + 64, b->sent);
	umad_set_addr(b->umad, b->lid, 0, 0, 0);
}

static int send_one(struct bench *b)
{
	uint8_t *mad = umad_get_mad(b->umad);

	memset(b->umad, 0, umad_size() + WIRE_MAD_BYTES);
	if (b->what == PATH)
		build_path(b, mad);
	else
		build_smp(b, mad);
	wire_mad_set_tid(mad, ++b->sent);
	return umad_send(b->port, b->agent, b->umad, WIRE_MAD_BYTES, TIMEOUT_MS, RETRIES);
}

static int receive_one(struct bench *b)
{
	int length = WIRE_MAD_BYTES;

	if (umad_recv(b->port, b->umad, &length, TIMEOUT_MS * (RETRIES + 2)) < 0)
		return -1;
	if (umad_status(b->umad) || wire_mad_status(umad_get_mad(b->umad))) {
		fprintf(stderr, "bench_umad: status %d, MAD status 0x%x\n", umad_status(b->umad),
			wire_mad_status(umad_get_mad(b->umad)));
		return -1;
	}
	return 0;
}

static int run(struct bench *b, uint64_t in_flight, uint64_t count)
{
	uint64_t received = 0;
	double start = seconds();

	while (received < count) {
		while (b->sent < count && b->sent - received < in_flight)
			if (send_one(b))
				return -1;
		if (receive_one(b))
			return -1;
		received++;
	}
	printf("%.0f\n", (double)count / (seconds() - start));
	return 0;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	umad_port_t attr;

	if (argc != 4) {
		fprintf(stderr, "usage: bench_umad path|smp|smp-cached IN_FLIGHT COUNT\n");
		return 2;
	}
	b.what = !strcmp(argv[1], "path") ? PATH : !strcmp(argv[1], "smp") ? SMP : SMP_CACHED;
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
			     : umad_register(b.port,
					     b.what == PATH ? WIRE_CLASS_SA : WIRE_CLASS_SUBN_LID,
					     b.what == PATH ? 2 : 1, 0, NULL);
	if (b.agent < 0 || run(&b, strtoull(argv[2], NULL, 0), strtoull(argv[3], NULL, 0))) {
		fprintf(stderr, "bench_umad: failed after %llu requests\n",
			(unsigned long long)b.sent);
		return 1;
	}
	umad_close_port(b.port);
	umad_free(b.umad);
	return 0;
}
