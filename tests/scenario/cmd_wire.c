/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands of the port, the fabric and the clock. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "tests/scenario/mads.h"
#include "tests/scenario/replay.h"
#include "tests/scenario/scenario.h"
#include "wire/answer.h"

#define AGENT_HALF (UINT64_C(0x7) << 32) /* here the kernel puts its agent's number */

/* PORT n [lid= lmc= sm= pkeys=a,b,..]: gives the core these attributes. */
static void port(struct words *w)
{
	unsigned int number = (unsigned int)word_number(words_need(w, "the port's number"));
	struct proxy_port_attr attr = {
		.info = {.ca_name = "mlx4_0", .gid_prefix = MADS_GID_PREFIX, .state = 4}};
	const char *pkeys = words_arg(w, "pkeys");
	char list[1024], *save = NULL;

	attr.info.port_guid = words_num_or(w, "guid", MADS_PORT_GUID + number);
	attr.info.base_lid = (uint16_t)words_num_or(w, "lid", 4);
	attr.info.lmc = (uint8_t)words_num_or(w, "lmc", 0);
	attr.info.sm_lid = (uint16_t)words_num_or(w, "sm", 1);
	if (!pkeys)
		pkeys = "0xffff";
	if (strlen(pkeys) >= sizeof(list))
		fail("too many P_Keys");
	strcpy(list, pkeys);
	for (char *p = strtok_r(list, ",", &save); p; p = strtok_r(NULL, ",", &save))
		attr.pkey[attr.info.pkeys++] = (uint16_t)word_number(p);
	scenario_port(number, &attr);
}

/* EVENT port=0 REREGISTER */
static void port_event(struct words *w)
{
	struct proxy_event event = {.kind = PROXY_EV_PORT_EVENT};

	event.port_event.port = (unsigned int)words_num_or(w, "port", 0);
	event.port_event.event = port_event_of(words_need(w, "the event"));
	scenario_step(&event);
}

/* REGISTERED name [errno=] */
static void registered(struct words *w)
{
	struct proxy_event event = {.kind = PROXY_EV_REGISTERED};
	const char *name = words_next(w);
	uint64_t token;

	if (!words_num(w, "token", &token))
		token = scenario_reg(name ? name : "?")->token;
	event.registered.token = (uint32_t)token;
	event.registered.error = (int)words_num_or(w, "errno", 0);
	scenario_step(&event);
}

/* WIRE ANSWER q [from= fromqp= port= tid=] [CLASS METHOD ATTR] fields */
void wire_answer(struct words *w)
{
	const struct named_send *q = scenario_send(words_need(w, "the request"));
	struct chan_addr from = q->send.addr;
	unsigned int number = (unsigned int)words_num_or(w, "port", q->send.port);
	uint8_t mad[WIRE_MAD_BYTES];
	struct wire_answer due;
	uint64_t status, tid;

	memcpy(mad, q->mad, sizeof(mad));
	due = wire_answer_of(mad[1], mad[3], wire_mad_attribute(mad));
	wire_mad_set_method(mad, due.method);
	wire_mad_set_attribute(mad, due.attribute);
	from.lid = (uint16_t)words_num_or(w, "from", from.lid);
	from.qpn = (uint32_t)words_num_or(w, "fromqp", from.qpn);
	tid = words_num_or(w, "tid", AGENT_HALF | (uint32_t)wire_mad_tid(mad));
	wire_mad_set_tid(mad, tid);
	status = words_num_or(w, "status", 0);
	put_be16(mad + 4, (uint16_t)(status | (mad[1] == WIRE_CLASS_SUBN_DR ? 0x8000 : 0)));
	mads_change(mad, w);
	scenario_port_mad(number, 0, 0, &from, mad);
}

/* WIRE TIMEOUT q: the port returns the request, as umad does. [errno=] */
static void timeout(struct words *w)
{
	const struct named_send *q = scenario_send(words_need(w, "the request"));
	uint8_t mad[WIRE_MAD_BYTES];

	memcpy(mad, q->mad, sizeof(mad));
	wire_mad_set_tid(mad, AGENT_HALF | (uint32_t)wire_mad_tid(mad));
	scenario_port_mad((unsigned int)words_num_or(w, "port", q->send.port), 0,
			  (uint32_t)words_num_or(w, "errno", ETIMEDOUT), &q->send.addr, mad);
}

/* WIRE UNSOLICITED name|token=.. from= tid= MAD words */
static void unsolicited(struct words *w)
{
	struct chan_addr from = {.qpn = 1, .qkey = 0x80010000, .pkey_index = 1};
	uint8_t mad[WIRE_MAD_BYTES];
	unsigned int number = 0;
	uint64_t token, tid;

	if (!words_num(w, "token", &token)) {
		const struct named_reg *r = scenario_reg(words_need(w, "the registration"));

		token = r->token;
		number = r->port;
	}
	number = (unsigned int)words_num_or(w, "port", number);
	from.lid = (uint16_t)words_num_or(w, "from", 9);
	from.qpn = (uint32_t)words_num_or(w, "fromqp", 1);
	tid = words_num_or(w, "tid", 0x1234);
	mads_build(mad, w);
	wire_mad_set_tid(mad, tid);
	scenario_port_mad(number, (uint32_t)token, 0, &from, mad);
}

static void wire(struct words *w)
{
	const char *what = words_need(w, "ANSWER, TIMEOUT or UNSOLICITED");

	if (!strcmp(what, "ANSWER"))
		wire_answer(w);
	else if (!strcmp(what, "TIMEOUT"))
		timeout(w);
	else if (!strcmp(what, "UNSOLICITED"))
		unsolicited(w);
	else
		fail("WIRE %s?", what);
}

static void time_passes(struct words *w)
{
	scenario_pass(word_number(words_need(w, "milliseconds")));
}

static void tick(struct words *w)
{
	struct proxy_event event = {.kind = PROXY_EV_TICK};

	scenario_step(&event);
}

static void restart(struct words *w)
{
	scenario_restart();
}

/* STATES n: the number of stored records. */
static void states(struct words *w)
{
	uint64_t must = word_number(words_need(w, "how many"));

	if (scenario.states != must)
		fail("%u records are kept", scenario.states);
}

const struct command wire_commands[] = {
	{"RESTART", restart, false},
	{"STATES", states, true},
	{"PORT", port, false},
	{"EVENT", port_event, false},
	{"REGISTERED", registered, false},
	{"WIRE", wire, false},
	{"TIME_PASSES", time_passes, false},
	{"TICK", tick, false},
	{NULL, NULL, false},
};
