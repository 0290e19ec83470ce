/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both xenbus machines against each other, over the transition system of xenbus_model.h: explores every
 * state that any order of moves can reach (the model asserts), and from each state sane moves alone can
 * lead to both ends Connected on one ring. With any fair order of sane moves both ends therefore connect; a
 * random order is run as well.
 */
#include <signal.h>
#include <stdio.h>

#include "tests/unit/test.h"
#include "tests/unit/xenbus_model.h"

struct space {
	struct model *model; /* in order of discovery */
	uint32_t *from; /* the state and the move that led here: the shortest path */
	uint8_t *by;
	uint8_t *left; /* number of faults that may still occur */
	uint32_t *slot; /* hash table of index + 1 */
	uint32_t count, room, mask;
	uint32_t at; /* the state being explored */
	bool prompt; /* the back-end's queues are always emptied first */
};

/* Emptying queues at once makes the state space small enough for any number of faults. */
static bool may(const struct space *s, uint32_t at, uint8_t move)
{
	const struct model *w = &s->model[at];

	if (move >= MODEL_SANE && !s->left[at])
		return false;
	return !s->prompt || (!w->todo[0] && !w->found[0]) || move == MOVE_STORE ||
	       move == MOVE_STORE_FAILS || move == MOVE_FOUND || move == MOVE_FOUND_UNMAPPABLE ||
	       move == MOVE_BACK_CRASH;
}

static uint32_t hash(const struct model *w)
{
	const uint8_t *p = (const void *)w;
	uint32_t h = 2166136261u;

	for (size_t i = 0; i < sizeof(*w); i++)
		h = (h ^ p[i]) * 16777619u;
	return h ^ h >> 15;
}

static void space_init(struct space *s, uint32_t bits)
{
	s->count = 0;
	s->mask = (1u << bits) - 1;
	s->room = s->mask / 2;
	s->model = calloc(s->room, sizeof(*s->model));
	s->from = calloc(s->room, sizeof(*s->from));
	s->by = calloc(s->room, 1);
	s->left = calloc(s->room, 1);
	s->slot = calloc((size_t)s->mask + 1, sizeof(*s->slot));
	assert_true(s->model && s->from && s->by && s->left && s->slot);
}

static void space_fini(struct space *s)
{
	free(s->model);
	free(s->from);
	free(s->by);
	free(s->left);
	free(s->slot);
}

/* The index of the state; adds it if it is new. */
static uint32_t space_find(struct space *s, const struct model *w, uint8_t left, uint32_t from,
			   uint8_t by)
{
	uint32_t at = hash(w) & s->mask;

	while (s->slot[at]) {
		uint32_t i = s->slot[at] - 1;

		if (s->left[i] == left && memcmp(&s->model[i], w, sizeof(*w)) == 0)
			return i;
		at = (at + 1) & s->mask;
	}
	assert_true(s->count < s->room);
	s->model[s->count] = *w;
	s->left[s->count] = left;
	s->from[s->count] = from;
	s->by[s->count] = by;
	s->slot[at] = ++s->count;
	return s->count - 1;
}

/* blows: number of moves that are not sane; ANY: not counted. */
#define ANY 255

static uint8_t left_after(const struct space *s, uint32_t at, uint8_t move)
{
	return (uint8_t)(s->left[at] - (move >= MODEL_SANE && s->left[at] != ANY));
}

static void space_explore(struct space *s, uint8_t blows)
{
	struct model w;

	model_init(&w);
	space_find(s, &w, blows, 0, MODEL_MOVES);
	for (uint32_t i = 0; i < s->count; i++) {
		s->at = i;
		for (uint8_t move = 0; move < MODEL_MOVES; move++) {
			w = s->model[i];
			if (may(s, i, move) && model_move(&w, move))
				space_find(s, &w, left_after(s, i, move), i, move);
		}
	}
}

static void print_way(const struct space *s, uint32_t to)
{
	if (s->by[to] != MODEL_MOVES) {
		print_way(s, s->from[to]);
		fprintf(stderr, "%s\n\t", model_move_name(s->by[to]));
	}
	model_print(&s->model[to]);
}

/* Marks all states from which sane moves can lead to a good one. */
static uint32_t mark_in_grace(struct space *s, uint8_t *in_grace)
{
	uint32_t marked = 0, before;
	struct model w;

	for (uint32_t i = 0; i < s->count; i++)
		marked += in_grace[i] = model_good(&s->model[i]);
	do {
		before = marked;
		for (uint32_t n = s->count; n-- > 0;) {
			for (uint8_t move = 0; move < MODEL_SANE && !in_grace[n]; move++) {
				w = s->model[n];
				if (may(s, n, move) && model_move(&w, move) &&
				    in_grace[space_find(s, &w, s->left[n], n, move)])
					marked += in_grace[n] = 1;
			}
		}
	} while (marked != before);
	return marked;
}

/* Prints the path to an assertion. */
static const struct space *exploring;

static void on_abort(int sig)
{
	print_way(exploring, exploring->at);
	signal(sig, SIG_DFL);
	raise(sig);
}

static void check_space(bool prompt, uint8_t blows, uint32_t bits)
{
	struct space s = {.prompt = prompt};
	uint8_t *in_grace;
	uint32_t good = 0;

	space_init(&s, bits);
	exploring = &s;
	signal(SIGABRT, on_abort);
	space_explore(&s, blows);
	in_grace = calloc(s.count, 1);
	assert_non_null(in_grace);
	mark_in_grace(&s, in_grace);
	for (uint32_t i = 0; i < s.count; i++) {
		good += model_good(&s.model[i]);
		if (!in_grace[i]) {
			print_way(&s, i);
			fail_msg("no way from here to a connection");
		}
	}
	print_message("%u states, %u of them good\n", s.count, good);
	assert_true(good > 0 && s.count > 1000);
	free(in_grace);
	signal(SIGABRT, SIG_DFL);
	space_fini(&s);
}

TEST(whatever_befalls_a_prompt_gateway_both_ends_get_connected)
{
	check_space(true, ANY, 18);
}

/* XENBUS_BLOWS=2 explores 2.6 million states. */
TEST(one_blow_at_any_time_to_a_slow_gateway_and_both_ends_get_connected)
{
	const char *blows = getenv("XENBUS_BLOWS");

	check_space(false, blows ? (uint8_t)atoi(blows) : 1, blows ? 24 : 19);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

TEST(many_blows_then_peace_and_both_ends_get_connected)
{
	uint32_t seed = 20261122, slowest = 0;
	struct model w;

	model_init(&w);
	for (unsigned int war = 0; war < 3000; war++) {
		uint32_t moves = 0;

		for (unsigned int i = 0; i < 120; i++)
			model_move(&w, next_random(&seed) % MODEL_MOVES);
		while (!model_good(&w) && moves++ < 5000)
			model_move(&w, next_random(&seed) % MODEL_SANE);
		if (!model_good(&w)) {
			model_print(&w);
			fail_msg("war %u: no peace after %u moves", war, moves);
		}
		slowest = moves > slowest ? moves : slowest;
	}
	print_message("at most %u moves from war to peace\n", slowest);
}
