/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a hostile process may not do to the others, nor to the gateway. */
#include "tests/unit/relay_world.h"

static void a_process_that_breaks_the_contract_is_found_out_before_the_gateway_sees_it(void **state)
{
	static const enum chan_kind with_client[] = {CHAN_KIND_SEND, CHAN_KIND_CLIENT_CLOSE,
						     CHAN_KIND_REGISTER, CHAN_KIND_UNREGISTER};
	struct bed *bed = *state;
	struct chan_slot slot;
	uint64_t handled;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = (unsigned int)relay_process_new(bed->relay);
	for (unsigned int kind = 0; kind < 256; kind++) {
		slot = message((enum chan_kind)kind, 0, 0);
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	}
	p = bed_process(bed);
	opens(bed, p, 0, 4);
	handled = bed->gateway[0].handled;
	for (size_t i = 0; i < sizeof(with_client) / sizeof(with_client[0]); i++) {
		slot = message(with_client[i], 0, 5); /* not opened */
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
		slot = message(with_client[i], 1, 4); /* no such port */
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
		slot = message(with_client[i], 0, 4);
		slot.agent = RELAY_AGENTS;
		assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	}
	slot = message(CHAN_KIND_CLIENT_OPEN, 0, 6); /* and does not wait for the reply */
	assert_int_equal(bed_says(bed, p, &slot), RELAY_DONE);
	slot = request(0, 6, 1);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	for (unsigned int kind = 0; kind < 256; kind++) {
		slot = message((enum chan_kind)kind, 0, 4);
		if (kind < CHAN_KIND_HELLO || kind > CHAN_KIND_SET_ISSM || kind % 2 == 0)
			if (kind != CHAN_KIND_SEND)
				assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	}
	bed_settle(bed);
	assert_int_equal(bed->gateway[0].handled, handled + 1);
}

static void a_client_cannot_use_another_devices_port(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = request(1, 4, 1);
	unsigned int p;

	bed_ready(bed, 0, 1);
	bed_ready(bed, 1, 1);
	p = bed_process(bed);
	opens(bed, p, 0, 4);
	assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
	slot.kind = CHAN_KIND_REGISTER;
	assert_int_equal(bed_says(bed, p, &slot), RELAY_BROKEN);
}

static void a_flood_of_control_messages_waits_and_leaves_room_for_others(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0), got;
	unsigned int flood, other, n = 0;

	bed_ready(bed, 0, 1);
	flood = bed_process(bed);
	other = bed_process(bed);
	while (bed_says(bed, flood, &slot) == RELAY_DONE)
		n++;
	assert_int_equal(n, 16);
	assert_int_equal(bed_says(bed, other, &slot), RELAY_DONE);
	bed_settle(bed);
	assert_int_equal(bed_says(bed, flood, &slot), RELAY_DONE);
	assert_true(bed_given(bed, other, &got));
	relay_process_gone(bed->relay, flood);
}

static void numbers_of_clients_run_out_without_harm(void **state)
{
	struct bed *bed = *state;
	unsigned int p, q;

	bed_ready(bed, 0, 1);
	p = bed_process(bed);
	q = bed_process(bed);
	for (unsigned int i = 0; i < RELAY_CLIENTS; i++)
		opens(bed, p, 0, (uint16_t)(i * 255));
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1)), EMFILE);
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 255)), EBUSY);
	assert_int_equal(asks(bed, p, message(CHAN_KIND_CLIENT_CLOSE, 0, 255)), 0);
	opens(bed, q, 0, 255);
	relay_check(bed->relay);
}

static void processes_run_out_without_harm(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		opens(bed, bed_process(bed), 0, 0);
	assert_int_equal(relay_process_new(bed->relay), -ENFILE);
	relay_process_gone(bed->relay, 77);
	assert_int_equal(bed_process(bed), 77);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_process_that_breaks_the_contract_is_found_out_before_the_gateway_sees_it),
		T(a_client_cannot_use_another_devices_port),
		T(a_flood_of_control_messages_waits_and_leaves_room_for_others),
		T(numbers_of_clients_run_out_without_harm),
		T(processes_run_out_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
