/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Processor time in the core for one request and its answer: with 1 guest and with 1000 attached, with 10
 * requests in progress and with 100,000. Prints nanoseconds and the two ratios.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mad-proxy/core/core.h"
#include "wire/mad.h"

#define ROUNDS 9
#define PER_ROUND 100000

struct rig {
	struct policy policy;
	struct policy_guest guest;
	struct policy_guest *guests[1];
	struct proxy_core *core;
	struct proxy_effects fx;
	struct session_id *session;
	unsigned int sessions;
	struct chan_slot slot;
	uint64_t tid;
};

static double cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void step(struct rig *r, const struct proxy_event *event)
{
	proxy_step(r->core, event, (struct mono_ms){1}, &r->fx);
}

static void put(struct rig *r, unsigned int who, uint8_t kind, const void *body, size_t len)
{
	struct proxy_event event = {.kind = PROXY_EV_SLOT,
				    .slot = {.session = r->session[who], .slot = &r->slot}};

	memset(&r->slot, 0, sizeof(r->slot));
	r->slot.kind = kind;
	memcpy(r->slot.mad, body, len);
	step(r, &event);
}

static void attach(struct rig *r, unsigned int who)
{
	struct proxy_event event = {.kind = PROXY_EV_ATTACH,
				    .attach = {.guest = "bench", .port = -1}};
	struct chan_hello hello = {.magic = CHAN_ABI_MAGIC, .version_min = 1, .version_max = 1};
	struct chan_register reg = {.mgmt_class = WIRE_CLASS_PERF, .mgmt_class_version = 1};

	step(r, &event);
	r->session[who] = r->fx.fx[0].session;
	put(r, who, CHAN_KIND_HELLO, &hello, sizeof(hello));
	put(r, who, CHAN_KIND_CLIENT_OPEN, &hello, 0);
	put(r, who, CHAN_KIND_REGISTER, &reg, sizeof(reg));
}

static void rig_init(struct rig *r, unsigned int sessions, unsigned int outstanding)
{
	struct proxy_params params = {
		.seed = 1, .ports = 1, .max_sessions = sessions, .policy = &r->policy};
	struct proxy_port_attr attr = {.info = {.base_lid = 5, .sm_lid = 1, .pkeys = 1}};
	struct proxy_event event = {.kind = PROXY_EV_PORT_ATTR, .port_attr = {.attr = &attr}};
	static char name[] = "bench", file[] = "bench";

	memset(r, 0, sizeof(*r));
	r->guest = (struct policy_guest){
		.name = name, .grade = POLICY_GRADE_FABRIC, .pkeys_any = true};
	r->guest.limits.outstanding = outstanding;
	r->guests[0] = &r->guest;
	r->policy = (struct policy){.file = file, .guest_count = 1, .guest = r->guests};
	attr.pkey[0] = 0xffff;
	r->fx.fx = calloc(PROXY_MAX_EFFECTS, sizeof(*r->fx.fx));
	r->session = calloc(sessions, sizeof(*r->session));
	r->core = proxy_core_new(&params);
	r->sessions = sessions;
	step(r, &event);
	for (unsigned int i = 0; i < sessions; i++)
		attach(r, i);
}

static void rig_fini(struct rig *r)
{
	proxy_core_free(r->core);
	free(r->session);
	free(r->fx.fx);
}

/* Sends a request of guest `who`; copies the MAD on the wire to `wire`. */
static void request(struct rig *r, unsigned int who, uint8_t *wire)
{
	struct proxy_event event = {.kind = PROXY_EV_SLOT,
				    .slot = {.session = r->session[who], .slot = &r->slot}};

	memset(&r->slot, 0, sizeof(r->slot));
	r->slot.kind = CHAN_KIND_SEND;
	r->slot.timeout_ms = 1000;
	r->slot.addr.lid = 7;
	r->slot.addr.qpn = 1;
	r->slot.mad[0] = 1;
	r->slot.mad[1] = WIRE_CLASS_PERF;
	r->slot.mad[2] = 1;
	r->slot.mad[3] = WIRE_METHOD_GET;
	put_be16(r->slot.mad + 16, 0x12);
	wire_mad_set_tid(r->slot.mad, ++r->tid);
	step(r, &event);
	for (size_t i = 0; i < r->fx.count; i++)
		if (r->fx.fx[i].kind == PROXY_FX_SEND)
			memcpy(wire, r->fx.fx[i].send.mad, WIRE_MAD_BYTES);
}

static void answer(struct rig *r, uint8_t *wire)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_MAD,
				    .port_mad = {.addr = {.lid = 7, .qpn = 1}, .mad = wire}};

	wire[3] |= WIRE_METHOD_RESPONSE;
	step(r, &event);
	if (r->fx.count < 1 || r->fx.fx[0].kind != PROXY_FX_PUSH) {
		fprintf(stderr, "bench_core: an answer did not reach its guest\n");
		exit(1);
	}
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* Nanoseconds of one round; `live` requests of all guests stay in progress. */
static double round_ns(struct rig *r)
{
	uint8_t wire[WIRE_MAD_BYTES];
	double start = cpu_ns();

	for (unsigned int i = 0; i < PER_ROUND; i++) {
		request(r, i % 8 % r->sessions, wire);
		answer(r, wire);
	}
	return (cpu_ns() - start) / PER_ROUND;
}

static void compare(const char *what, struct rig *small, struct rig *large)
{
	double a[ROUNDS], b[ROUNDS], ratio[ROUNDS];

	for (int i = 0; i < ROUNDS; i++) {
		a[i] = round_ns(small);
		b[i] = round_ns(large);
		ratio[i] = b[i] / a[i];
	}
	qsort(a, ROUNDS, sizeof(double), by_value);
	qsort(b, ROUNDS, sizeof(double), by_value);
	qsort(ratio, ROUNDS, sizeof(double), by_value);
	printf("%s %.0f %.0f %.3f\n", what, a[ROUNDS / 2], b[ROUNDS / 2], ratio[ROUNDS / 2]);
}

int main(void)
{
	static struct rig few, many;
	uint8_t wire[WIRE_MAD_BYTES];

	rig_init(&few, 1, 128);
	rig_init(&many, 1000, 128);
	compare("guests-1-1000", &few, &many);
	rig_fini(&few);
	rig_fini(&many);

	/* as many guests on both sides, so that only the number of requests differs */
	rig_init(&few, 50, 0);
	rig_init(&many, 50, 0);
	for (unsigned int i = 0; i < 10; i++)
		request(&few, i % 50, wire);
	for (unsigned int i = 0; i < 100000; i++)
		request(&many, i % 50, wire);
	compare("live-10-100000", &few, &many);
	rig_fini(&few);
	rig_fini(&many);
	return 0;
}
