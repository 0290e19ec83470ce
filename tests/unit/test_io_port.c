/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The physical port of the shell, on a fake libibumad. */
#include <stdio.h>

#include "mad-proxy/io/port_attr.h"
#include "mad-proxy/io/hca_port.h"
#include "tests/unit/test.h"
#include "tests/unit/fake_umad.h"
#include "wire/mad.h"

/* What the port reported. */
struct told {
	unsigned int mads, attrs, states, regs_lost;
	uint32_t token, status;
	struct chan_addr addr;
	uint8_t mad[256];
	struct proxy_port_attr attr;
	int error;
	enum chan_port_event event[16];
	unsigned int events;
	bool expects; /* reported to the port: the core expects answers */
};

struct fixture {
	struct io_poller poller;
	struct io_umad_port port;
	struct told told;
};

static void on_mad(void *ctx, unsigned int port, uint32_t token, uint32_t status,
		   const struct chan_addr *addr, const uint8_t *mad)
{
	struct told *t = ctx;

	assert_int_equal(port, 3);
	t->mads++;
	t->token = token;
	t->status = status;
	t->addr = *addr;
	memcpy(t->mad, mad, sizeof(t->mad));
}

static void on_attr(void *ctx, unsigned int port, const struct proxy_port_attr *attr)
{
	struct told *t = ctx;

	t->attrs++;
	t->attr = *attr;
}

static void on_event(void *ctx, unsigned int port, enum chan_port_event event)
{
	struct told *t = ctx;

	t->event[t->events++] = event;
}

static void on_state(void *ctx, unsigned int port, int error)
{
	struct told *t = ctx;

	t->states++;
	t->error = error;
}

static void on_reg_lost(void *ctx, unsigned int port, const struct chan_register *what, int error)
{
	struct told *t = ctx;

	t->regs_lost++;
	t->error = error;
}

static bool on_expects(void *ctx)
{
	const struct told *told = ctx;

	return told->expects;
}

static const struct io_umad_ops ops = {.expects = on_expects,
				       .reg_lost = on_reg_lost,
				       .mad = on_mad,
				       .attr = on_attr,
				       .event = on_event,
				       .state = on_state};

static int setup(void **state)
{
	static struct fixture f;

	memset(&f, 0, sizeof(f));
	fake_umad_reset();
	assert_int_equal(io_poller_init(&f.poller), 0);
	io_umad_port_init(&f.port, &ops, &f.told, &f.poller, 3, "fake0", 1);
	assert_int_equal(io_umad_port_open(&f.port), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	io_umad_port_fini(&f->port);
	io_poller_fini(&f->poller);
	assert_int_equal(fake_umad_open_files(), 0);
	return 0;
}

static struct proxy_send send_of(uint8_t *mad, uint8_t mgmt_class)
{
	memset(mad, 0, 256);
	mad[0] = 1;
	mad[1] = mgmt_class;
	mad[3] = 1;
	return (struct proxy_send){
		.timeout_ms = 250, .addr = {.lid = 9, .qpn = 1, .qkey = 0x80010000}, .mad = mad};
}

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)

TEST_F(sends_leave_by_agents_that_own_nothing, struct fixture *f)
{
	static const uint8_t classes[] = {WIRE_CLASS_SUBN_DR,
					  WIRE_CLASS_SUBN_LID,
					  WIRE_CLASS_SA,
					  WIRE_CLASS_PERF,
					  0x32,
					  0x09};
	uint8_t mad[256];

	for (size_t i = 0; i < sizeof(classes); i++) {
		struct proxy_send send = send_of(mad, classes[i]);

		assert_int_equal(io_umad_port_send(&f->port, &send), 0);
	}
	assert_int_equal(fake_umad.sent_count, sizeof(classes));
	for (size_t i = 0; i < sizeof(classes); i++) {
		const struct fake_message *m = &fake_umad.sent[i];
		const struct fake_agent *a = &fake_umad.file[0].agent[m->umad.agent_id];
		static const uint8_t none[16];

		assert_memory_equal(a->methods, none, sizeof(none));
		assert_int_equal(a->rmpp_version, 0);
		/* QP0 is selected by the class of the agent: SMPs need their own. */
		assert_int_equal(a->mgmt_class, i < 2 ? classes[i] : 0);
		assert_int_equal(m->umad.timeout_ms, 250);
		assert_int_equal(m->umad.retries, 0);
		assert_int_equal(be16toh(m->umad.addr.lid), 9);
		assert_int_equal(be32toh(m->umad.addr.qkey), 0x80010000);
		assert_int_equal(m->mad[1], classes[i]);
	}
}

TEST_F(a_library_without_class_0_gets_an_agent_a_class, struct fixture *f)
{
	struct proxy_send send;
	uint8_t mad[256];

	io_umad_port_fini(&f->port);
	fake_umad.no_class_0 = true;
	io_umad_port_init(&f->port, &ops, &f->told, &f->poller, 3, "fake0", 1);
	assert_int_equal(io_umad_port_open(&f->port), 0);
	send = send_of(mad, WIRE_CLASS_SA);
	assert_int_equal(io_umad_port_send(&f->port, &send), 0);
	send = send_of(mad, WIRE_CLASS_PERF);
	assert_int_equal(io_umad_port_send(&f->port, &send), 0);
	assert_int_equal(fake_umad.file[0].agent[fake_umad.sent[0].umad.agent_id].mgmt_class,
			 WIRE_CLASS_SA);
	assert_int_equal(fake_umad.file[0].agent[fake_umad.sent[0].umad.agent_id].version, 2);
	assert_int_equal(fake_umad.file[0].agent[fake_umad.sent[1].umad.agent_id].mgmt_class,
			 WIRE_CLASS_PERF);
}

TEST_F(a_send_that_timed_out_comes_back_with_its_header, struct fixture *f)
{
	uint8_t mad[256];

	memset(mad, 0xab, sizeof(mad));
	fake_umad_give(0, 0, ETIMEDOUT, mad, 24);
	/* Old content of the receive buffer must not follow the header. */
	memset(umad_get_mad(f->port.recv_buf), 0x55, 256);
	io_poller_fetch(&f->poller, 0);
	io_poller_call(&f->poller);
	assert_int_equal(f->told.mads, 1);
	assert_int_equal(f->told.status, ETIMEDOUT);
	assert_int_equal(f->told.token, 0);
	assert_int_equal(f->told.mad[23], 0xab);
	for (int i = 24; i < 256; i++)
		assert_int_equal(f->told.mad[i], 0);
}

TEST_F(after_one_mad_another_is_looked_for_only_while_answers_are_outstanding, struct fixture *f)
{
	uint8_t mad[256] = {1, WIRE_CLASS_SA};

	for (unsigned int expects = 0; expects < 2; expects++) {
		f->told.mads = 0;
		f->told.expects = expects;
		for (int i = 0; i < 3; i++)
			fake_umad_give(0, 0, 0, mad, 256);
		for (unsigned int round = 1; f->told.mads < 3; round++) {
			assert_true(io_poller_fetch(&f->poller, 0) > 0);
			io_poller_call(&f->poller);
			assert_int_equal(f->told.mads, expects ? 3 : round);
		}
	}
}

static struct chan_register ping_register(unsigned int method)
{
	struct chan_register what = {
		.mgmt_class = 0x32, .mgmt_class_version = 1, .oui = {0, 0x14, 0x05}};

	what.method_mask[method / 32] = 1u << (method % 32);
	return what;
}

TEST_F(an_unsolicited_mad_carries_the_token_of_its_registration, struct fixture *f)
{
	struct chan_register what = ping_register(67);
	const struct fake_agent *a = fake_umad.file[0].agent;
	uint8_t mad[256] = {1, 0x32};
	int agent = 0;

	assert_int_equal(io_umad_port_register(&f->port, 77, &what), 0);
	while (a[agent].mgmt_class != 0x32)
		agent++;
	assert_int_equal(a[agent].methods[67 / 8], 1 << (67 % 8));
	assert_int_equal(a[agent].rmpp_version, 0);
	assert_memory_equal(a[agent].oui, what.oui, 3);
	fake_umad_give(0, agent, 0, mad, 256);
	io_poller_fetch(&f->poller, 0);
	io_poller_call(&f->poller);
	assert_int_equal(f->told.token, 77);
	assert_int_equal(f->told.addr.lid, 7);
	io_umad_port_unregister(&f->port, 77);
	assert_false(a[agent].used);
}

TEST_F(more_agents_than_a_file_holds_open_another, struct fixture *f)
{
	uint8_t mad[256] = {1, 0x32};

	for (uint32_t token = 1; token <= 40; token++) {
		struct chan_register what = ping_register(token);

		assert_int_equal(io_umad_port_register(&f->port, token, &what), 0);
	}
	assert_int_equal(fake_umad_open_files(), 2);
	fake_umad_give(1, 0, 0, mad, 256);
	io_poller_fetch(&f->poller, 0);
	io_poller_call(&f->poller);
	assert_in_range(f->told.token, 30, 32);
	for (uint32_t token = 1; token <= 40; token++)
		io_umad_port_unregister(&f->port, token);
	for (int i = 0; i < FAKE_AGENTS; i++)
		assert_false(fake_umad.file[1].agent[i].used);
}

TEST_F(a_port_that_vanishes_is_down_and_comes_back_with_its_registrations, struct fixture *f)
{
	struct chan_register what = ping_register(1);
	struct proxy_send send;
	uint8_t mad[256];
	bool again = false;

	assert_int_equal(io_umad_port_register(&f->port, 5, &what), 0);
	fake_umad.present = false;
	fake_umad.recv_errno = EIO;
	fake_umad_poke(0);
	io_poller_fetch(&f->poller, 0);
	io_poller_call(&f->poller);
	assert_int_equal(fake_umad_open_files(), 0);
	assert_int_equal(f->told.states, 1);
	assert_int_equal(f->told.error, EIO);
	assert_int_equal(f->told.events, 1);
	assert_int_equal(f->told.event[0], CHAN_PORT_DOWN);
	assert_int_equal(f->told.attr.info.state, IO_PORT_STATE_DOWN);
	send = send_of(mad, WIRE_CLASS_SA);
	assert_int_equal(io_umad_port_send(&f->port, &send), -ENODEV);
	assert_int_equal(io_umad_port_register(&f->port, 6, &what), -ENODEV);
	io_umad_port_poll(&f->port);
	assert_int_equal(f->told.states, 1);

	fake_umad.present = true;
	fake_umad.recv_errno = 0;
	io_umad_port_poll(&f->port);
	assert_int_equal(f->told.states, 2);
	assert_int_equal(f->told.error, 0);
	assert_int_equal(f->told.event[f->told.events - 1], CHAN_PORT_ACTIVE);
	for (int i = 0; i < FAKE_AGENTS; i++)
		again |= fake_umad.file[0].agent[i].used &&
			 fake_umad.file[0].agent[i].mgmt_class == 0x32;
	assert_true(again);
	assert_int_equal(f->told.regs_lost, 0);
}

TEST_F(is_sm_is_raised_again_when_the_port_comes_back, struct fixture *f)
{
	assert_int_equal(io_umad_port_set_issm(&f->port, true), 0);
	assert_true(f->port.issm_fd >= 0);
	fake_umad.present = false;
	io_umad_port_poll(&f->port);
	assert_int_equal(f->port.issm_fd, -1);
	fake_umad.present = true;
	io_umad_port_poll(&f->port);
	assert_true(f->port.issm_fd >= 0);
	assert_int_equal(io_umad_port_set_issm(&f->port, false), 0);
	assert_int_equal(f->port.issm_fd, -1);
}

TEST_F(a_registration_that_somebody_took_meanwhile_is_told, struct fixture *f)
{
	struct chan_register what = ping_register(1);

	assert_int_equal(io_umad_port_register(&f->port, 5, &what), 0);
	fake_umad.present = false;
	io_umad_port_poll(&f->port);
	fake_umad.present = true;
	fake_umad.taken_class = 0x32;
	io_umad_port_poll(&f->port);
	assert_int_equal(f->told.states, 2);
	assert_int_equal(f->told.regs_lost, 1);
}

TEST_F(a_send_on_a_dead_device_closes_the_port_at_the_next_poll, struct fixture *f)
{
	struct proxy_send send;
	uint8_t mad[256];

	fake_umad.send_errno = ENODEV;
	send = send_of(mad, WIRE_CLASS_PERF);
	assert_int_equal(io_umad_port_send(&f->port, &send), -ENODEV);
	assert_int_equal(f->told.states, 0);
	io_umad_port_poll(&f->port);
	assert_int_equal(f->told.error, ENODEV);
	assert_int_equal(fake_umad_open_files(), 0);
}

TEST_F(a_poll_tells_what_changed_and_nothing_else, struct fixture *f)
{
	io_umad_port_poll(&f->port);
	assert_int_equal(f->told.attrs, 0);
	assert_int_equal(f->told.events, 0);
	fake_umad.lid = 12;
	fake_umad.sm_lid = 2;
	io_umad_port_poll(&f->port);
	assert_int_equal(f->told.attrs, 1);
	assert_int_equal(f->told.attr.info.base_lid, 12);
	assert_int_equal(f->told.events, 2);
	assert_int_equal(f->told.event[0], CHAN_PORT_LID);
	assert_int_equal(f->told.event[1], CHAN_PORT_SM);
}

TEST_F(a_file_that_only_reports_an_error_is_not_polled_for_ever, struct fixture *f)
{
	struct io_watch *watch = &f->port.file[0].watch;

	watch->ready(watch, EPOLLERR | EPOLLHUP);
	assert_int_equal(f->told.error, ENODEV);
	assert_int_equal(fake_umad_open_files(), 0);
}

TEST(port_changes_are_told_in_order)
{
	static const struct {
		uint8_t state[2];
		uint16_t lid[2], sm_lid[2], pkey[2];
		unsigned int count;
		enum chan_port_event event[4];
	} rows[] = {
		{{4, 4}, {4, 4}, {1, 1}, {1, 1}, 0, {0}},
		{{4, 1}, {4, 0}, {1, 0}, {1, 2}, 1, {CHAN_PORT_DOWN}},
		{{4, 2}, {4, 4}, {1, 1}, {1, 1}, 1, {CHAN_PORT_DOWN}},
		{{1, 2}, {0, 0}, {0, 0}, {1, 1}, 0, {0}},
		{{2, 4},
		 {0, 4},
		 {0, 1},
		 {1, 1},
		 3,
		 {CHAN_PORT_LID, CHAN_PORT_SM, CHAN_PORT_ACTIVE}},
		{{4, 4}, {4, 5}, {1, 1}, {1, 1}, 1, {CHAN_PORT_LID}},
		{{4, 4}, {4, 4}, {1, 3}, {1, 1}, 1, {CHAN_PORT_SM}},
		{{4, 4}, {4, 4}, {1, 1}, {1, 2}, 1, {CHAN_PORT_PKEY}},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		enum chan_port_event got[IO_PORT_CHANGES_MAX];
		struct proxy_port_attr attr[2];

		memset(attr, 0, sizeof(attr));
		for (int j = 0; j < 2; j++) {
			attr[j].info.state = rows[i].state[j];
			attr[j].info.base_lid = rows[i].lid[j];
			attr[j].info.sm_lid = rows[i].sm_lid[j];
			attr[j].info.pkeys = 1;
			attr[j].pkey[0] = rows[i].pkey[j];
		}
		assert_int_equal(io_port_attr_changes(&attr[0], &attr[1], got), rows[i].count);
		for (unsigned int e = 0; e < rows[i].count; e++)
			assert_int_equal(got[e], rows[i].event[e]);
	}
}
