/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Many sessions and requests: work beyond one step is done in several, and nothing is lost. */
#include "tests/unit/test.h"
#include "tests/unit/core_fixture.h"

#define SESSIONS 3000
#define SHARED 32768 /* MERGE_OPS of the core */

static const struct chan_slot any_request = {.kind = CHAN_KIND_SEND};

/* How often effects of one kind named each session, over all steps. */
static unsigned int *count_by_session(struct fixture *b, enum proxy_effect_kind kind,
				      unsigned int *ret_steps)
{
	unsigned int *times = calloc(SESSIONS, sizeof(*times));

	*ret_steps = 0;
	for (;;) {
		for (size_t i = 0; i < b->fx.count; i++) {
			const struct proxy_effect *fx = &b->fx.fx[i];

			if (fx->kind == kind)
				times[(kind == PROXY_FX_PUSH ? fx->push.session.v : fx->session.v) &
				      0xffff]++;
		}
		++*ret_steps;
		proxy_check(b->core);
		if (mono_before(b->now, proxy_deadline(b->core)))
			return times;
		assert_true(*ret_steps < 100);
		fixture_tick(b);
	}
}

TEST(a_port_event_reaches_all_sessions_in_several_ticks)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_EVENT};
	unsigned int *times, steps;
	struct fixture b;

	fixture_init(&b, SESSIONS, POLICY_GRADE_FABRIC, 1, 0);
	for (unsigned int i = 0; i < SESSIONS; i++)
		fixture_attach(&b);
	event.port_event.event = CHAN_PORT_REREGISTER;
	fixture_step(&b, &event);
	times = count_by_session(&b, PROXY_FX_PUSH, &steps);
	assert_in_range(steps, 2, 20);
	for (unsigned int i = 0; i < SESSIONS; i++)
		assert_int_equal(times[i], 1);
	free(times);
	fixture_fini(&b);
}

TEST(a_policy_without_them_closes_all_sessions_in_several_ticks)
{
	struct proxy_event event = {.kind = PROXY_EV_POLICY};
	struct chan_slot slot = {.kind = CHAN_KIND_SEND, .timeout_ms = 100};
	struct session_id last, first;
	unsigned int *times, steps;
	struct fixture b;

	fixture_init(&b, SESSIONS, POLICY_GRADE_FABRIC, 1, 0);
	first = fixture_attach(&b);
	for (unsigned int i = 1; i < SESSIONS; i++)
		last = fixture_attach(&b);
	event.policy.policy = &b.empty;
	fixture_step(&b, &event);
	/* a session that waits for its end is not read */
	assert_false(proxy_may_read(b.core, first, &any_request, b.now));
	assert_false(proxy_may_read(b.core, last, &any_request, b.now));
	times = count_by_session(&b, PROXY_FX_CLOSE, &steps);
	assert_in_range(steps, 2, 20);
	for (unsigned int i = 0; i < SESSIONS; i++)
		assert_int_equal(times[i], 1);
	fixture_slot(&b, last, &slot);
	assert_int_equal(b.fx.count, 0);
	free(times);
	fixture_fini(&b);
}

TEST(a_session_that_waits_for_its_end_is_not_listened_to)
{
	struct proxy_event event = {.kind = PROXY_EV_POLICY};
	struct chan_slot send = {.kind = CHAN_KIND_SEND, .timeout_ms = 100};
	struct chan_slot query = {.kind = CHAN_KIND_PORT_QUERY};
	struct session_id *id = calloc(SESSIONS, sizeof(*id));
	size_t closed;
	struct fixture b;

	fixture_init(&b, SESSIONS, POLICY_GRADE_FABRIC, 1, 0);
	for (unsigned int i = 0; i < SESSIONS; i++)
		id[i] = fixture_attach(&b);
	event.policy.policy = &b.empty;
	fixture_step(&b, &event);
	closed = fixture_count(&b, PROXY_FX_CLOSE);
	assert_true(closed < SESSIONS);
	for (unsigned int i = 0; i < SESSIONS && closed < SESSIONS; i++) {
		fixture_slot(&b, id[i], i % 2 ? &send : &query);
		assert_int_equal(fixture_count(&b, PROXY_FX_PUSH), 0);
		assert_int_equal(fixture_count(&b, PROXY_FX_SEND), 0);
		closed += fixture_count(&b, PROXY_FX_CLOSE);
	}
	assert_int_equal(closed, SESSIONS);
	free(id);
	fixture_fini(&b);
}

/* Each has requests shared with others, is at its quota, and gets a SEND_DONE. */
TEST(waiters_that_end_together_are_all_told_and_all_resumed)
{
	enum { WAITERS = 900, EACH = 180 };
	unsigned int *resumed;
	struct session_id id[WAITERS];
	unsigned int steps;
	struct fixture b;

	fixture_init(&b, SESSIONS, POLICY_GRADE_FABRIC, 1, 0);
	for (unsigned int i = 0; i < WAITERS; i++) {
		id[i] = fixture_attach(&b);
		fixture_get(&b, id[i], WIRE_CLASS_SUBN_LID, (uint16_t)(7 + i / EACH), 0, i, 1000,
			    1);
		assert_false(proxy_may_read(b.core, id[i], &any_request, b.now));
	}
	assert_int_equal(proxy_totals(b.core)[PROXY_COUNT_merged], WAITERS - WAITERS / EACH);
	/* the backstop of the requests and the end of all waiters in the same millisecond */
	b.now = mono_add(b.now, 2000);
	fixture_tick(&b);
	resumed = count_by_session(&b, PROXY_FX_RESUME, &steps);
	for (unsigned int i = 0; i < WAITERS; i++) {
		assert_int_equal(resumed[id[i].v & 0xffff], 1);
		assert_true(proxy_may_read(b.core, id[i], &any_request, b.now));
	}
	assert_int_equal(proxy_totals(b.core)[PROXY_COUNT_timed_out], WAITERS);
	free(resumed);
	fixture_fini(&b);
}

TEST(a_thousand_guests_that_ask_the_same_cost_five_requests)
{
	enum { GUESTS = 1000, SHARE = 200 };
	uint32_t wire[GUESTS / SHARE];
	unsigned int *resumed, steps, sent = 0;
	struct fixture b;

	fixture_init(&b, SESSIONS, POLICY_GRADE_FABRIC, 1, 0);
	for (unsigned int i = 0; i < GUESTS; i++) {
		struct session_id id = fixture_attach(&b);

		fixture_get(&b, id, WIRE_CLASS_SUBN_LID, 7, 0, i, 1000, 0);
		assert_int_equal(fixture_count(&b, PROXY_FX_SEND), i % SHARE == 0);
		if (i % SHARE == 0)
			wire[sent++] =
				(uint32_t)wire_mad_tid(fixture_one(&b, PROXY_FX_SEND)->send.mad);
		assert_false(proxy_may_read(b.core, id, &any_request, b.now));
	}
	assert_int_equal(sent, GUESTS / SHARE);
	for (unsigned int i = 0; i < sent; i++) {
		fixture_answer(&b, WIRE_CLASS_SUBN_LID, 7, 0, wire[i]);
		assert_int_equal(fixture_count(&b, PROXY_FX_PUSH), SHARE);
		resumed = count_by_session(&b, PROXY_FX_RESUME, &steps);
		for (unsigned int n = 0; n < GUESTS; n++)
			assert_int_equal(resumed[n], n / SHARE == i);
		free(resumed);
	}
	fixture_fini(&b);
}

TEST(a_hundred_thousand_live_requests_each_get_their_own_end)
{
	enum { GUESTS = 25, EACH = 4000, ALL = GUESTS * EACH };
	uint32_t *wire = calloc(ALL, sizeof(*wire));
	struct session_id id[GUESTS];
	unsigned int timed_out = 0;
	struct fixture b;

	fixture_init(&b, GUESTS, POLICY_GRADE_FABRIC, 0, 0);
	for (unsigned int i = 0; i < GUESTS; i++)
		id[i] = fixture_attach(&b);
	for (unsigned int i = 0; i < ALL; i++) {
		fixture_get(&b, id[i % GUESTS], WIRE_CLASS_PERF, 7, 0, UINT64_C(0xabc00000000) + i,
			    5000, 0);
		wire[i] = (uint32_t)wire_mad_tid(fixture_one(&b, PROXY_FX_SEND)->send.mad);
	}
	proxy_check(b.core);
	/* half of them are answered, in another order */
	for (unsigned int n = 0; n < ALL / 2; n++) {
		unsigned int i = (unsigned int)((uint64_t)n * 2 * 7919 % ALL);
		const struct proxy_push *push;

		fixture_answer(&b, WIRE_CLASS_PERF, 7, 0, wire[i]);
		push = &fixture_one(&b, PROXY_FX_PUSH)->push;
		assert_int_equal(push->session.v, id[i % GUESTS].v);
		assert_true(push->tid_set && push->tid == UINT64_C(0xabc00000000) + i);
	}
	assert_int_equal(proxy_totals(b.core)[PROXY_COUNT_answered], ALL / 2);
	proxy_check(b.core);
	/* the port lost the others */
	b.now = mono_add(b.now, 6000);
	do {
		fixture_tick(&b);
		timed_out += (unsigned int)fixture_count(&b, PROXY_FX_PUSH);
	} while (fixture_count(&b, PROXY_FX_PUSH));
	assert_int_equal(timed_out, ALL / 2);
	proxy_check(b.core);
	for (unsigned int i = 0; i < ALL; i++)
		fixture_answer(&b, WIRE_CLASS_PERF, 7, 0, wire[i]);
	assert_int_equal(proxy_totals(b.core)[PROXY_COUNT_drop_late], ALL);
	free(wire);
	fixture_fini(&b);
}

TEST(the_oldest_kept_answer_gives_way_when_all_places_are_taken)
{
	struct session_id id;
	struct fixture b;

	fixture_init(&b, 1, POLICY_GRADE_FABRIC, 0, 600000);
	id = fixture_attach(&b);
	for (uint32_t i = 0; i <= SHARED; i++) {
		fixture_get(&b, id, WIRE_CLASS_SUBN_LID, 7, i, i, 1000, 0);
		fixture_answer(&b, WIRE_CLASS_SUBN_LID, 7, i,
			       (uint32_t)wire_mad_tid(fixture_one(&b, PROXY_FX_SEND)->send.mad));
		assert_int_equal(fixture_count(&b, PROXY_FX_PUSH), 1);
	}
	proxy_check(b.core);
	/* the second and the last are cached, the first was evicted */
	fixture_get(&b, id, WIRE_CLASS_SUBN_LID, 7, 1, 1, 1000, 0);
	assert_int_equal(fixture_count(&b, PROXY_FX_SEND), 0);
	fixture_get(&b, id, WIRE_CLASS_SUBN_LID, 7, SHARED, 1, 1000, 0);
	assert_int_equal(fixture_count(&b, PROXY_FX_SEND), 0);
	fixture_get(&b, id, WIRE_CLASS_SUBN_LID, 7, 0, 1, 1000, 0);
	assert_int_equal(fixture_count(&b, PROXY_FX_SEND), 1);
	proxy_check(b.core);
	fixture_fini(&b);
}

TEST(a_request_that_finds_no_place_to_be_shared_goes_alone)
{
	struct session_id id[9];
	struct fixture b;
	uint32_t wire;

	fixture_init(&b, 9, POLICY_GRADE_FABRIC, 0, 0);
	for (unsigned int i = 0; i < 9; i++)
		id[i] = fixture_attach(&b);
	for (uint32_t i = 0; i < SHARED; i++)
		fixture_get(&b, id[i % 8], WIRE_CLASS_SUBN_LID, 7, i, i, 1000, 0);
	for (unsigned int i = 0; i < 2; i++) {
		fixture_get(&b, id[8], WIRE_CLASS_SUBN_LID, 7, SHARED, 77 + i, 1000, 0);
		wire = (uint32_t)wire_mad_tid(fixture_one(&b, PROXY_FX_SEND)->send.mad);
	}
	proxy_check(b.core);
	fixture_answer(&b, WIRE_CLASS_SUBN_LID, 7, SHARED, wire);
	assert_true(fixture_one(&b, PROXY_FX_PUSH)->push.tid == 78);
	fixture_fini(&b);
}

/* Registers 64 methods of a class with an OUI, or as many as it may. */
static unsigned int register_methods(struct fixture *b, uint8_t mgmt_class, unsigned int first)
{
	struct session_id id = fixture_attach(b);
	unsigned int got = 0;

	for (unsigned int i = 0; i < 64; i++) {
		struct chan_slot slot = {.client = (uint16_t)(1 + i / 32)};
		struct proxy_event made = {.kind = PROXY_EV_REGISTERED};
		struct chan_register what = {.mgmt_class = mgmt_class, .oui = {0, 0x14, 5}};
		const unsigned int method = first + i;

		slot.kind = CHAN_KIND_CLIENT_OPEN;
		if (i % 32 == 0)
			fixture_slot(b, id, &slot);
		slot.kind = CHAN_KIND_REGISTER;
		slot.agent = i % 32;
		what.method_mask[method / 32] = UINT32_C(1) << method % 32;
		memcpy(slot.mad, &what, sizeof(what));
		fixture_slot(b, id, &slot);
		if (!fixture_count(b, PROXY_FX_PORT_REGISTER))
			continue;
		made.registered.token = fixture_one(b, PROXY_FX_PORT_REGISTER)->reg.token;
		fixture_step(b, &made);
		assert_int_equal(fixture_one(b, PROXY_FX_PUSH)->push.status, 0);
		got++;
	}
	proxy_check(b->core);
	return got;
}

TEST(an_admin_finds_registrations_left_when_guests_have_all_that_they_may_have)
{
	struct fixture b;

	fixture_init(&b, 5, POLICY_GRADE_FABRIC, 1, 0);
	b.guest[4].grade = POLICY_GRADE_ADMIN;
	for (unsigned int i = 0; i < 4; i++)
		assert_int_equal(register_methods(&b, WIRE_CLASS_OPENIB_PING + i % 2, i / 2 * 64),
				 64);
	assert_int_equal(register_methods(&b, WIRE_CLASS_VENDOR2_FIRST, 0), 64);
	fixture_fini(&b);
}
