/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The front-end's table: every entry is decided and keeps the rules; then sequences of events. */
#include <stdio.h>

#include "channel/xenbus_front.h"
#include "tests/unit/test.h"

static struct chan_front_event event_of(enum chan_front_event_kind kind)
{
	struct chan_front_event event = {.kind = kind};

	if (kind == CHAN_FRONT_EV_OFFER_BAD)
		event.fault = (struct chan_fault){.kind = CHAN_FAULT_KEY_MISSING,
						  .key = CHAN_KEY_MAD_SLOTS};
	if (kind == CHAN_FRONT_EV_FAULT)
		event.fault.kind = CHAN_FAULT_HELLO;
	if (kind == CHAN_FRONT_EV_STORE_FAILED)
		event.fault = (struct chan_fault){.kind = CHAN_FAULT_STORE, .err = EIO};
	return event;
}

static int find(const struct chan_front_todo *todo, enum chan_front_action_kind kind)
{
	for (unsigned int i = 0; i < todo->count; i++)
		if (todo->action[i].kind == kind)
			return (int)i;
	return -1;
}

static bool has(const struct chan_front_todo *todo, enum chan_front_action_kind kind)
{
	return find(todo, kind) >= 0;
}

static unsigned int shown(const struct chan_front_todo *todo)
{
	int at = find(todo, CHAN_FRONT_DO_SHOW);

	return at < 0 ? 0 : todo->action[at].state;
}

static bool ring_state(enum chan_front_state state)
{
	struct chan_front front = {.state = state};

	return chan_front_has_ring(&front);
}

static void check_ring(const struct chan_front_todo *todo, enum chan_front_state from,
		       enum chan_front_state to, enum chan_front_event_kind kind)
{
	bool failed = from == CHAN_FRONT_MAKING && kind == CHAN_FRONT_EV_FAULT;
	bool stray = kind == CHAN_FRONT_EV_MADE && !ring_state(from);
	bool left = ring_state(from) && !ring_state(to) && !failed;

	assert_int_equal(has(todo, CHAN_FRONT_DO_DROP), left || stray);
	if (left)
		assert_int_equal(find(todo, CHAN_FRONT_DO_DROP), 0);
	assert_int_equal(has(todo, CHAN_FRONT_DO_MAKE), to == CHAN_FRONT_MAKING && from != to);
	if (to == CHAN_FRONT_MAKING && from != to)
		assert_true(from == CHAN_FRONT_READING && kind == CHAN_FRONT_EV_OFFER);
	assert_int_equal(has(todo, CHAN_FRONT_DO_OFFER), to == CHAN_FRONT_OFFERED && from != to);
	assert_int_equal(has(todo, CHAN_FRONT_DO_RUN), to == CHAN_FRONT_CONNECTED && from != to);
}

/* The machine's own state is what it wrote last; waiting for a level begins with a read. */
static void check_shown(const struct chan_front *front, const struct chan_front_todo *todo,
			unsigned int before)
{
	if (has(todo, CHAN_FRONT_DO_OFFER))
		assert_int_equal(front->shown, CHAN_XENBUS_INITIALISED);
	else if (shown(todo))
		assert_int_equal(front->shown, shown(todo));
	else
		assert_true(front->shown == before || front->state == CHAN_FRONT_STUCK ||
			    front->state == CHAN_FRONT_WAIT);
	if (shown(todo) == CHAN_XENBUS_CLOSED && front->state != CHAN_FRONT_GONE)
		assert_int_equal(front->state, CHAN_FRONT_ROLLING);
	if (shown(todo) == CHAN_XENBUS_CLOSED || shown(todo) == CHAN_XENBUS_INITIALISING)
		assert_true(has(todo, CHAN_FRONT_DO_LOOK) || front->state == CHAN_FRONT_GONE);
}

/* Each resting state has a timer, which its end cancels. */
static void check_timer(const struct chan_front_todo *todo, enum chan_front_state from,
			enum chan_front_state to, enum chan_front_event_kind kind)
{
	bool timed =
		to == CHAN_FRONT_RESTING || to == CHAN_FRONT_STUCK || to == CHAN_FRONT_STOPPING;
	bool was = from == CHAN_FRONT_RESTING || from == CHAN_FRONT_STUCK ||
		   from == CHAN_FRONT_STOPPING;

	if (from == to)
		return;
	assert_int_equal(has(todo, CHAN_FRONT_DO_TIMER), timed);
	if (was && !timed && kind != CHAN_FRONT_EV_TIMER)
		assert_true(has(todo, CHAN_FRONT_DO_STOP_TIMER));
}

static void check_end(const struct chan_front_todo *todo, enum chan_front_state from,
		      enum chan_front_state to, enum chan_front_event_kind kind)
{
	bool ends = from != CHAN_FRONT_GONE && to == CHAN_FRONT_GONE;

	assert_int_equal(has(todo, CHAN_FRONT_DO_FORGET), ends);
	if (ends)
		assert_int_equal(todo->action[todo->count - 1].kind, CHAN_FRONT_DO_FORGET);
	if (ends && from == CHAN_FRONT_STOPPING) /* it writes its end where possible */
		assert_int_equal(shown(todo) != CHAN_XENBUS_CLOSED,
				 kind == CHAN_FRONT_EV_OWN_GONE ||
					 kind == CHAN_FRONT_EV_STORE_FAILED);
	if (from == CHAN_FRONT_GONE)
		assert_int_equal(to, CHAN_FRONT_GONE);
}

TEST(every_event_in_every_state_is_decided_and_keeps_the_rules)
{
	for (enum chan_front_state from = CHAN_FRONT_NEW; from < CHAN_FRONT_STATES; from++) {
		for (enum chan_front_event_kind kind = CHAN_FRONT_EV_BACK_GONE;
		     kind < CHAN_FRONT_EVENTS; kind++) {
			struct chan_front front = {.state = from, .shown = 9};
			struct chan_front_event event = event_of(kind);
			struct chan_front_todo todo;

			chan_front_step(&front, &event, &todo); /* asserts that it is decided */
			assert_true(front.state > CHAN_FRONT_NONE &&
				    front.state < CHAN_FRONT_STATES);
			check_ring(&todo, from, front.state, kind);
			check_shown(&front, &todo, 9);
			check_timer(&todo, from, front.state, kind);
			check_end(&todo, from, front.state, kind);
		}
	}
}

/* States in which the event has an effect; elsewhere it is not expected. */
static bool means_something(enum chan_front_state at, enum chan_front_event_kind kind)
{
	bool back = kind >= CHAN_FRONT_EV_BACK_GONE && kind <= CHAN_FRONT_EV_BACK_BAD;

	if (at == CHAN_FRONT_GONE)
		return false;
	if (kind == CHAN_FRONT_EV_OFFER || kind == CHAN_FRONT_EV_OFFER_BAD)
		return at == CHAN_FRONT_READING;
	if (kind == CHAN_FRONT_EV_MADE)
		return at == CHAN_FRONT_MAKING;
	if (kind == CHAN_FRONT_EV_TIMER)
		return at == CHAN_FRONT_RESTING || at == CHAN_FRONT_STUCK ||
		       at == CHAN_FRONT_STOPPING;
	if (kind == CHAN_FRONT_EV_FAULT)
		return at == CHAN_FRONT_MAKING || at == CHAN_FRONT_OFFERED ||
		       at == CHAN_FRONT_CONNECTED || at == CHAN_FRONT_STOPPING;
	if (back && at == CHAN_FRONT_WAIT)
		return kind == CHAN_FRONT_EV_BACK_2;
	if (back && at == CHAN_FRONT_ROLLING)
		return kind == CHAN_FRONT_EV_BACK_6;
	return !(back &&
		 (at == CHAN_FRONT_NEW || at == CHAN_FRONT_RESTING || at == CHAN_FRONT_STUCK));
}

TEST(what_means_nothing_changes_nothing)
{
	for (enum chan_front_state from = CHAN_FRONT_NEW; from < CHAN_FRONT_STATES; from++) {
		for (enum chan_front_event_kind kind = CHAN_FRONT_EV_BACK_GONE;
		     kind < CHAN_FRONT_EVENTS; kind++) {
			struct chan_front front = {.state = from};
			struct chan_front_event event = event_of(kind);
			struct chan_front_todo todo;
			bool stray = kind == CHAN_FRONT_EV_MADE && !ring_state(from);
			/* another writer changed our state while we wait: write, or read, again */
			bool again =
				(from == CHAN_FRONT_ROLLING && kind == CHAN_FRONT_EV_OWN_OTHER) ||
				(from == CHAN_FRONT_WAIT && kind == CHAN_FRONT_EV_OWN_FRESH);

			chan_front_step(&front, &event, &todo);
			if (!means_something(from, kind))
				assert_int_equal(front.state, from);
			if (front.state == from)
				assert_int_equal(todo.count, again ? todo.count : stray);
			if (again)
				assert_true(has(&todo, CHAN_FRONT_DO_LOOK));
		}
	}
}

/* --- sequences ---------------------------------------------------------------------------- */

struct story {
	struct chan_front front;
	struct chan_front_todo todo;
	int rings;
};

static void happens(struct story *s, enum chan_front_event_kind kind)
{
	struct chan_front_event event = event_of(kind);

	chan_front_step(&s->front, &event, &s->todo);
	for (unsigned int i = 0; i < s->todo.count; i++) {
		s->rings += s->todo.action[i].kind == CHAN_FRONT_DO_MAKE;
		s->rings -= s->todo.action[i].kind == CHAN_FRONT_DO_DROP;
	}
	assert_true(s->rings == 0 || s->rings == 1);
}

static void story_init(struct story *s)
{
	memset(s, 0, sizeof(*s));
	chan_front_init(&s->front);
}

/* Steps "EVENT>STATE "; the tests above check the actions. */
static void goes(struct story *s, const char *steps)
{
	char step[64], is[64];
	enum chan_front_event_kind kind;

	for (; sscanf(steps, "%63s", step) == 1; steps = strchr(steps, ' ') + 1) {
		for (kind = CHAN_FRONT_EV_BACK_GONE; kind < CHAN_FRONT_EVENTS; kind++)
			if (!strncmp(step, chan_front_event_name(kind), strcspn(step, ">")))
				break;
		happens(s, kind);
		snprintf(is, sizeof(is), "%s>%s", chan_front_event_name(kind),
			 chan_front_state_name(s->front.state));
		assert_string_equal(is, step);
	}
}

#define CONNECTS                                                          \
	"timer>waiting back-init-wait>reading offer>making made>offered " \
	"back-connected>connected "
/* It trusts the back-end only after its Closed. */
#define UP                                                                 \
	"own-other>rolling back-init-wait>rolling back-connected>rolling " \
	"back-closed>resting " CONNECTS
#define ANEW(event) UP "settled>connected back-" event ">rolling back-closed>resting " CONNECTS

TEST(a_device_lives_as_its_back_end_does)
{
	static const char *const stories[] = {
		"own-fresh>rolling back-init-wait>rolling back-closed>resting " CONNECTS,
		/* a Closed is ignored while it is Initialising */
		UP "back-closing>rolling back-closed>resting timer>waiting back-closed>waiting "
		   "back-closing>waiting ",
		/* a restarted back-end is connected again, whichever of its states is seen */
		ANEW("initialising"),
		ANEW("init-wait"),
		ANEW("closing"),
		ANEW("closed"),
		ANEW("gone"),
		ANEW("bad"),
		/* restored: grants are void, and it connects */
		UP "own-fresh>waiting back-init-wait>reading ",
		/* a stop waits for the back-end, but not for ever */
		UP "stop>stopping back-connected>stopping back-closing>gone ",
		UP "stop>stopping timer>gone ",
	};

	for (unsigned int i = 0; i < sizeof(stories) / sizeof(stories[0]); i++) {
		struct story s;

		story_init(&s);
		goes(&s, stories[i]);
	}
}

TEST(connects_that_do_not_last_are_tried_less_and_less_often)
{
	static const uint32_t want[] = {100, 300, 1000, 3000, 10000, 10000, 10000};
	struct story s;

	story_init(&s);
	goes(&s, UP);
	for (unsigned int i = 0; i < 7; i++) {
		happens(&s, CHAN_FRONT_EV_FAULT);
		assert_int_equal(shown(&s.todo), CHAN_XENBUS_CLOSED);
		happens(&s, CHAN_FRONT_EV_BACK_6);
		assert_int_equal(s.todo.action[0].ms, want[i]);
		goes(&s, CONNECTS);
	}
	happens(&s, CHAN_FRONT_EV_SETTLED);
	happens(&s, CHAN_FRONT_EV_BACK_6);
	happens(&s, CHAN_FRONT_EV_BACK_6);
	assert_int_equal(s.todo.action[0].ms, 0);
}

TEST(own_nodes_are_known_by_what_was_written)
{
	struct chan_front f = {.state = CHAN_FRONT_CONNECTED, .shown = CHAN_XENBUS_CONNECTED};

	assert_int_equal(chan_front_ev_own(&f, CHAN_LEVEL_4, false).kind, CHAN_FRONT_EV_OWN_SAME);
	assert_int_equal(chan_front_ev_own(&f, CHAN_LEVEL_4, true).kind, CHAN_FRONT_EV_OWN_OTHER);
	assert_int_equal(chan_front_ev_own(&f, CHAN_LEVEL_1, true).kind, CHAN_FRONT_EV_OWN_FRESH);
	assert_int_equal(chan_front_ev_own(&f, CHAN_LEVEL_1, false).kind, CHAN_FRONT_EV_OWN_OTHER);
	assert_int_equal(chan_front_ev_own(&f, CHAN_LEVEL_BAD, false).kind,
			 CHAN_FRONT_EV_OWN_OTHER);
	assert_int_equal(chan_front_ev_own(&f, CHAN_LEVEL_GONE, true).kind, CHAN_FRONT_EV_OWN_GONE);
}

TEST(every_state_and_event_has_a_name)
{
	for (enum chan_front_state s = CHAN_FRONT_NONE; s < CHAN_FRONT_STATES; s++)
		assert_non_null(chan_front_state_name(s));
	for (enum chan_front_event_kind k = CHAN_FRONT_EV_NONE; k < CHAN_FRONT_EVENTS; k++)
		assert_non_null(chan_front_event_name(k));
}
