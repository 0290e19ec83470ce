/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A client and an SA, each with a kmad, over a link that drops, repeats, delays, reorders and is full at
 * times, by seed. A request always ends exactly once, and a delivered table is complete.
 */
#include "guest-umad/kmad.h"
#include "wire/mad.h"
#include "wire/rmpp.h"
#include "tests/unit/test.h"

#define IN_FLIGHT 60000
#define REQUESTS 30
#define CLIENT_LID 3
#define SA_LID 1

struct flying {
	uint64_t at_ms;
	unsigned int to;
	struct chan_slot slot;
};

struct model;

struct end {
	struct model *w;
	unsigned int number; /* 0: client, 1: SA */
	struct kmad *k;
	int file, agent;
};

/* Faults of a link, in percent. */
struct weather {
	unsigned int drop, repeat, full;
	unsigned int delay_ms; /* up to */
};

struct model {
	struct end end[2];
	struct weather weather;
	uint64_t random;
	struct mono_ms now;
	struct flying *flying;
	unsigned int in_flight;
	uint32_t segments[REQUESTS]; /* of the answer; 0: a single MAD without RMPP */
	unsigned int tables[REQUESTS];
	unsigned int timeouts[REQUESTS];
};

static unsigned int roll(struct model *w, unsigned int below)
{
	w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned int)((w->random >> 33) % below);
}

static void launch(struct model *w, unsigned int from, const struct chan_slot *slot)
{
	struct flying *f;

	if (roll(w, 100) < w->weather.drop)
		return;
	assert_true(w->in_flight < IN_FLIGHT);
	f = &w->flying[w->in_flight++];
	f->at_ms = w->now.ms + 1 + roll(w, w->weather.delay_ms + 1);
	f->to = !from;
	f->slot = *slot;
	f->slot.kind = CHAN_KIND_RECV;
	f->slot.cookie = 0;
	f->slot.addr.lid = from ? SA_LID : CLIENT_LID;
}

static int end_send(void *ctx, const struct chan_slot *slot)
{
	struct end *e = ctx;

	if (roll(e->w, 100) < e->w->weather.full)
		return -EAGAIN;
	assert_int_equal(slot->addr.lid, e->number ? CLIENT_LID : SA_LID);
	launch(e->w, e->number, slot);
	if (roll(e->w, 100) < e->w->weather.repeat)
		launch(e->w, e->number, slot);
	return 0;
}

static struct kmad_queue inbox[2] = {STAILQ_HEAD_INITIALIZER(inbox[0]),
				     STAILQ_HEAD_INITIALIZER(inbox[1])};

static void end_deliver(void *ctx, unsigned int file, struct kmad_msg *msg)
{
	struct end *e = ctx;

	STAILQ_INSERT_TAIL(&inbox[e->number], msg, in_queue);
}

static uint8_t table_byte(uint32_t request, size_t i)
{
	return (uint8_t)(request * 31 + i * 7 + i / 200 * 13);
}

static size_t table_len(const struct model *w, uint32_t request)
{
	return w->segments[request] ? 56 + w->segments[request] * 200 - request * 5 % 200 : 256;
}

/* The SA's application. */
static void sa_read(struct model *w, const struct kmad_msg *msg)
{
	uint32_t request = (uint32_t)wire_mad_tid(msg->data);
	size_t len, i;
	uint8_t *answer;
	int ret;

	if (msg->status)
		return; /* an answer that was not acknowledged */
	assert_true(request < REQUESTS);
	len = table_len(w, request);
	answer = malloc(len);
	assert_non_null(answer);
	for (i = 0; i < len; i++)
		answer[i] = table_byte(request, i);
	memcpy(answer, msg->data, 56);
	answer[3] |= WIRE_METHOD_RESPONSE;
	answer[26] = w->segments[request] ? WIRE_RMPP_ACTIVE : 0;
	ret = kmad_send(w->end[1].k, (unsigned int)w->end[1].file, (unsigned int)w->end[1].agent,
			&msg->addr, answer, len, 0, 5, w->now);
	assert_true(ret == 0 || ret == -EINVAL);
	free(answer);
}

static void client_read(struct model *w, const struct kmad_msg *msg)
{
	uint32_t request = (uint32_t)wire_mad_tid(msg->data);
	size_t i;

	assert_true(request < REQUESTS);
	if (msg->status) {
		assert_int_equal(msg->status, ETIMEDOUT);
		w->timeouts[request]++;
		return;
	}
	assert_int_equal(msg->len, table_len(w, request));
	for (i = 56; i < msg->len; i++)
		if (msg->data[i] != table_byte(request, i))
			fail_msg("request %u, byte %zu", request, i);
	w->tables[request]++;
}

static void read_all(struct model *w)
{
	struct kmad_msg *msg;
	unsigned int e;

	for (e = 0; e < 2; e++)
		while ((msg = STAILQ_FIRST(&inbox[e]))) {
			STAILQ_REMOVE_HEAD(&inbox[e], in_queue);
			if (e)
				sa_read(w, msg);
			else
				client_read(w, msg);
			free(msg);
		}
}

static void land(struct model *w)
{
	struct flying f;
	unsigned int i = 0;

	while (i < w->in_flight) {
		if (w->flying[i].at_ms > w->now.ms) {
			i++;
			continue;
		}
		f = w->flying[i];
		w->flying[i] = w->flying[--w->in_flight];
		kmad_receive(w->end[f.to].k, &f.slot, w->now);
		read_all(w);
	}
}

/* The time of the next event. */
static uint64_t next_ms(const struct model *w)
{
	uint64_t t = UINT64_MAX;
	unsigned int i;

	for (i = 0; i < 2; i++)
		if (kmad_deadline(w->end[i].k).ms < t)
			t = kmad_deadline(w->end[i].k).ms;
	for (i = 0; i < w->in_flight; i++)
		if (w->flying[i].at_ms < t)
			t = w->flying[i].at_ms;
	return t;
}

static void run(struct model *w)
{
	unsigned int i;
	uint64_t t;

	while ((t = next_ms(w)) != UINT64_MAX) {
		w->now.ms = t > w->now.ms ? t : w->now.ms + 1;
		assert_true(w->now.ms < 100000000);
		land(w);
		for (i = 0; i < 2; i++) {
			kmad_tick(w->end[i].k, w->now);
			kmad_check(w->end[i].k);
		}
		read_all(w);
	}
}

static void model_open(struct model *w, uint64_t seed, const struct weather *weather)
{
	static const struct kmad_ops ops = {end_send, end_deliver};
	struct kmad_reg reg = {
		.mgmt_class = WIRE_CLASS_SA, .mgmt_class_version = 2, .rmpp_version = 1};
	unsigned int i;

	memset(w, 0, sizeof(*w));
	w->weather = *weather;
	w->random = seed;
	w->now.ms = 5000;
	w->flying = malloc(IN_FLIGHT * sizeof(*w->flying));
	assert_non_null(w->flying);
	for (i = 0; i < 2; i++) {
		struct kmad_params params = {.ops = &ops, .ctx = &w->end[i], .seed = i};

		w->end[i].w = w;
		w->end[i].number = i;
		w->end[i].k = kmad_new(&params);
		assert_non_null(w->end[i].k);
		w->end[i].file = kmad_file_open(w->end[i].k);
		reg.method_mask[0] = i ? 1u << WIRE_METHOD_GET_TABLE : 0;
		w->end[i].agent = kmad_register(w->end[i].k, (unsigned int)w->end[i].file, &reg);
		assert_int_equal(w->end[i].agent, 0);
	}
}

static void model_close(struct model *w)
{
	kmad_free(w->end[0].k);
	kmad_free(w->end[1].k);
	free(w->flying);
}

static void ask_for(struct model *w, uint32_t request, uint32_t timeout_ms, uint32_t retries)
{
	struct chan_addr sa = {.lid = SA_LID, .qpn = 1, .qkey = 0x80010000};
	uint8_t mad[256] = {1, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE};

	wire_mad_set_tid(mad, request);
	assert_int_equal(kmad_send(w->end[0].k, 0, 0, &sa, mad, 256, timeout_ms, retries, w->now),
			 0);
}

TEST(every_table_arrives_whole_and_once_over_a_bad_link)
{
	static const struct weather weathers[] = {
		{0, 0, 0, 0}, {0, 0, 0, 40},   {0, 30, 0, 40},	 {0, 0, 30, 0},
		{2, 0, 0, 5}, {10, 5, 10, 20}, {20, 20, 20, 50}, {30, 0, 0, 10},
	};
	struct model w;
	unsigned int i, seed, n = sizeof(weathers) / sizeof(weathers[0]);
	uint32_t r;

	for (seed = 1; seed <= 3 * n; seed++) {
		model_open(&w, seed, &weathers[seed % n]);
		for (r = 0; r < REQUESTS; r++) {
			w.segments[r] = r % 10 == 9 ? 300 + roll(&w, 200) : roll(&w, 70);
			ask_for(&w, r, 500 + roll(&w, 4000), 40);
		}
		run(&w);
		for (i = 0; i < REQUESTS; i++)
			if (w.tables[i] != 1 || w.timeouts[i] != 0)
				fail_msg("seed %u request %u: %u tables, %u time-outs", seed, i,
					 w.tables[i], w.timeouts[i]);
		model_close(&w);
	}
}

TEST(every_request_ends_once_whatever_is_lost)
{
	static const struct weather storm = {60, 20, 40, 100};
	struct model w;
	unsigned int seed, ended = 0, tables = 0;
	uint32_t r;

	for (seed = 1; seed <= 20; seed++) {
		model_open(&w, seed, &storm);
		for (r = 0; r < REQUESTS; r++) {
			w.segments[r] = roll(&w, 20);
			ask_for(&w, r, 100 + roll(&w, 2000), roll(&w, 3));
		}
		run(&w);
		for (r = 0; r < REQUESTS; r++) {
			assert_int_equal(w.tables[r] + w.timeouts[r], 1);
			ended++;
			tables += w.tables[r];
		}
		model_close(&w);
	}
	/* Both outcomes occurred. */
	assert_true(tables > 0 && tables < ended);
}

/* All paths of 512 hosts: 313,600 records of 64 bytes. */
TEST(a_table_of_twenty_megabytes_arrives)
{
	static const struct weather fine = {0, 0, 0, 0};
	struct model w;

	model_open(&w, 1, &fine);
	w.segments[0] = 313600 * 64 / 200;
	ask_for(&w, 0, 1000, 3);
	run(&w);
	assert_int_equal(w.tables[0], 1);
	model_close(&w);
}
