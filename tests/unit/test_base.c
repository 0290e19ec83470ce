/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* base/: the timer wheel and the id table, against simple models. */
#include "base/idtab.h"
#include "base/wheel.h"
#include "tests/unit/test.h"

#define TIMERS 500

static uint64_t rnd_state = 88172645463325252ull;

static uint64_t rnd(void)
{
	rnd_state ^= rnd_state << 13;
	rnd_state ^= rnd_state >> 7;
	rnd_state ^= rnd_state << 17;
	return rnd_state;
}

/* A random deadline in one of the four levels. */
static uint64_t rnd_delay(void)
{
	static const uint64_t span[] = {1, 3, 256, 300, 70000, 20000000, 5000000000ull};

	return rnd() % span[rnd() % 7];
}

static uint64_t model_first(const uint64_t *when)
{
	uint64_t first = UINT64_MAX;

	for (int i = 0; i < TIMERS; i++)
		if (when[i] < first)
			first = when[i];
	return first;
}

TEST(wheel_expires_each_timer_at_its_millisecond)
{
	static struct wheel w;
	static struct wheel_node node[TIMERS];
	static uint64_t when[TIMERS];
	struct mono_ms now = {123456789};

	memset(node, 0, sizeof(node));
	memset(when, 0xff, sizeof(when));
	wheel_init(&w, now);
	for (int round = 0; round < 20000; round++) {
		int i = (int)(rnd() % TIMERS);
		struct wheel_node *due;
		uint64_t first;

		if (rnd() % 4) {
			when[i] = now.ms + rnd_delay();
			wheel_arm(&w, &node[i], (struct mono_ms){when[i]});
		} else {
			when[i] = UINT64_MAX;
			wheel_cancel(&w, &node[i]);
		}
		first = model_first(when);
		assert_true(wheel_deadline(&w).ms <= (first < now.ms ? now.ms : first) ||
			    first == UINT64_MAX);
		if (rnd() % 3 == 0)
			now.ms += rnd_delay() % 100000;
		else if (first != UINT64_MAX && rnd() % 2 && first > now.ms &&
			 first - now.ms < 1000000)
			now.ms = first - (rnd() % 2);
		while ((due = wheel_pop(&w, now))) {
			i = (int)(due - node);
			assert_true(when[i] <= now.ms);
			when[i] = UINT64_MAX;
		}
		assert_true(model_first(when) > now.ms);
	}
}

TEST(wheel_deadline_makes_progress)
{
	static struct wheel w;
	struct wheel_node node = {0};
	struct mono_ms now = {255};
	int wakes = 0;

	wheel_init(&w, now);
	wheel_arm(&w, &node, (struct mono_ms){255 + 3 * 24 * 3600 * 1000ull});
	while (!wheel_pop(&w, now)) {
		struct mono_ms next = wheel_deadline(&w);

		assert_true(next.ms > now.ms);
		now = next;
		wakes++;
	}
	assert_int_equal(now.ms, 255 + 3 * 24 * 3600 * 1000ull);
	assert_true(wakes <= WHEEL_LEVELS + 1);
	assert_int_equal(wheel_deadline(&w).ms, UINT64_MAX);
}

TEST(id_rests_until_all_others_were_used)
{
	struct idtab t;
	struct idtab_node a = {0}, b = {0};
	uint32_t first;

	assert_int_equal(idtab_init(&t, 7), 0);
	first = idtab_insert(&t, &a);
	assert_ptr_equal(idtab_find(&t, first), &a);
	idtab_remove(&t, &a);
	assert_null(idtab_find(&t, first));
	for (int i = 0; i < 100000; i++) {
		assert_int_not_equal(idtab_insert(&t, &b), first);
		idtab_remove(&t, &b);
	}
	assert_true(idtab_recent(&t, first));
	assert_false(idtab_recent(&t, first - 1));
	idtab_fini(&t);
}

TEST(id_sequence_steps_over_zero_and_live_ids)
{
	struct idtab t;
	struct idtab_node a = {0}, b = {0};

	assert_int_equal(idtab_init(&t, 1), 0);
	t.next_id = UINT32_MAX;
	assert_int_equal(idtab_insert(&t, &a), UINT32_MAX);
	t.next_id = UINT32_MAX;
	t.issued = UINT64_C(1) << 32;
	assert_int_equal(idtab_insert(&t, &b), 1);
	assert_null(idtab_find(&t, 0));
	idtab_remove(&t, &a);
	idtab_remove(&t, &b);
	idtab_fini(&t);
}

TEST(id_table_keeps_its_nodes_when_it_grows)
{
	enum { N = 5000 };
	struct idtab t;
	struct idtab_node *node = calloc(N, sizeof(*node));
	uint32_t *id = calloc(N, sizeof(*id));

	assert_int_equal(idtab_init(&t, 3), 0);
	for (int i = 0; i < N; i++) {
		assert_int_equal(idtab_reserve(&t, 1), 0);
		id[i] = idtab_insert(&t, &node[i]);
	}
	assert_true((size_t)2 << t.table.bits >= N);
	for (int i = 0; i < N; i++)
		assert_ptr_equal(idtab_find(&t, id[i]), &node[i]);
	assert_int_equal(idtab_live(&t), N);
	for (int i = 0; i < N; i++)
		idtab_remove(&t, &node[i]);
	assert_int_equal(idtab_reserve(&t, SIZE_MAX / 2), -12);
	idtab_fini(&t);
	free(node);
	free(id);
}
