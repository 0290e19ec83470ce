/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Domains and their devices, through the whole gateway: the test is the toolstack and the
 * front-ends (xen_bed.h). Nothing waits but for a timer that is due.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "mad-proxy/io/control_commands.h"
#include "mad-proxy/io/gv_json.h"
#include "mad-proxy/io/xen_priv.h"
#include "tests/unit/fake_umad.h"
#include "tests/unit/fake_xenstore.h"
#include "tests/unit/xen_bed.h"
#include "wire/mad.h"

#define BACK "/local/domain/0/backend/vib"

static void assert_node(const char *path, const char *value)
{
	g_autofree char *is = fake_xenstore_get(path);

	assert_non_null(is);
	assert_string_equal(is, value);
}

static void assert_perms(const char *path, const char *perms)
{
	g_autofree char *are = fake_xenstore_perms(path);

	assert_non_null(are);
	assert_string_equal(are, perms);
}

static void assert_state(unsigned int domid, unsigned int handle, const char *state)
{
	assert_string_equal(xen_bed_back(domid, handle, CHAN_XENBUS_STATE), state);
}

static unsigned int devices(const struct xen_bed *bed)
{
	return g_hash_table_size(bed->gate->xen->devices);
}

static unsigned int sessions(const struct xen_bed *bed)
{
	return g_hash_table_size(bed->gate->sessions);
}

static uint64_t counter(const struct xen_bed *bed, enum proxy_counter c)
{
	return proxy_totals(bed->gate->core)[c];
}

/* The front-end's end says this and gets that kind of answer. */
static struct chan_slot ask(struct chan_slot *slot)
{
	struct chan_slot answer = {0};

	assert_int_equal(chan_put(fake_chan_xen.guest, slot), 1);
	chan_kick(fake_chan_xen.guest);
	xen_bed_settle();
	assert_int_equal(chan_take(fake_chan_xen.guest, &answer), 1);
	assert_int_equal(answer.kind, slot->kind + 1);
	return answer;
}

static struct chan_slot hello(void)
{
	struct chan_hello say = {CHAN_ABI_MAGIC, CHAN_ABI_VERSION, CHAN_ABI_VERSION, 0};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = 1};

	memcpy(slot.mad, &say, sizeof(say));
	return ask(&slot);
}

struct outcome {
	bool done;
	char *error;
};

static void outcome_is(void *ctx, const char *error)
{
	struct outcome *o = ctx;

	assert_false(o->done);
	o->done = true;
	o->error = g_strdup(error);
}

/* --- coming --- */

static void a_domain_of_the_policy_gets_a_device_before_it_runs(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	assert_int_equal(devices(bed), 1);
	assert_node(BACK "/3/0/frontend", "/local/domain/3/device/vib/0");
	assert_node(BACK "/3/0/frontend-id", "3");
	assert_node(BACK "/3/0/online", "1");
	assert_node(BACK "/3/0/port", "fake0/1");
	assert_perms(BACK "/3/0", "n0 r3");
	assert_perms(BACK "/3/0/state", "n0 r3");
	assert_node("/local/domain/3/device/vib/0/backend", BACK "/3/0");
	assert_node("/local/domain/3/device/vib/0/backend-id", "0");
	assert_node("/local/domain/3/device/vib/0/handle", "0");
	assert_node("/local/domain/3/device/vib/0/state", "1");
	assert_perms("/local/domain/3/device/vib/0", "n3 r0");
	assert_perms("/local/domain/3/device/vib/0/state", "n3 r0");
	assert_node(BACK "/3/0/versions", "1");
	assert_node(BACK "/3/0/ring-kinds", "mad");
	assert_node(BACK "/3/0/mad-slots", "128");
	assert_state(3, 0, "2");
}

static void a_domain_that_the_policy_does_not_know_gets_nothing(void **state)
{
	xen_bed_domain(3, "stranger", NULL);
	assert_int_equal(fake_xenstore_nodes(BACK), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
}

static void a_domain_is_known_by_its_uuid_whatever_it_is_called(void **state)
{
	struct xen_bed *bed = *state;
	struct io_xen_device *device;

	xen_bed_domain(4, "alpha", XEN_BED_UUID);
	assert_int_equal(devices(bed), 1);
	device = g_hash_table_lookup(bed->gate->xen->devices, io_xen_key(4, 0));
	assert_string_equal(device->guest, XEN_BED_UUID);
}

static void a_front_end_connects_and_sees_its_port_alone(void **state)
{
	struct xen_bed *bed = *state;
	struct chan_hello_reply reply;
	struct chan_slot slot;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	assert_int_equal(fake_chan_xen.domid, 3);
	assert_int_equal(fake_chan_xen.port, 17);
	assert_int_equal(sessions(bed), 1);
	slot = hello();
	memcpy(&reply, slot.mad, sizeof(reply));
	assert_int_equal(reply.ports, 1);
	assert_int_equal(counter(bed, PROXY_COUNT_device_connected), 1);
}

static void a_guest_that_is_there_already_is_attached_at_the_start(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	fake_xenstore_set(BACK "/3", NULL);
	fake_xenstore_set("/local/domain/3/device/vib", NULL);
	xen_bed_settle();
	assert_int_equal(devices(bed), 0);
	xen_bed_restart(bed, false);
	assert_int_equal(devices(bed), 1);
	assert_state(3, 0, "2");
}

/* --- going --- */

static void a_destroyed_domain_leaves_nothing(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	xen_bed_destroy(3);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3"), 0);
	assert_int_equal(devices(bed), 0);
	assert_int_equal(sessions(bed), 0);
	/* introduce, release, backend/vib */
	assert_int_equal(fake_xenstore_watches(), 3);
}

static void a_domain_with_several_devices_leaves_nothing_at_one_look(void **state)
{
	struct xen_bed *bed = *state;
	unsigned int calls;

	xen_bed_domain(3, "alpha", NULL);
	for (unsigned int i = 1; i < 4; i++) {
		struct io_xen_attach attach = {.domain = "3"};
		g_autofree char *why = NULL;
		struct outcome o = {0};

		assert_true(io_xen_attach(bed->gate->xen, &attach, outcome_is, &o, &why));
		g_free(attach.guest);
		xen_bed_settle();
		xen_bed_connect(3, i);
	}
	calls = fake_xenstore_calls();
	xen_bed_destroy(3);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(devices(bed), 0);
	assert_int_equal(sessions(bed), 0);
	assert_int_equal(fake_xenstore_watches(), 3);
	assert_in_range(fake_xenstore_calls() - calls, 1, 120);
}

static void a_domain_that_is_destroyed_at_any_step_leaves_nothing(void **state)
{
	struct xen_bed *bed = *state;

	for (unsigned int step = 0; step < 5; step++) {
		unsigned int domid = 10 + step;

		xen_bed_domain(domid, "alpha", NULL);
		if (step == 1)
			xen_bed_front(domid, 0, CHAN_XENBUS_STATE, "3");
		if (step == 2)
			xen_bed_offer(domid, 0);
		if (step >= 3)
			xen_bed_connect(domid, 0);
		if (step == 4)
			xen_bed_front(domid, 0, CHAN_XENBUS_STATE, "5");
		xen_bed_destroy(domid);
		assert_int_equal(fake_xenstore_nodes(BACK), 1);
		assert_int_equal(devices(bed), 0);
		assert_int_equal(sessions(bed), 0);
		assert_int_equal(fake_xenstore_watches(), 3);
	}
}

static void an_id_that_another_domain_has_got_is_another_guest(void **state)
{
	struct xen_bed *bed = *state;
	struct io_xen_device *device;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	fake_xenstore_set("/local/domain/3", NULL);
	xen_bed_domain(3, "beta", "99999999-0000-0000-0000-000000000000");
	assert_int_equal(sessions(bed), 0);
	xen_bed_until(3, 0, "2");
	device = g_hash_table_lookup(bed->gate->xen->devices, io_xen_key(3, 0));
	assert_string_equal(device->guest, "beta");
}

static void a_renamed_domain_keeps_nothing_of_the_guest_that_it_was(void **state)
{
	struct xen_bed *bed = *state;
	struct io_xen_device *device;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	fake_xenstore_set("/local/domain/3/name", "beta");
	xen_bed_settle();
	assert_int_equal(sessions(bed), 0);
	assert_state(3, 0, "5");
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_settle();
	xen_bed_until(3, 0, "2");
	device = g_hash_table_lookup(bed->gate->xen->devices, io_xen_key(3, 0));
	assert_string_equal(device->guest, "beta");
	assert_node("/local/domain/3/device/vib/0/state", "1");
}

static void a_domain_renamed_to_nobodys_name_stays_who_it_was_until_another_comes(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	fake_xenstore_set("/local/domain/3/name", "alpha-old");
	xen_bed_settle();
	assert_state(3, 0, "4");
	assert_int_equal(sessions(bed), 1);
	xen_bed_domain(4, "alpha", NULL);
	assert_state(4, 0, "2");
	assert_state(3, 0, "5");
	assert_int_equal(sessions(bed), 0);
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_settle();
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
}

static void a_section_that_is_gone_takes_the_device_along_and_brings_it_back(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_domain(4, "beta", NULL);
	xen_bed_connect(3, 0);
	xen_bed_reload(bed, "[gateway]\nport = fake0/1;fake0/2\n[guest beta]\naccess = fabric\n");
	assert_int_equal(sessions(bed), 0);
	assert_state(3, 0, "5");
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_settle();
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
	assert_state(4, 0, "2");
	xen_bed_reload(bed, "[gateway]\nport = fake0/1;fake0/2\n[guest alpha]\naccess = fabric\n");
	assert_state(3, 0, "2");
}

/* --- a gateway that comes after another --- */

static void a_gateway_that_stops_shows_closed_and_its_successor_goes_on(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	xen_bed_restart(bed, false);
	assert_int_equal(devices(bed), 1);
	assert_state(3, 0, "6");
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_settle();
	xen_bed_connect(3, 0);
	assert_int_equal(sessions(bed), 1);
}

static void what_a_killed_gateway_left_is_adopted_or_deleted(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_domain(4, "beta", NULL);
	xen_bed_domain(5, "stranger", NULL);
	xen_bed_connect(3, 0);
	xen_bed_connect(4, 0);
	fake_xenstore_set(BACK "/5/0/frontend-id", "5");
	fake_xenstore_set(BACK "/5/0/online", "1");
	fake_xenstore_set("/local/domain/5/device/vib/0/backend", BACK "/5/0");
	fake_xenstore_set("/local/domain/5/device/vib/0/state", "6");
	fake_xenstore_away(true);
	fake_xenstore_die();
	fake_xenstore_set("/local/domain/4", NULL);
	fake_xenstore_set(BACK "/junk/0/state", "4");
	xen_bed_restart(bed, true);
	assert_int_equal(fake_xenstore_nodes(BACK "/4"), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/5"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/5/device/vib"), 0);
	assert_int_equal(devices(bed), 1);
	assert_state(3, 0, "6");
	xen_bed_connect(3, 0);
	assert_int_equal(sessions(bed), 1);
}

/* --- the operator --- */

static void the_operator_attaches_more_devices_to_other_ports(void **state)
{
	struct xen_bed *bed = *state;
	struct io_xen_attach attach = {.domain = "alpha", .port = "fake0/2"};
	g_autofree char *why = NULL;
	struct outcome o = {0};

	xen_bed_domain(3, "alpha", NULL);
	assert_true(io_xen_attach(bed->gate->xen, &attach, outcome_is, &o, &why));
	assert_int_equal(attach.handle_number, 1);
	assert_string_equal(attach.guest, "alpha");
	g_free(attach.guest);
	xen_bed_settle();
	assert_true(o.done);
	assert_null(o.error);
	assert_node(BACK "/3/1/port", "fake0/2");
	assert_state(3, 1, "2");
	xen_bed_connect(3, 0);
	xen_bed_connect(3, 1);
	assert_int_equal(sessions(bed), 2);
}

static void what_cannot_be_attached_is_said_so(void **state)
{
	static const struct {
		struct io_xen_attach attach;
		const char *why;
	} rows[] = {
		{{.domain = "nobody"}, "no domain 'nobody'"},
		{{.domain = "9"}, "no domain '9'"},
		{{.domain = "stranger"}, "the policy has no section"},
		{{.domain = "alpha", .port = "fake0/3"}, "port fake0/3 is none"},
		{{.domain = "alpha", .handle = "0"}, "has a device 0 already"},
		{{.domain = "alpha", .handle = "256"}, "a handle is a number"},
		{{.domain = "alpha", .handle = "-1"}, "a handle is a number"},
		{{.domain = "3", .handle = "1x"}, "a handle is a number"},
		{{.domain = "3", .handle = ""}, "a handle is a number"},
	};
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_domain(4, "stranger", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		struct io_xen_attach attach = rows[i].attach;
		g_autofree char *why = NULL;

		assert_false(io_xen_attach(bed->gate->xen, &attach, outcome_is, NULL, &why));
		assert_non_null(strstr(why, rows[i].why));
	}
}

static void detach_waits_until_nothing_is_left(void **state)
{
	struct xen_bed *bed = *state;
	struct outcome o = {0};

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_domain(4, "beta", NULL);
	xen_bed_connect(4, 0);
	xen_bed_connect(3, 0);
	assert_int_equal(io_xen_detach(bed->gate->xen, "alpha", outcome_is, &o), 1);
	assert_int_equal(sessions(bed), 1);
	xen_bed_settle();
	assert_false(o.done);
	assert_state(3, 0, "5");
	assert_node(BACK "/3/0/online", "0");
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_settle();
	assert_true(o.done);
	assert_null(o.error);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(fake_xenstore_nodes("/local/domain/3/device/vib"), 0);
	assert_state(4, 0, "4");
	/* and it does not come back by itself */
	fake_xenstore_fire("@introduceDomain");
	xen_bed_settle();
	assert_int_equal(devices(bed), 1);
}

/* Surveys that were asked while devices still stood there must not find them again. */
static void each_device_is_removed_once(void **state)
{
	struct xen_bed *bed = *state;
	struct io_xen_attach attach = {.domain = "alpha", .handle = "7"};
	struct outcome o = {0}, gone = {0};
	g_autofree char *why = NULL;

	xen_bed_domain(3, "alpha", NULL);
	assert_true(io_xen_attach(bed->gate->xen, &attach, outcome_is, &o, &why));
	g_free(attach.guest);
	xen_bed_settle();
	xen_bed_connect(3, 0);
	xen_bed_connect(3, 7);
	xen_bed_listen();
	assert_int_equal(io_xen_detach(bed->gate->xen, "alpha", outcome_is, &gone), 2);
	xen_bed_settle();
	/* both let go at once, and somebody makes the gateway look at all domains */
	fake_xenstore_stop(true);
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_front(3, 7, CHAN_XENBUS_STATE, "6");
	io_xen_survey(bed->gate->xen);
	fake_xenstore_stop(false);
	xen_bed_settle();
	assert_true(gone.done);
	assert_int_equal(devices(bed), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
	assert_int_equal(xen_bed_said("device 0 of domain 3: removed"), 1);
	assert_int_equal(xen_bed_said("device 7 of domain 3: removed"), 1);
}

static void a_device_that_the_toolstack_takes_offline_is_removed(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	fake_xenstore_set(BACK "/3/0/online", "0");
	xen_bed_settle();
	assert_int_equal(sessions(bed), 0);
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_settle();
	assert_int_equal(devices(bed), 0);
	assert_int_equal(fake_xenstore_nodes(BACK "/3"), 0);
}

static void the_operator_is_shown_substrate_domain_handle_and_state(void **state)
{
	char *none[] = {NULL};
	struct xen_bed *bed = *state;
	struct io_commands commands = {.gate = bed->gate, .policy_path = bed->policy_path};
	g_autoptr(GVariant) reply = NULL, data = NULL;
	g_autofree char *text = NULL;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	reply = g_variant_ref_sink(io_commands_answer(&commands, 1, "guests", none));
	g_variant_get(reply, "(b&sv)", NULL, NULL, &data);
	text = io_gv_json(data);
	assert_non_null(strstr(text, "\"guest\": \"alpha\""));
	assert_non_null(strstr(text, "\"substrate\": \"xen\""));
	assert_non_null(strstr(text, "\"domid\": 3"));
	assert_non_null(strstr(text, "\"handle\": 0"));
	assert_non_null(strstr(text, "\"state\": \"connected\""));
	assert_non_null(strstr(text, "\"port\": \"fake0/1\""));
	assert_non_null(strstr(text, "\"substrate\": \"local\""));
}

/* --- front-ends that do wrong --- */

static void every_wrong_key_is_a_fault_with_its_reason_and_the_next_connect_works(void **state)
{
	static const char long_value[] = "11111111111111111111111111111111111111111111111111111111"
					 "11111111111111111111111111111111111111111111111111111111";
	static const struct {
		const char *key, *value, *error;
	} rows[] = {
		{"ring-ref0", NULL, "ring-ref0 "},
		{"ring-ref20", "", "ring-ref20 "},
		{"ring-ref7", "-1", "ring-ref7 "},
		{"ring-ref7", "100", "ring-ref7 "},
		{"ring-ref7", "4294967296", "ring-ref7 "},
		{"event-channel", "0", "event-channel "},
		{"event-channel", long_value, "event-channel "},
		{"event-channel", "1 ", "event-channel "},
		{"version", "2", "version"},
		{"version", "0x1", "version"},
	};
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
		xen_bed_connect(3, 0);
		xen_bed_front(3, 0, CHAN_XENBUS_STATE, "1");
		xen_bed_until(3, 0, "2");
		xen_bed_front(3, 0, rows[i].key, rows[i].value);
		xen_bed_front(3, 0, CHAN_XENBUS_STATE, "3");
		xen_bed_settle();
		xen_bed_until(3, 0, "6");
		if (!strstr(xen_bed_back(3, 0, CHAN_XENBUS_ERROR), rows[i].error))
			fail_msg("%s=%s: %s", rows[i].key, rows[i].value,
				 xen_bed_back(3, 0, CHAN_XENBUS_ERROR));
		assert_int_equal(counter(bed, PROXY_COUNT_device_faults), i + 1);
		assert_int_equal(sessions(bed), 0);
	}
	xen_bed_connect(3, 0);
	assert_string_equal(xen_bed_back(3, 0, CHAN_XENBUS_ERROR), "");
	assert_int_equal(sessions(bed), 1);
}

static void a_reason_is_in_the_journal_however_often_the_device_came_and_went(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_listen();
	for (unsigned int i = 0; i < DEVICE_LOG_CONNECTS + 4; i++)
		xen_bed_connect(3, 0);
	assert_int_equal(xen_bed_said("device 0 of domain 3 connected"), DEVICE_LOG_CONNECTS);
	for (unsigned int i = 0; i < 3; i++) {
		xen_bed_front(3, 0, CHAN_XENBUS_STATE, "1");
		xen_bed_until(3, 0, "2");
		xen_bed_front(3, 0, CHAN_XENBUS_EVENT_CHANNEL, NULL);
		xen_bed_front(3, 0, CHAN_XENBUS_STATE, "3");
		xen_bed_until(3, 0, "6");
	}
	assert_int_equal(xen_bed_said("closed: event-channel is missing"), 1);
	/* what was counted is written before the device goes */
	xen_bed_destroy(3);
	assert_int_equal(devices(bed), 0);
	assert_int_equal(xen_bed_said("connected and 4 more like it"), 1);
	assert_int_equal(xen_bed_said("event-channel is missing and 2 more like it"), 1);
}

static void a_ring_that_cannot_be_mapped_is_that_devices_fault(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_domain(4, "beta", NULL);
	xen_bed_connect(4, 0);
	fake_chan_xen.error = -EINVAL;
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "1");
	xen_bed_offer(3, 0);
	assert_state(3, 0, "6");
	assert_string_not_equal(xen_bed_back(3, 0, CHAN_XENBUS_ERROR), "");
	assert_state(4, 0, "4");
	fake_chan_xen.error = 0;
	xen_bed_connect(3, 0);
	assert_int_equal(sessions(bed), 2);
}

static void a_broken_contract_closes_the_device_with_a_reason(void **state)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	assert_int_equal(chan_put(fake_chan_xen.guest, &slot), 1);
	chan_kick(fake_chan_xen.guest);
	xen_bed_settle();
	assert_int_equal(sessions(bed), 0);
	assert_state(3, 0, "6");
	assert_string_not_equal(xen_bed_back(3, 0, CHAN_XENBUS_ERROR), "");
	xen_bed_connect(3, 0);
	assert_string_equal(xen_bed_back(3, 0, CHAN_XENBUS_ERROR), "");
}

static void more_sessions_than_a_guest_may_have_is_a_fault(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	for (unsigned int i = 1; i < 5; i++) {
		struct io_xen_attach attach = {.domain = "3"};
		g_autofree char *why = NULL;
		struct outcome o = {0};

		assert_true(io_xen_attach(bed->gate->xen, &attach, outcome_is, &o, &why));
		g_free(attach.guest);
		xen_bed_settle();
	}
	for (unsigned int i = 0; i < 4; i++)
		xen_bed_connect(3, i);
	xen_bed_offer(3, 4);
	assert_state(3, 4, "6");
	assert_string_not_equal(xen_bed_back(3, 4, CHAN_XENBUS_ERROR), "");
	assert_int_equal(sessions(bed), 4);
}

static void a_front_end_that_flips_between_3_and_4_is_mapped_once(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	for (unsigned int i = 0; i < 40; i++) {
		xen_bed_front(3, 0, CHAN_XENBUS_STATE, i % 2 ? "4" : "3");
		if (i % 10 == 0)
			xen_bed_settle();
	}
	xen_bed_settle();
	assert_int_equal(fake_chan_xen.tries, 1);
	assert_int_equal(sessions(bed), 1);
	assert_state(3, 0, "4");
}

static void a_thousand_flips_cost_a_few_looks_and_others_nothing(void **state)
{
	static const char *const flips[] = {"1", "3", "4", "5", "6", "2", "x", "", "3", "1"};
	struct xen_bed *bed = *state;
	unsigned int before;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_domain(4, "beta", NULL);
	xen_bed_connect(4, 0);
	before = fake_xenstore_calls();
	for (unsigned int i = 0; i < 1000; i++) {
		xen_bed_front(3, 0, CHAN_XENBUS_STATE, flips[i % G_N_ELEMENTS(flips)]);
		g_main_context_iteration(NULL, FALSE);
	}
	/* the flood's end: seen when the time comes, without more ado */
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "6");
	xen_bed_until(3, 0, "6");
	xen_bed_front(3, 0, CHAN_XENBUS_STATE, "1");
	xen_bed_until(3, 0, "2");
	assert_in_range(fake_xenstore_calls() - before, 1, 1000);
	assert_true(counter(bed, PROXY_COUNT_device_paced) +
			    counter(bed, PROXY_COUNT_store_floods) >
		    0);
	assert_state(4, 0, "4");
	xen_bed_connect(3, 0);
	assert_int_equal(sessions(bed), 2);
}

/* --- xenstore that does wrong --- */

static void transactions_that_others_disturb_are_tried_again(void **state)
{
	fake_xenstore_disturb(5);
	xen_bed_domain(3, "alpha", NULL);
	assert_state(3, 0, "2");
}

static void connected_guests_are_served_while_xenstored_stands_still(void **state)
{
	struct chan_slot slot = {.kind = CHAN_KIND_PORT_QUERY, .cookie = 2};
	struct xen_bed *bed = *state;
	struct chan_slot answer;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	hello();
	fake_xenstore_stop(true);
	xen_bed_front(3, 0, "x", "y");
	fake_xenstore_fire("@introduceDomain");
	assert_int_equal(chan_put(fake_chan_xen.guest, &slot), 1);
	chan_kick(fake_chan_xen.guest);
	while (g_main_context_iteration(NULL, FALSE))
		;
	assert_int_equal(chan_take(fake_chan_xen.guest, &answer), 1);
	assert_int_equal(answer.kind, CHAN_KIND_PORT_REPLY);
	fake_xenstore_stop(false);
	xen_bed_settle();
	assert_state(3, 0, "4");
	assert_int_equal(sessions(bed), 1);
}

static void connected_guests_outlive_xenstored_and_new_ones_come_when_it_is_back(void **state)
{
	struct xen_bed *bed = *state;

	xen_bed_domain(3, "alpha", NULL);
	xen_bed_connect(3, 0);
	fake_xenstore_away(true);
	fake_xenstore_die();
	while (io_store_connected(bed->gate->xen->store))
		g_main_context_iteration(NULL, TRUE);
	xen_bed_domain(4, "beta", NULL);
	assert_int_equal(sessions(bed), 1);
	fake_xenstore_away(false);
	while (!io_store_connected(bed->gate->xen->store))
		g_main_context_iteration(NULL, TRUE);
	xen_bed_settle();
	assert_state(4, 0, "2");
	assert_state(3, 0, "4");
	assert_int_equal(sessions(bed), 1);
	xen_bed_destroy(3);
	assert_int_equal(sessions(bed), 0);
}

static void a_key_that_cannot_be_read_is_a_fault(void **state)
{
	xen_bed_domain(3, "alpha", NULL);
	fake_xenstore_break("/local/domain/3/device/vib/0/ring-ref3", EACCES);
	xen_bed_offer(3, 0);
	assert_state(3, 0, "6");
	assert_non_null(strstr(xen_bed_back(3, 0, CHAN_XENBUS_ERROR), "ring-ref3"));
	fake_xenstore_break("/local/domain/3/device/vib/0/ring-ref3", 0);
	xen_bed_connect(3, 0);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, xen_bed_setup, xen_bed_teardown)
	const struct CMUnitTest tests[] = {
		T(a_domain_of_the_policy_gets_a_device_before_it_runs),
		T(a_domain_that_the_policy_does_not_know_gets_nothing),
		T(a_domain_is_known_by_its_uuid_whatever_it_is_called),
		T(a_front_end_connects_and_sees_its_port_alone),
		T(a_guest_that_is_there_already_is_attached_at_the_start),
		T(a_destroyed_domain_leaves_nothing),
		T(a_domain_with_several_devices_leaves_nothing_at_one_look),
		T(a_domain_that_is_destroyed_at_any_step_leaves_nothing),
		T(an_id_that_another_domain_has_got_is_another_guest),
		T(a_renamed_domain_keeps_nothing_of_the_guest_that_it_was),
		T(a_domain_renamed_to_nobodys_name_stays_who_it_was_until_another_comes),
		T(a_section_that_is_gone_takes_the_device_along_and_brings_it_back),
		T(a_gateway_that_stops_shows_closed_and_its_successor_goes_on),
		T(what_a_killed_gateway_left_is_adopted_or_deleted),
		T(the_operator_attaches_more_devices_to_other_ports),
		T(what_cannot_be_attached_is_said_so),
		T(detach_waits_until_nothing_is_left),
		T(each_device_is_removed_once),
		T(a_device_that_the_toolstack_takes_offline_is_removed),
		T(the_operator_is_shown_substrate_domain_handle_and_state),
		T(every_wrong_key_is_a_fault_with_its_reason_and_the_next_connect_works),
		T(a_reason_is_in_the_journal_however_often_the_device_came_and_went),
		T(a_ring_that_cannot_be_mapped_is_that_devices_fault),
		T(a_broken_contract_closes_the_device_with_a_reason),
		T(more_sessions_than_a_guest_may_have_is_a_fault),
		T(a_front_end_that_flips_between_3_and_4_is_mapped_once),
		T(a_thousand_flips_cost_a_few_looks_and_others_nothing),
		T(transactions_that_others_disturb_are_tried_again),
		T(connected_guests_are_served_while_xenstored_stands_still),
		T(connected_guests_outlive_xenstored_and_new_ones_come_when_it_is_back),
		T(a_key_that_cannot_be_read_is_a_fault),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
