/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The users of a guest share sessions, clients, registrations and control messages; an eighth is root's. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

static unsigned int processes_of(struct fixture *fixture, uint32_t uid)
{
	unsigned int n = 0;
	int p;

	fixture->uid = uid;
	while ((p = relay_process_new(fixture->relay, uid)) >= 0)
		n++;
	assert_int_equal(p, n && !uid ? -ENFILE : -EUSERS);
	return n;
}

TEST_READY(users_cannot_have_all_sessions, struct fixture *fixture)
{
	assert_int_equal(processes_of(fixture, 1), 112);
	assert_int_equal(processes_of(fixture, 2), 56);
	for (uint32_t uid = 3; uid < 7; uid++)
		assert_true(processes_of(fixture, uid) > 0);
	assert_in_range(processes_of(fixture, 0), 32, 64);
}

static unsigned int clients_of(struct fixture *fixture, uint32_t uid)
{
	unsigned int n = 0, p;

	fixture->uid = uid;
	p = fixture_process(fixture);
	while (asks(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, (uint16_t)n)) == 0)
		n++;
	return n;
}

TEST_READY(users_cannot_have_all_clients, struct fixture *fixture)
{
	assert_int_equal(clients_of(fixture, 1), 112);
	assert_int_equal(clients_of(fixture, 2), 56);
	/* nor with another process */
	assert_int_equal(clients_of(fixture, 1), 0);
	for (uint32_t uid = 3; uid < 7; uid++)
		assert_true(clients_of(fixture, uid) > 0);
	assert_in_range(clients_of(fixture, 0), 32, 64);
}

static unsigned int registrations_of(struct fixture *fixture, uint32_t uid)
{
	struct chan_slot slot = message(CHAN_KIND_REGISTER, 0, 0);
	unsigned int n = 0, p;

	fixture->uid = uid;
	p = process_with(fixture, 0, 0);
	opens(fixture, p, 0, 1);
	slot.mad[0] = 2;
	for (; slot.client < 2; slot.client++)
		for (slot.agent = 0; slot.agent < RELAY_AGENTS; slot.agent++)
			n += asks(fixture, p, slot) == 0;
	return n;
}

TEST_READY(users_cannot_have_all_registrations, struct fixture *fixture)
{
	assert_int_equal(registrations_of(fixture, 1), 28);
	assert_int_equal(registrations_of(fixture, 2), 14);
	assert_int_equal(registrations_of(fixture, 1), 0);
	assert_int_equal(registrations_of(fixture, 3), 7);
	assert_in_range(registrations_of(fixture, 0), 8, 16);
}

TEST_READY(a_user_cannot_have_all_control_messages, struct fixture *fixture)
{
	/* the gateway does not answer */
	for (fixture->uid = 1; fixture->uid <= 2; fixture->uid++)
		for (unsigned int i = 0; i < 40; i++)
			says_until_it_waits(fixture, fixture_process(fixture),
					    message(CHAN_KIND_PORT_QUERY, 0, 0));
	assert_int_equal(fixture->uid, 3);
	fixture_gateway_runs(fixture, 0, 0);
	says(fixture, fixture_process(fixture), message(CHAN_KIND_PORT_QUERY, 0, 0));
}

/* The gateway replies to the next control message that it has got. */
static void replies(struct fixture *fixture, uint32_t status)
{
	struct chan_slot slot = gateway_gets(fixture, 0);

	slot.kind++;
	slot.status = status;
	fixture_push(fixture, 0, &slot);
	fixture_relay_takes(fixture, 0, FIXTURE_ALL);
}

TEST_READY(a_registration_that_failed_takes_no_place, struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_REGISTER, 0, 0);
	unsigned int p;

	fixture->uid = 1;
	p = process_with(fixture, 0, 0);
	slot.mad[0] = 2;
	for (unsigned int i = 0; i < 100; i++) {
		says(fixture, p, slot);
		replies(fixture, EBUSY);
		assert_int_equal(given(fixture, p).status, EBUSY);
	}
}

TEST_READY(a_failed_reply_ends_no_later_registration, struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_REGISTER, 0, 0);
	unsigned int p = process_with(fixture, 0, 0);

	slot.mad[0] = 2;
	says(fixture, p, slot);
	says(fixture, p, message(CHAN_KIND_UNREGISTER, 0, 0));
	says(fixture, p, slot);
	replies(fixture, EBUSY);
	replies(fixture, 0);
	replies(fixture, 0);
	for (unsigned int i = 0; i < 3; i++)
		given(fixture, p);
	/* it is registered, which the relay says by itself */
	says(fixture, p, slot);
	assert_int_equal(given(fixture, p).status, EINVAL);
}
