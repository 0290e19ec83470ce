/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/kmad_script.h"

#include <stdio.h>

#define CLIENT_LID 4
#define ANSWER_TID 0x1234500000006789 /* of the SA's answers, as the client chose it */
#define NUMBERS 6

struct run {
	struct fixture *b;
	enum script_agent agent;
	uint16_t lid; /* the remote side's */
	uint8_t method; /* of its MADs */
	const char *step; /* the current one */
	char word[16];
	long n[NUMBERS];
	unsigned int count;
	uint8_t flags;
};

/* --- MADs --- */

void rmpp_mad(uint8_t *mad, uint8_t method, uint64_t tid, const struct piece *p)
{
	fixture_mad(mad, WIRE_CLASS_SA, 2, method, tid);
	mad[24] = p->version ? p->version : 1;
	mad[25] = p->type;
	mad[26] = WIRE_RMPP_ACTIVE | p->flags;
	mad[27] = p->status;
	put_be32(mad + 28, p->segment);
	put_be32(mad + 32, p->length);
	memset(mad + 56, (int)p->segment, 200);
}

void arrives(struct fixture *b, uint16_t lid, uint8_t method, const struct piece *p)
{
	uint8_t mad[256];

	rmpp_mad(mad, method, b->tid, p);
	fixture_arrive(b, lid, mad);
}

void rmpp_message(uint8_t *mad, uint8_t method, uint64_t tid, uint32_t segments)
{
	fixture_mad(mad, WIRE_CLASS_SA, 2, method, tid);
	mad[24] = 1;
	mad[26] = WIRE_RMPP_ACTIVE;
	for (uint32_t n = 0; n < segments; n++)
		memset(mad + 56 + (size_t)n * 200, (int)n + 1, 200);
}

void ask_table(struct fixture *b, uint32_t timeout_ms, uint32_t retries)
{
	uint8_t mad[256];

	fixture_mad(mad, WIRE_CLASS_SA, 2, WIRE_METHOD_GET_TABLE, 77);
	assert_int_equal(fixture_post(b, b->file, b->agent, SA_LID, mad, 256, timeout_ms, retries),
			 0);
	b->tid = wire_mad_tid(mad);
	assert_non_null(fixture_next_sent(b));
}

static void send_message(struct run *r, uint8_t method, uint32_t segments)
{
	struct fixture *b = r->b;
	size_t len = 56 + (size_t)segments * 200;
	uint8_t *mad = malloc(len);
	uint64_t tid = b->tid ? b->tid : ANSWER_TID;

	assert_non_null(mad);
	rmpp_message(mad, method, r->agent == SCRIPT_SA ? tid : 77, segments);
	assert_int_equal(fixture_post(b, b->file, b->agent, r->lid, mad, len, (uint32_t)r->n[2],
				      (uint32_t)r->n[3]),
			 -r->n[4]);
	b->tid = wire_mad_tid(mad);
	free(mad);
}

/* --- expectations --- */

/* The kmad sends an ACK, a STOP or an ABORT. */
static void expect_reply(struct run *r, uint8_t type, uint8_t status, uint32_t segment,
			 uint32_t window)
{
	struct chan_slot *sent = fixture_next_sent(r->b);

	assert_non_null(sent);
	assert_int_equal(sent->mad[3], r->method ^ 0x80);
	assert_int_equal(sent->mad[25], type);
	assert_int_equal(sent->mad[26] & 7, WIRE_RMPP_ACTIVE);
	assert_int_equal(sent->mad[27], status);
	assert_int_equal(get_be32(sent->mad + 28), segment);
	assert_int_equal(get_be32(sent->mad + 32), window);
	assert_int_equal(sent->timeout_ms, 0);
	assert_int_equal(sent->cookie, 0);
}

static void expect_segments(struct fixture *b, long first, long last)
{
	for (long n = first; n <= last; n++) {
		struct chan_slot *sent = fixture_next_sent(b);

		assert_non_null(sent);
		assert_int_equal(sent->mad[25], WIRE_RMPP_DATA);
		assert_int_equal(get_be32(sent->mad + 28), n);
		assert_int_equal(sent->mad[56], n);
		assert_int_equal(sent->mad[255], n);
	}
	fixture_expect_silence(b);
}

static void expect_table(struct fixture *b, size_t segments, size_t len)
{
	struct kmad_msg *msg = fixture_read(b, b->file);

	assert_non_null(msg);
	assert_int_equal(msg->status, 0);
	assert_int_equal(msg->len, len);
	assert_int_equal(wire_mad_tid(msg->data), b->tid);
	for (size_t n = 1; n <= segments && 56 + n * 200 <= len; n++) {
		assert_int_equal(msg->data[56 + (n - 1) * 200], (uint8_t)n);
		assert_int_equal(msg->data[56 + n * 200 - 1], (uint8_t)n);
	}
	free(msg);
}

/* Time-out and retries default to those of the first request. */
static void expect_request(struct run *r)
{
	struct chan_slot *sent = fixture_next_sent(r->b);

	assert_non_null(sent);
	assert_int_equal(sent->mad[3], r->b->sent[0].mad[3]);
	if (r->count)
		assert_int_equal((uint32_t)wire_mad_tid(sent->mad), r->n[0]);
	else
		assert_int_equal(wire_mad_tid(sent->mad), r->b->tid);
	assert_int_equal(sent->timeout_ms, r->count > 1 ? r->n[1] : r->b->sent[0].timeout_ms);
	assert_int_equal(sent->retries, r->count > 2 ? r->n[2] : r->b->sent[0].retries);
}

/* --- words --- */

static bool is(const struct run *r, const char *word)
{
	return !strcmp(r->word, word);
}

static bool process_does(struct run *r)
{
	struct fixture *b = r->b;
	const long *n = r->n;

	if (is(r, "get"))
		fixture_asks(b, (uint32_t)n[0], (uint32_t)n[1], (uint32_t)n[2]);
	else if (is(r, "reply"))
		assert_int_equal(fixture_sends(b, WIRE_METHOD_GET_RESP, (uint32_t)n[0],
					       (uint32_t)n[1], 0),
				 0);
	else if (is(r, "query"))
		ask_table(b, (uint32_t)n[0], (uint32_t)n[1]);
	else if (is(r, "send"))
		send_message(r, (uint8_t)n[0], (uint32_t)n[1]);
	else if (is(r, "unregister"))
		assert_int_equal(fixture_unregister(b, b->file, b->agent), 0);
	else if (is(r, "pass"))
		fixture_pass(b, (uint64_t)n[0]);
	else
		return false;
	return true;
}

static bool link_does(struct run *r)
{
	struct fixture *b = r->b;

	if (is(r, "room")) {
		b->room = (unsigned int)r->n[0];
	} else if (is(r, "lose")) {
		b->room = 0;
		kmad_link_lost(b->k, b->now);
		b->seen = b->sent_count;
	} else if (is(r, "back")) {
		b->room = UINT32_MAX;
		kmad_tick(b->k, b->now);
	} else if (is(r, "fail")) {
		kmad_fail_all(b->k, (uint32_t)r->n[0]);
	} else if (is(r, "answer")) {
		fixture_answer(b, &b->sent[r->n[0]]);
	} else if (is(r, "done")) {
		fixture_send_done(b, &b->sent[r->n[0]], (uint32_t)r->n[1]);
	} else {
		return false;
	}
	kmad_check(b->k);
	return true;
}

static void piece_arrives(struct run *r, uint8_t type, uint8_t status, long segment, long length)
{
	arrives(r->b, r->lid, r->method,
		&(struct piece){type, r->flags, status, (uint8_t)r->n[4], (uint32_t)segment,
				(uint32_t)length});
}

/* A last segment with this number and data that differ from the message's. */
static void other_arrives(struct run *r)
{
	const struct piece p = {WIRE_RMPP_DATA, WIRE_RMPP_LAST, 0, 1, (uint32_t)r->n[0], 20};
	uint8_t mad[256];

	rmpp_mad(mad, r->method, r->b->tid, &p);
	memset(mad + 56, 0xee, 200);
	fixture_arrive(r->b, r->lid, mad);
}

static void plain_arrives(struct run *r)
{
	uint8_t mad[256];

	fixture_mad(mad, r->b->reg.mgmt_class, r->b->reg.mgmt_class_version, r->method, r->b->tid);
	mad[4] = 7; /* request denied */
	fixture_arrive(r->b, r->lid, mad);
}

static bool peer_does(struct run *r)
{
	const long *n = r->n;

	if (is(r, "seg"))
		piece_arrives(r, WIRE_RMPP_DATA, 0, n[0], n[1]);
	else if (is(r, "segs"))
		for (long i = n[0]; i <= n[1]; i++)
			piece_arrives(r, WIRE_RMPP_DATA, 0, i, 0);
	else if (is(r, "ack"))
		piece_arrives(r, WIRE_RMPP_ACK, 0, n[0], n[1]);
	else if (is(r, "rmpp"))
		piece_arrives(r, (uint8_t)n[0], (uint8_t)n[1], n[2], n[3]);
	else if (is(r, "other"))
		other_arrives(r);
	else if (is(r, "plain"))
		plain_arrives(r);
	else if (is(r, "method"))
		r->method = (uint8_t)n[0];
	else if (is(r, "lid"))
		r->lid = (uint16_t)n[0];
	else if (is(r, "tid"))
		r->b->tid += (uint64_t)n[0];
	else
		return false;
	return true;
}

static bool kmad_did(struct run *r)
{
	const struct fixture *b = r->b;
	const long *n = r->n;

	if (is(r, "acks"))
		expect_reply(r, WIRE_RMPP_ACK, 0, (uint32_t)n[0], (uint32_t)n[1]);
	else if (is(r, "aborts"))
		expect_reply(r, WIRE_RMPP_ABORT, (uint8_t)n[0], 0, 0);
	else if (is(r, "stops"))
		expect_reply(r, WIRE_RMPP_STOP, WIRE_RMPP_STATUS_RESOURCES_EXHAUSTED, 0, 0);
	else if (is(r, "sends"))
		expect_segments(r->b, n[0], n[1]);
	else if (is(r, "asks"))
		expect_request(r);
	else if (is(r, "sent"))
		assert_int_equal(b->sent_count, n[0]);
	else if (is(r, "silence"))
		fixture_expect_silence(r->b);
	else if (is(r, "over"))
		assert_int_equal(kmad_deadline(b->k).ms, MONO_NEVER.ms);
	else if (is(r, "overdue") || is(r, "in-time"))
		assert_int_equal(kmad_is_overdue(b->k, (unsigned int)b->file, b->now),
				 is(r, "overdue"));
	else
		return false;
	return true;
}

static bool file_got(struct run *r)
{
	struct fixture *b = r->b;

	if (is(r, "mad"))
		fixture_expect_mad(b, b->file);
	else if (is(r, "table"))
		expect_table(b, (size_t)r->n[0], (size_t)r->n[1]);
	else if (is(r, "message"))
		fixture_expect(b, b->file, (size_t)r->n[0]);
	else if (is(r, "failure"))
		fixture_expect_failure(b, b->file, (uint32_t)r->n[0]);
	else if (is(r, "nothing"))
		fixture_expect_nothing(b, b->file);
	else
		return false;
	return true;
}

/* --- steps --- */

static long number_of(const char *token, size_t len)
{
	static const struct {
		const char *name;
		long value;
	} names[] = {{"EIO", EIO},
		     {"EINVAL", EINVAL},
		     {"EAGAIN", EAGAIN},
		     {"ENODEV", ENODEV},
		     {"ETIMEDOUT", ETIMEDOUT},
		     {"ACK", WIRE_RMPP_ACK},
		     {"STOP", WIRE_RMPP_STOP},
		     {"ABORT", WIRE_RMPP_ABORT},
		     {"DATA", WIRE_RMPP_DATA}};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strlen(names[i].name) == len && !strncmp(names[i].name, token, len))
			return names[i].value;
	assert_true((token[0] >= '0' && token[0] <= '9') || token[0] == '-');
	return strtol(token, NULL, 0);
}

static void token_take(struct run *r, const char *token, size_t len)
{
	if (token == r->step) {
		assert_true(len < sizeof(r->word));
		memcpy(r->word, token, len);
		return;
	}
	for (size_t i = 0; i < len; i++)
		if (token[i] != 'F' && token[i] != 'L') {
			assert_true(r->count < NUMBERS);
			r->n[r->count++] = number_of(token, len);
			return;
		}
	for (size_t i = 0; i < len; i++)
		r->flags |= token[i] == 'F' ? WIRE_RMPP_FIRST : WIRE_RMPP_LAST;
}

static void step(struct run *r)
{
	const char *at = r->step;

	memset(r->word, 0, sizeof(r->word));
	memset(r->n, 0, sizeof(r->n));
	r->count = r->flags = 0;
	while (*at && *at != ',') {
		size_t len = strcspn(at, " ,");

		token_take(r, at, len);
		at += len + strspn(at + len, " ");
	}
	if (!process_does(r) && !link_does(r) && !peer_does(r) && !kmad_did(r) && !file_got(r))
		fail_msg("no such word");
}

static const char *step_now; /* for the teardown, to print where it failed */

void script_go_on(struct fixture *b, enum script_agent agent, const char *text)
{
	struct run r = {.b = b,
			.agent = agent,
			.lid = agent == SCRIPT_SA_CLIENT ? SA_LID : CLIENT_LID,
			.method = agent == SCRIPT_SA_CLIENT ? 0x92
							    : 0x12}; /* GetTableResp, GetTable */

	while (*text) {
		r.step = step_now = text;
		step(&r);
		text += strcspn(text, ",");
		text += strspn(text, ", ");
	}
	step_now = NULL;
}

static void script_run(void **state)
{
	static const struct {
		uint8_t mgmt_class, version, rmpp;
		uint32_t methods;
	} agents[] = {[SCRIPT_PERF] = {WIRE_CLASS_PERF, 1, 0, 0},
		      [SCRIPT_SA_CLIENT] = {WIRE_CLASS_SA, 2, 1, 0},
		      [SCRIPT_SA] = {WIRE_CLASS_SA, 2, 1, 0xffffffff}};
	const struct script *s = *state;
	struct fixture b;

	fixture_open_agent(&b, s->params ? s->params : &fixture_kernel_like,
			   agents[s->agent].mgmt_class, agents[s->agent].version,
			   agents[s->agent].rmpp, agents[s->agent].methods);
	script_go_on(&b, s->agent, s->text);
	fixture_close(&b);
}

static int script_end(void **state)
{
	if (step_now)
		print_message("in: %.*s\n", (int)strcspn(step_now, ","), step_now);
	step_now = NULL;
	return 0;
}

int scripts_run(const struct script *scripts, size_t n, const struct CMUnitTest *others,
		size_t others_n)
{
	struct CMUnitTest *tests = calloc(n + others_n, sizeof(*tests));
	int failed;

	assert_non_null(tests);
	for (size_t i = 0; i < n; i++)
		tests[i] = (struct CMUnitTest){.name = scripts[i].name,
					       .test_func = script_run,
					       .teardown_func = script_end,
					       .initial_state = (void *)(uintptr_t)&scripts[i]};
	if (others_n)
		memcpy(tests + n, others, others_n * sizeof(*tests));
	failed = _cmocka_run_group_tests("scripts", tests, n + others_n, NULL, NULL);
	free(tests);
	return failed;
}
