/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* RMPP both ways: byte by byte against captures of the kernel, and in every class with RMPP. */
#include "tests/unit/test.h"
#include "tests/unit/kmad_fixture.h"
#include "tests/unit/wire_vectors.h"

/* Replays the MADs of one transaction as its requester. Returns the message received. */
static struct kmad_msg *replay_requester(const struct vector_mad *v, size_t count)
{
	struct kmad_params params = {.seed = (uint32_t)(wire_mad_tid(v->mad) >> 32) - 1};
	struct fixture b;
	struct kmad_msg *msg;
	struct chan_slot *sent;
	uint8_t mad[256];
	size_t i;

	fixture_open_agent(&b, &params, WIRE_CLASS_SA, 2, 1, 0);
	memcpy(mad, v[0].mad, 256);
	memset(mad + 8, 0xee, 4);
	assert_int_equal(fixture_post(&b, b.file, b.agent, v[0].dlid, mad, 256, 1000, 3), 0);
	for (i = 0; i < count; i++) {
		if (v[i].slid != v[0].slid) {
			fixture_arrive(&b, v[i].slid, v[i].mad);
			continue;
		}
		sent = fixture_next_sent(&b);
		assert_non_null(sent);
		assert_memory_equal(sent->mad, v[i].mad, 256);
		assert_int_equal(sent->addr.lid, v[i].dlid);
		assert_int_equal(sent->addr.qkey, v[i].qkey);
	}
	fixture_expect_silence(&b);
	msg = fixture_read(&b, b.file);
	assert_non_null(msg);
	assert_int_equal(msg->status, 0);
	fixture_close(&b);
	return msg;
}

/* Replays them as the SA, which answers with this message. */
static void replay_responder(const struct vector_mad *v, size_t count, struct kmad_msg *answer)
{
	struct fixture b;
	struct chan_slot *sent;
	size_t i;

	fixture_open_agent(&b, &fixture_kernel_like, WIRE_CLASS_SA, 2, 1, 0xffffffff);
	fixture_arrive(&b, v[0].slid, v[0].mad);
	fixture_expect_mad(&b, b.file);
	assert_int_equal(
		fixture_post(&b, b.file, b.agent, v[0].slid, answer->data, answer->len, 0, 3), 0);
	for (i = 1; i < count; i++) {
		if (v[i].slid == v[0].slid) {
			fixture_arrive(&b, v[i].slid, v[i].mad);
			continue;
		}
		sent = fixture_next_sent(&b);
		assert_non_null(sent);
		assert_memory_equal(sent->mad, v[i].mad, 256);
	}
	fixture_expect_silence(&b);
	fixture_pass(&b, 60000);
	fixture_expect_silence(&b);
	fixture_expect_nothing(&b, b.file);
	fixture_close(&b);
}

TEST(captured_tables_are_received_and_sent_as_by_the_kernel)
{
	struct vectors all = vectors_load();
	struct kmad_msg *msg;
	size_t i, end, tables = 0;

	for (i = 0; i < all.len; i = end) {
		for (end = i + 1; end < all.len; end++)
			if (wire_mad_tid(all.mads[end].mad) != wire_mad_tid(all.mads[i].mad) ||
			    strcmp(all.mads[end].file, all.mads[i].file))
				break;
		if (strncmp(all.mads[i].file, "39-", 3) ||
		    wire_mad_class(all.mads[i].mad) != WIRE_CLASS_SA ||
		    wire_mad_is_response(all.mads[i].mad))
			continue;
		msg = replay_requester(&all.mads[i], end - i);
		if (wire_rmpp_active(all.mads[i + 1].mad))
			replay_responder(&all.mads[i], end - i, msg);
		tables++;
		free(msg);
	}
	assert_true(tables > 5);
	vectors_free(&all);
}

TEST(vendor_and_device_classes_have_their_own_data_offset)
{
	static const struct {
		uint8_t mgmt_class;
		uint32_t offset;
	} rows[] = {{WIRE_CLASS_SA, 56},
		    {WIRE_CLASS_DEV_MGT, 64},
		    {0x10, 64},
		    {0x12, 64},
		    {WIRE_CLASS_OPENIB_PING, 40}};
	uint8_t message[2000], mad[256];
	struct fixture b;
	struct kmad_msg *msg;
	size_t i, n, at, len = 1234;
	int c;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		/* One agent sends, another of the same kmad receives. */
		fixture_open_agent(&b, &fixture_kernel_like, rows[i].mgmt_class, 1, 1, 0);
		c = fixture_register(&b, b.file, rows[i].mgmt_class, 1, 1, 0xffffffff);
		assert_int_equal(c, 1);
		for (n = 0; n < len; n++)
			message[n] = (uint8_t)(n * 7);
		fixture_mad(message, rows[i].mgmt_class, 1, WIRE_METHOD_SEND, 5);
		for (n = 40; n < len; n++)
			message[n] = (uint8_t)(n * 7);
		memcpy(message + 37, (uint8_t[]){0, 0, 0x37}, 3);
		message[26] = WIRE_RMPP_ACTIVE;
		assert_int_equal(fixture_post(&b, b.file, b.agent, FIXTURE_LID, message, len, 0, 3),
				 0);
		/* All sent MADs are received: segments by one, ACKs by the other. */
		for (n = 0; n < b.sent_count; n++) {
			memcpy(mad, b.sent[n].mad, 256);
			fixture_arrive(&b, FIXTURE_LID, mad);
		}
		msg = fixture_read(&b, b.file);
		assert_non_null(msg);
		assert_int_equal(msg->agent, c);
		assert_int_equal(msg->len, len);
		assert_memory_equal(msg->data, message, 24);
		at = rows[i].offset;
		assert_memory_equal(msg->data + at, message + at, len - at);
		assert_memory_equal(msg->data + 36, message + 36, at - 36);
		free(msg);
		fixture_pass(&b, 60000);
		fixture_expect_nothing(&b, b.file);
		fixture_close(&b);
	}
}
