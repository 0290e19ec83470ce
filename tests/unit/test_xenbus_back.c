/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The back-end's table: every entry is decided and keeps the rules; then sequences of events. */
#include <stdio.h>

#include "channel/xenbus_back.h"
#include "tests/unit/test.h"

static bool ring_state(enum chan_back_state state)
{
	struct chan_back back = {.state = state};

	return chan_back_has_ring(&back);
}

/* An event as the shell passes it; keys and levels have the present serial. */
static struct chan_back_event event_of(enum chan_back_event_kind kind, uint32_t serial)
{
	struct chan_back_event event = {.kind = kind, .serial = serial};

	if (kind == CHAN_BACK_EV_KEYS_BAD)
		event.fault = (struct chan_fault){.kind = CHAN_FAULT_KEY_MISSING,
						  .key = CHAN_KEY_VERSION};
	if (kind == CHAN_BACK_EV_FAULT)
		event.fault.kind = CHAN_FAULT_RING;
	if (kind == CHAN_BACK_EV_STORE_FAILED)
		event.fault = (struct chan_fault){.kind = CHAN_FAULT_STORE, .err = EIO};
	return event;
}

static int find(const struct chan_back_todo *todo, enum chan_back_action_kind kind)
{
	for (unsigned int i = 0; i < todo->count; i++)
		if (todo->action[i].kind == kind)
			return (int)i;
	return -1;
}

static bool has(const struct chan_back_todo *todo, enum chan_back_action_kind kind)
{
	return find(todo, kind) >= 0;
}

static unsigned int last_shown(const struct chan_back_todo *todo)
{
	unsigned int shown = 0;

	for (unsigned int i = 0; i < todo->count; i++)
		if (todo->action[i].kind == CHAN_BACK_DO_SHOW)
			shown = todo->action[i].state;
	return shown;
}

/* A fault of a ring is written, once, and Closing and Closed follow at once. */
static void check_fault(const struct chan_back_todo *todo, const struct chan_back *back,
			enum chan_back_state from, enum chan_back_event_kind kind)
{
	int at = find(todo, CHAN_BACK_DO_ERROR);

	assert_true(at >= 0 || kind != CHAN_BACK_EV_FAULT || !ring_state(from));
	if (at < 0)
		return;
	assert_int_not_equal(todo->action[at].fault.kind, CHAN_FAULT_NONE);
	assert_int_equal(back->state, CHAN_BACK_CLOSED);
	assert_int_equal(todo->action[at + 1].kind, CHAN_BACK_DO_SHOW);
	assert_int_equal(todo->action[at + 1].state, CHAN_XENBUS_CLOSING);
	assert_int_equal(todo->action[at + 2].kind, CHAN_BACK_DO_SHOW);
	assert_int_equal(todo->action[at + 2].state, CHAN_XENBUS_CLOSED);
}

static void check_ring(const struct chan_back_todo *todo, enum chan_back_state from,
		       enum chan_back_state to, enum chan_back_event_kind kind)
{
	bool outcome = from == CHAN_BACK_MAPPING && kind == CHAN_BACK_EV_FAULT;
	bool stray = kind == CHAN_BACK_EV_MAPPED && !ring_state(from);
	bool left = ring_state(from) && !ring_state(to) && !outcome;

	assert_int_equal(has(todo, CHAN_BACK_DO_UNMAP), left || stray);
	if (left)
		assert_int_equal(find(todo, CHAN_BACK_DO_UNMAP), 0);
	assert_int_equal(has(todo, CHAN_BACK_DO_MAP), to == CHAN_BACK_MAPPING && from != to);
	if (to == CHAN_BACK_MAPPING && from != to)
		assert_true(from == CHAN_BACK_READING && kind == CHAN_BACK_EV_KEYS);
	if (to == CHAN_BACK_CONNECTED && from != to)
		assert_true(from == CHAN_BACK_MAPPING && kind == CHAN_BACK_EV_MAPPED);
}

static void check_shown(const struct chan_back_todo *todo, enum chan_back_state from,
			enum chan_back_state to)
{
	unsigned int shown = last_shown(todo);

	if (shown && to != CHAN_BACK_GONE) {
		assert_int_equal(shown, chan_back_shows(to));
		assert_int_equal(todo->action[todo->count - 1].kind, CHAN_BACK_DO_LOOK);
	}
	if (chan_back_shows(to) != chan_back_shows(from) && chan_back_shows(to))
		assert_true(shown != 0);
	assert_int_equal(has(todo, CHAN_BACK_DO_PUBLISH), shown == CHAN_XENBUS_INIT_WAIT);
	assert_int_equal(has(todo, CHAN_BACK_DO_CLEAR_ERROR), shown == CHAN_XENBUS_CONNECTED);
}

static void check_end(const struct chan_back_todo *todo, enum chan_back_state from,
		      enum chan_back_state to, enum chan_back_event_kind kind)
{
	bool ends = from != CHAN_BACK_GONE && to == CHAN_BACK_GONE;

	assert_int_equal(has(todo, CHAN_BACK_DO_FORGET), ends);
	if (ends)
		assert_int_equal(todo->action[todo->count - 1].kind, CHAN_BACK_DO_FORGET);
	if (ends) /* only a device that was waited for writes its end */
		assert_int_equal(last_shown(todo) != 0, kind != CHAN_BACK_EV_NODE_GONE &&
								kind != CHAN_BACK_EV_DOMAIN_GONE);
	if (from == CHAN_BACK_GONE)
		assert_int_equal(to, CHAN_BACK_GONE);
}

TEST(every_event_in_every_state_is_decided_and_keeps_the_rules)
{
	for (enum chan_back_state from = CHAN_BACK_NEW; from < CHAN_BACK_STATES; from++) {
		for (enum chan_back_event_kind kind = CHAN_BACK_EV_FRONT_GONE;
		     kind < CHAN_BACK_EVENTS; kind++) {
			struct chan_back back = {.state = from, .serial = 7};
			struct chan_back_event event = event_of(kind, 7);
			struct chan_back_todo todo;

			chan_back_step(&back, &event, &todo); /* asserts that it is decided */
			assert_true(back.state > CHAN_BACK_NONE && back.state < CHAN_BACK_STATES);
			assert_int_equal(back.serial != 7, has(&todo, CHAN_BACK_DO_LOOK));
			check_fault(&todo, &back, from, kind);
			check_ring(&todo, from, back.state, kind);
			check_shown(&todo, from, back.state);
			check_end(&todo, from, back.state, kind);
		}
	}
}

/* States in which the event has an effect; elsewhere it is not expected. */
static bool means_something(enum chan_back_state at, enum chan_back_event_kind kind)
{
	bool front = kind >= CHAN_BACK_EV_FRONT_GONE && kind <= CHAN_BACK_EV_FRONT_BAD;

	if (at == CHAN_BACK_GONE)
		return false;
	if (kind == CHAN_BACK_EV_KEYS || kind == CHAN_BACK_EV_KEYS_BAD)
		return at == CHAN_BACK_READING;
	if (kind == CHAN_BACK_EV_MAPPED)
		return at == CHAN_BACK_MAPPING;
	if (kind == CHAN_BACK_EV_FAULT)
		return at == CHAN_BACK_MAPPING || at == CHAN_BACK_CONNECTED;
	if (kind == CHAN_BACK_EV_TIMER)
		return at == CHAN_BACK_STUCK || at == CHAN_BACK_DETACHING;
	if (front && at == CHAN_BACK_CLOSED)
		return kind == CHAN_BACK_EV_FRONT_1 || kind == CHAN_BACK_EV_FRONT_2;
	return !(front && at == CHAN_BACK_STUCK);
}

TEST(what_means_nothing_changes_nothing)
{
	for (enum chan_back_state from = CHAN_BACK_NEW; from < CHAN_BACK_STATES; from++) {
		for (enum chan_back_event_kind kind = CHAN_BACK_EV_FRONT_GONE;
		     kind < CHAN_BACK_EVENTS; kind++) {
			struct chan_back back = {.state = from};
			struct chan_back_event event = event_of(kind, 0);
			struct chan_back_todo todo;
			unsigned int stray = kind == CHAN_BACK_EV_MAPPED && !ring_state(from);

			chan_back_step(&back, &event, &todo);
			if (!means_something(from, kind))
				assert_int_equal(back.state, from);
			if (back.state == from)
				assert_int_equal(todo.count, stray);
		}
	}
}

TEST(what_is_late_changes_nothing)
{
	for (enum chan_back_state from = CHAN_BACK_NEW; from < CHAN_BACK_STATES; from++) {
		for (enum chan_back_event_kind kind = CHAN_BACK_EV_FRONT_GONE;
		     kind <= CHAN_BACK_EV_LATE; kind++) {
			struct chan_back back = {.state = from, .serial = 7};
			struct chan_back_event event = event_of(kind, 6);
			struct chan_back_todo todo;

			chan_back_step(&back, &event, &todo);
			assert_int_equal(back.state, from);
			assert_int_equal(todo.count, 0);
		}
	}
}

TEST(a_dead_domain_leaves_nothing_in_any_state)
{
	for (enum chan_back_state from = CHAN_BACK_NEW; from < CHAN_BACK_GONE; from++) {
		struct chan_back back = {.state = from};
		struct chan_back_event event = {.kind = CHAN_BACK_EV_DOMAIN_GONE};
		struct chan_back_todo todo;

		chan_back_step(&back, &event, &todo);
		assert_int_equal(back.state, CHAN_BACK_GONE);
		assert_true(has(&todo, CHAN_BACK_DO_DELETE));
		assert_true(find(&todo, CHAN_BACK_DO_UNMAP) < find(&todo, CHAN_BACK_DO_DELETE));
	}
}

/* --- sequences ---------------------------------------------------------------------------- */

struct story {
	struct chan_back back;
	struct chan_back_todo todo;
	int maps;
};

static void happens(struct story *s, enum chan_back_event_kind kind)
{
	struct chan_back_event event = event_of(kind, s->back.serial);

	chan_back_step(&s->back, &event, &s->todo);
	for (unsigned int i = 0; i < s->todo.count; i++) {
		s->maps += s->todo.action[i].kind == CHAN_BACK_DO_MAP;
		s->maps -= s->todo.action[i].kind == CHAN_BACK_DO_UNMAP;
	}
	assert_true(s->maps == 0 || s->maps == 1);
}

static void story_init(struct story *s)
{
	memset(s, 0, sizeof(*s));
	chan_back_init(&s->back);
}

/* Steps "EVENT>STATE "; the tests above check the actions. */
static void goes(struct story *s, const char *steps)
{
	char step[64], is[64];
	enum chan_back_event_kind kind;

	for (; sscanf(steps, "%63s", step) == 1; steps = strchr(steps, ' ') + 1) {
		for (kind = CHAN_BACK_EV_FRONT_GONE; kind < CHAN_BACK_EVENTS; kind++)
			if (!strncmp(step, chan_back_event_name(kind), strcspn(step, ">")))
				break;
		happens(s, kind);
		snprintf(is, sizeof(is), "%s>%s", chan_back_event_name(kind),
			 chan_back_state_name(s->back.state));
		assert_string_equal(is, step);
	}
}

#define UP                                                                                    \
	"front-initialising>waiting front-initialised>reading keys>mapping mapped>connected " \
	"front-connected>connected "

TEST(a_device_lives_as_its_front_end_does)
{
	static const char *const stories[] = {
		/* state flips do not map twice */
		UP "front-initialised>connected front-connected>connected ",
		/* after a fault only a restarted front-end is read */
		UP "fault>closed front-initialised>closed front-connected>closed "
		   "front-closed>closed front-initialised>closed " UP,
		/* its kernel crashed and restarted */
		UP UP,
		/* it restarts before its keys were read */
		"front-initialising>waiting front-initialised>reading " UP,
		/* a front-end of a back-end that died */
		"front-connected>closed front-closed>closed " UP,
		/* detach: until it has closed, or time is up */
		UP "detach>detaching front-connected>detaching front-closing>detaching "
		   "front-closed>gone ",
		UP "detach>detaching timer>gone ",
	};

	for (unsigned int i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct story s;

		story_init(&s);
		goes(&s, stories[i]);
	}
}

TEST(a_failing_xenstore_is_tried_again_less_and_less_often)
{
	struct story s;
	uint32_t ms = 0;

	story_init(&s);
	goes(&s, UP);
	for (unsigned int i = 0; i < 40; i++) {
		happens(&s, CHAN_BACK_EV_STORE_FAILED);
		assert_int_equal(s.maps, 0);
		assert_int_equal(s.back.state, CHAN_BACK_STUCK);
		assert_true(s.todo.action[s.todo.count - 1].ms >= ms);
		ms = s.todo.action[s.todo.count - 1].ms;
		happens(&s, CHAN_BACK_EV_TIMER);
		assert_int_equal(s.todo.action[0].kind, CHAN_BACK_DO_LOOK);
	}
	assert_int_equal(ms, CHAN_BACK_RETRY_MAX_MS);
	happens(&s, CHAN_BACK_EV_FRONT_4);
	goes(&s, UP);
	happens(&s, CHAN_BACK_EV_STORE_FAILED);
	assert_int_equal(s.todo.action[s.todo.count - 1].ms, CHAN_BACK_RETRY_MS);
}

TEST(a_flood_is_looked_at_at_a_measured_pace)
{
	struct chan_pace pace = {0};
	unsigned int looks = 0;

	for (uint64_t now = 5000; now < 6000; now++)
		looks += chan_pace_take(&pace, now) == 0;
	assert_in_range(looks, 1000 / CHAN_PACE_MS + CHAN_PACE_BURST - 1,
			1000 / CHAN_PACE_MS + CHAN_PACE_BURST);
	assert_in_range(chan_pace_take(&pace, 6000), 0, CHAN_PACE_MS);
	/* At rest it fills again, up to its limit. */
	for (looks = 0; chan_pace_take(&pace, 1000000) == 0; looks++)
		assert_in_range(looks, 0, CHAN_PACE_BURST);
	assert_int_equal(looks, CHAN_PACE_BURST);
}

TEST(who_waits_as_long_as_told_may_look)
{
	struct chan_pace pace = {0};
	uint64_t now = 77;
	uint32_t wait;

	for (unsigned int i = 0; i < 100; i++) {
		wait = chan_pace_take(&pace, now);
		if (wait) {
			now += wait;
			assert_int_equal(chan_pace_take(&pace, now), 0);
		}
	}
}

TEST(every_state_and_event_has_a_name)
{
	for (enum chan_back_state s = CHAN_BACK_NONE; s < CHAN_BACK_STATES; s++)
		assert_non_null(chan_back_state_name(s));
	for (enum chan_back_event_kind k = CHAN_BACK_EV_NONE; k < CHAN_BACK_EVENTS; k++)
		assert_non_null(chan_back_event_name(k));
}
