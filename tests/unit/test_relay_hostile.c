/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a hostile process cannot do to others, nor to the gateway. */
#include "tests/unit/test.h"
#include "tests/unit/relay_assert.h"

TEST_READY(a_process_that_breaks_the_contract_is_found_out_before_the_gateway_sees_it,
	   struct fixture *fixture)
{
	static const enum chan_kind with_client[] = {CHAN_KIND_SEND, CHAN_KIND_CLIENT_CLOSE,
						     CHAN_KIND_REGISTER, CHAN_KIND_UNREGISTER};
	struct chan_slot slot;
	uint64_t handled;
	unsigned int p;

	p = (unsigned int)relay_process_new(fixture->relay, 0);
	for (unsigned int kind = 0; kind < 256; kind++)
		is_found_out(fixture, p, message((enum chan_kind)kind, 0, 0));
	is_found_out(fixture, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	assert_non_null(strstr(relay_reason(fixture->relay), "HELLO"));
	p = process_with(fixture, 0, 4);
	handled = fixture->gateway[0].handled;
	for (size_t i = 0; i < sizeof(with_client) / sizeof(with_client[0]); i++) {
		is_found_out(fixture, p, message(with_client[i], 0, 5)); /* not opened */
		is_found_out(fixture, p, message(with_client[i], 1, 4)); /* no such port */
		is_found_out(fixture, p, message(with_client[i], 0, CHAN_CLIENTS_MAX));
		slot = message(with_client[i], 0, 4);
		slot.agent = RELAY_AGENTS;
		is_found_out(fixture, p, slot);
	}
	says(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 6)); /* without waiting for the reply */
	is_found_out(fixture, p, request(0, 6, 1));
	is_found_out(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, CHAN_CLIENTS_MAX));
	for (unsigned int kind = 0; kind < 256; kind++)
		if (kind < CHAN_KIND_HELLO || kind > CHAN_KIND_SET_ISSM || kind % 2 == 0)
			if (kind != CHAN_KIND_SEND)
				is_found_out(fixture, p, message((enum chan_kind)kind, 0, 4));
	fixture_settle(fixture);
	assert_int_equal(fixture->gateway[0].handled, handled + 1);
}

TEST_READY(a_client_cannot_use_another_devices_port, struct fixture *fixture)
{
	struct chan_slot slot = request(1, 4, 1);
	unsigned int p;

	fixture_ready(fixture, 1, 1);
	p = process_with(fixture, 0, 4);
	is_found_out(fixture, p, slot);
	slot.kind = CHAN_KIND_REGISTER;
	is_found_out(fixture, p, slot);
}

TEST_READY(a_flood_of_control_messages_waits_and_leaves_room_for_others, struct fixture *fixture)
{
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int flood, other;

	flood = fixture_process(fixture);
	other = fixture_process(fixture);
	assert_int_equal(says_until_it_waits(fixture, flood, slot), 16);
	says(fixture, other, slot);
	fixture_settle(fixture);
	says(fixture, flood, slot);
	given(fixture, other);
	relay_process_gone(fixture->relay, flood, fixture->now);
}

TEST_READY(numbers_of_clients_run_out_without_harm, struct fixture *fixture)
{
	unsigned int p, q;

	p = fixture_process(fixture);
	q = fixture_process(fixture);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(fixture, p, 0, (uint16_t)i);
	assert_int_equal(asks(fixture, q, message(CHAN_KIND_CLIENT_OPEN, 0, 1)), EMFILE);
	assert_int_equal(asks(fixture, p, message(CHAN_KIND_CLIENT_OPEN, 0, 255)), EBUSY);
	assert_int_equal(asks(fixture, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 255)), 0);
	opens(fixture, q, 0, 255);
	relay_check(fixture->relay);
	/* a process with too many requests waits, whatever the answer would be */
	says_until_it_waits(fixture, q, message(CHAN_KIND_PORT_QUERY, 0, 0));
	waits(fixture, q, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
}

TEST_READY(processes_run_out_without_harm, struct fixture *fixture)
{
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		opens(fixture, fixture_process(fixture), 0, 0);
	assert_int_equal(relay_process_new(fixture->relay, 0), -ENFILE);
	relay_process_gone(fixture->relay, 77, fixture->now);
	assert_int_equal(fixture_process(fixture), 77);
}
