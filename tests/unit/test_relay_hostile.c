/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a hostile process may not do to the others, nor to the gateway. */
#include "tests/unit/relay_assert.h"

static void a_process_that_breaks_the_contract_is_found_out_before_the_gateway_sees_it(void **state)
{
	static const enum chan_kind with_client[] = {CHAN_KIND_SEND, CHAN_KIND_CLIENT_CLOSE,
						     CHAN_KIND_REGISTER, CHAN_KIND_UNREGISTER};
	struct bed *bed = *state;
	struct chan_slot slot;
	uint64_t handled;
	unsigned int p;

	bed_ready(bed, 0, 1);
	p = (unsigned int)relay_process_new(bed->relay, 0);
	for (unsigned int kind = 0; kind < 256; kind++)
		is_found_out(bed, p, message((enum chan_kind)kind, 0, 0));
	is_found_out(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	assert_non_null(strstr(relay_reason(bed->relay), "HELLO"));
	p = process_with(bed, 0, 4);
	handled = bed->gateway[0].handled;
	for (size_t i = 0; i < sizeof(with_client) / sizeof(with_client[0]); i++) {
		is_found_out(bed, p, message(with_client[i], 0, 5)); /* not opened */
		is_found_out(bed, p, message(with_client[i], 1, 4)); /* no such port */
		slot = message(with_client[i], 0, 4);
		slot.agent = RELAY_AGENTS;
		is_found_out(bed, p, slot);
	}
	says(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 6)); /* and does not wait for the reply */
	is_found_out(bed, p, request(0, 6, 1));
	for (unsigned int kind = 0; kind < 256; kind++)
		if (kind < CHAN_KIND_HELLO || kind > CHAN_KIND_SET_ISSM || kind % 2 == 0)
			if (kind != CHAN_KIND_SEND)
				is_found_out(bed, p, message((enum chan_kind)kind, 0, 4));
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
	p = process_with(bed, 0, 4);
	is_found_out(bed, p, slot);
	slot.kind = CHAN_KIND_REGISTER;
	is_found_out(bed, p, slot);
}

static void a_flood_of_control_messages_waits_and_leaves_room_for_others(void **state)
{
	struct bed *bed = *state;
	struct chan_slot slot = message(CHAN_KIND_PORT_QUERY, 0, 0);
	unsigned int flood, other;

	bed_ready(bed, 0, 1);
	flood = bed_process(bed);
	other = bed_process(bed);
	assert_int_equal(says_until_it_waits(bed, flood, slot), 16);
	says(bed, other, slot);
	bed_settle(bed);
	says(bed, flood, slot);
	given(bed, other);
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
	/* who asks too much waits, whatever the answer would be */
	says_until_it_waits(bed, p, message(CHAN_KIND_PORT_QUERY, 0, 0));
	waits(bed, p, message(CHAN_KIND_CLIENT_OPEN, 0, 1));
}

static void processes_run_out_without_harm(void **state)
{
	struct bed *bed = *state;

	bed_ready(bed, 0, 1);
	for (unsigned int i = 0; i < RELAY_PROCESSES; i++)
		opens(bed, bed_process(bed), 0, 0);
	assert_int_equal(relay_process_new(bed->relay, 0), -ENFILE);
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
