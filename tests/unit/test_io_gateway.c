/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* MADs of guests through the whole gateway and back, and port events (gate_fixture.h). */
#include "tests/unit/test.h"
#include "tests/unit/gate_fixture.h"
#include "wire/mad.h"

TEST_F(a_request_goes_out_and_its_answer_comes_back, struct gate_fixture *fixture)
{
	struct chan *chan = attach_and_hello(fixture, "alpha");
	struct chan_slot slot = perf_get(99, 4);

	put(chan, &slot);
	run_until_idle();
	assert_int_equal(fake_umad.sent_count, 1);
	assert_int_not_equal(get_be64(fake_umad.sent[0].mad + 8), get_be64(slot.mad + 8));
	answer_sent(0);
	run_until_idle();
	slot = taken(chan, CHAN_KIND_RECV);
	assert_int_equal(slot.cookie, 99);
	assert_int_equal(slot.mad[3], WIRE_METHOD_GET_RESP);
	assert_int_equal(get_be64(slot.mad + 8), 0x1234567800000000 | 99);
	chan_free(chan);
	run_until_idle();
	assert_int_equal(sessions(fixture), 0);
}

TEST_F(a_send_that_the_port_refuses_ends_at_once, struct gate_fixture *fixture)
{
	struct chan *chan = attach_and_hello(fixture, "alpha");
	struct chan_slot slot = perf_get(7, 4);

	fake_umad.send_errno = EIO;
	put(chan, &slot);
	run_until_idle();
	slot = taken(chan, CHAN_KIND_SEND_DONE);
	assert_int_equal(slot.cookie, 7);
	assert_int_not_equal(slot.status, 0);
	chan_free(chan);
}

/* Number of the port's agents with this class. */
static unsigned int agents_of_class(uint8_t mgmt_class)
{
	unsigned int n = 0;

	for (int i = 0; i < FAKE_AGENTS; i++)
		n += fake_umad.file[0].agent[i].used &&
		     fake_umad.file[0].agent[i].mgmt_class == mgmt_class;
	return n;
}

TEST_F(a_registration_is_answered_when_the_port_has_answered, struct gate_fixture *fixture)
{
	struct chan_register what = {.mgmt_class = 0x32,
				     .mgmt_class_version = 1,
				     .oui = {0, 0x14, 5},
				     .method_mask = {2}};
	struct chan_slot slot = {.kind = CHAN_KIND_REGISTER, .agent = 3, .cookie = 5};
	struct chan *chan = attach_and_hello(fixture, "alpha");

	memcpy(slot.mad, &what, sizeof(what));
	put(chan, &slot);
	run_until_idle();
	slot = taken(chan, CHAN_KIND_REGISTER_REPLY);
	assert_int_equal(slot.status, 0);
	assert_int_equal(agents_of_class(0x32), 1);
	/* Its end removes the registration. */
	chan_free(chan);
	run_until_idle();
	assert_int_equal(agents_of_class(0x32), 0);
}

TEST_F(a_lost_port_is_told_to_guests, struct gate_fixture *fixture)
{
	struct chan *chan = attach_and_hello(fixture, "alpha");
	struct chan_event event;
	struct chan_slot slot;

	fake_umad.present = false;
	fake_umad.recv_errno = EIO;
	fake_umad_poke(0);
	run_until_idle();
	slot = taken(chan, CHAN_KIND_PORT_EVENT);
	memcpy(&event, slot.mad, sizeof(event));
	assert_int_equal(event.event, CHAN_PORT_DOWN);
	slot = (struct chan_slot){.kind = CHAN_KIND_PORT_QUERY, .cookie = 3};
	put(chan, &slot);
	run_until_idle();
	slot = taken(chan, CHAN_KIND_PORT_REPLY);
	assert_int_equal(((struct chan_port_info *)slot.mad)->state, 1);
	chan_free(chan);
}
