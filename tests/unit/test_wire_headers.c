/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Headers in place (RMPP, SA, SMP, CM), iterating a table, the private headers of rdma_cm and SDP, and
 * names.
 */
#include "wire/answer.h"
#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/keys.h"
#include "wire/names.h"
#include "wire/pkey_table.h"
#include "wire/port_info.h"
#include "wire/rdma_cm.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/sdp.h"
#include "wire/sidr.h"
#include "wire/smp.h"
#include "tests/unit/test.h"

/* A valid SA DATA segment. */
static void rmpp_segment(uint8_t *mad, uint8_t flags, uint32_t segment, uint32_t length)
{
	memset(mad, 0, WIRE_MAD_BYTES);
	mad[0] = 1;
	mad[1] = WIRE_CLASS_SA;
	mad[2] = WIRE_SA_CLASS_VERSION;
	mad[24] = WIRE_RMPP_VERSION;
	mad[25] = WIRE_RMPP_DATA;
	wire_rmpp_set_flags(mad, flags);
	wire_rmpp_set_segment(mad, segment);
	wire_rmpp_set_length(mad, length);
}

/* A MAD with only its header set; rmpp: the type, 0 for none. */
static void head(uint8_t *mad, uint8_t mgmt_class, uint8_t method, uint16_t attribute, uint8_t rmpp)
{
	memset(mad, 0, WIRE_MAD_BYTES);
	mad[1] = mgmt_class;
	wire_mad_set_method(mad, method);
	wire_mad_set_attribute(mad, attribute);
	if (!rmpp)
		return;
	mad[25] = rmpp;
	wire_rmpp_set_flags(mad, WIRE_RMPP_ACTIVE);
}

TEST(requests_and_answers_are_paired_as_the_specification_does)
{
	static const struct {
		uint8_t mgmt_class, method, answer_method;
		uint16_t attribute, answer_attribute;
	} pairs[] = {
		{0x01, 0x01, 0x81, 0x11, 0x11}, {0x81, 0x02, 0x81, 0x15, 0x15},
		{0x01, 0x05, 0x07, 0x02, 0x02}, {0x03, 0x01, 0x81, 0x35, 0x35},
		{0x03, 0x02, 0x81, 0x38, 0x38}, {0x03, 0x06, 0x86, 0x02, 0x02},
		{0x03, 0x12, 0x92, 0x35, 0x35}, {0x03, 0x13, 0x92, 0x35, 0x39},
		{0x03, 0x14, 0x94, 0x3a, 0x35}, {0x03, 0x15, 0x95, 0x31, 0x31},
		{0x05, 0x03, 0x03, 0x20, 0x20}, {0x05, 0x01, 0x81, 0x01, 0x01},
		{0x04, 0x02, 0x81, 0x12, 0x12}, {0x32, 0x01, 0x81, 0x00, 0x00},
		{0x40, 0x05, 0x07, 0x10, 0x10}, {0x40, 0x33, 0xb3, 0x10, 0x10},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct wire_answer a =
			wire_answer_of(pairs[i].mgmt_class, pairs[i].method, pairs[i].attribute);
		uint8_t request[WIRE_MAD_BYTES], answer[WIRE_MAD_BYTES];

		assert_int_equal(a.method, pairs[i].answer_method);
		assert_int_equal(a.attribute, pairs[i].answer_attribute);
		head(request, pairs[i].mgmt_class, pairs[i].method, pairs[i].attribute, 0);
		head(answer, pairs[i].mgmt_class, a.method, a.attribute, 0);
		assert_true(wire_answers(request, answer));
		answer[1] ^= 1;
		assert_false(wire_answers(request, answer));
		head(answer, pairs[i].mgmt_class, a.method ^ 8, a.attribute, 0);
		assert_false(wire_answers(request, answer));
		head(answer, pairs[i].mgmt_class, a.method, a.attribute ^ 0x40, 0);
		assert_false(wire_answers(request, answer));
	}
}

TEST(control_packets_have_the_header_of_what_they_are_about)
{
	uint8_t request[WIRE_MAD_BYTES], mad[WIRE_MAD_BYTES];

	head(request, WIRE_CLASS_SA, 0x14, 0x3a, WIRE_RMPP_DATA);
	for (uint8_t type = WIRE_RMPP_DATA; type <= WIRE_RMPP_ABORT; type++) {
		/* for the request's segments, from either side */
		head(mad, WIRE_CLASS_SA, 0x94, 0x3a, type);
		assert_int_equal(wire_answers(request, mad), type != WIRE_RMPP_DATA);
		head(mad, WIRE_CLASS_SA, 0x14, 0x3a, type);
		assert_true(wire_continues(request, mad));
		/* for the answer's segments */
		head(mad, WIRE_CLASS_SA, 0x94, 0x35, type);
		assert_true(wire_answers(request, mad));
		head(mad, WIRE_CLASS_SA, 0x14, 0x35, type);
		assert_int_equal(wire_continues(request, mad), type != WIRE_RMPP_DATA);
	}
	head(request, WIRE_CLASS_SA, 0x13, 0x35, 0);
	head(mad, WIRE_CLASS_SA, 0x12, 0x39, WIRE_RMPP_ACK);
	assert_true(wire_continues(request, mad));
	mad[1] = WIRE_CLASS_DEV_MGT;
	assert_false(wire_continues(request, mad));
}

TEST(rmpp_is_active_only_in_classes_that_have_it)
{
	uint8_t mad[WIRE_MAD_BYTES];

	rmpp_segment(mad, WIRE_RMPP_ACTIVE | WIRE_RMPP_FIRST, 1, 0);
	assert_true(wire_rmpp_active(mad));
	mad[1] = WIRE_CLASS_CM;
	assert_false(wire_rmpp_active(mad));
	mad[1] = 0x35; /* vendor, range 2 */
	assert_true(wire_rmpp_active(mad));
}

TEST(a_table_without_record_length_is_refused_unless_empty)
{
	uint8_t data[64];
	struct wire_sa_table table;
	struct span record;

	assert_int_equal(wire_sa_table_init(&table, (struct span){data, 64}, 0), WIRE_BAD_VALUE);
	assert_int_equal(wire_sa_table_init(&table, (struct span){data, 0}, 0), WIRE_OK);
	assert_false(wire_sa_table_next(&table, &record));
}

TEST(a_table_ends_before_a_record_that_is_cut)
{
	uint8_t data[7 * 8 + 8 + 3];
	struct wire_sa_table table;
	struct span record;
	int records = 0;

	assert_int_equal(wire_sa_table_init(&table, (struct span){data, sizeof(data)}, 4), WIRE_OK);
	while (wire_sa_table_next(&table, &record)) {
		assert_ptr_equal(record.p, data + 32 * records);
		assert_int_equal(record.len, 32);
		records++;
	}
	assert_int_equal(records, 2);
}

/* Every key of the table, and no other byte. */
TEST(keys_are_taken_out_and_nothing_else)
{
	static const struct {
		uint8_t mgmt_class;
		uint16_t attribute;
		uint8_t header, at, bytes; /* bytes 0: the header's key only */
	} rows[] = {
		{WIRE_CLASS_SUBN_LID, WIRE_SMP_NODE_INFO, 24, 0, 0},
		{WIRE_CLASS_SUBN_LID, WIRE_SMP_PORT_INFO, 24, 64, 8},
		{WIRE_CLASS_SUBN_DR, WIRE_SMP_PORT_INFO, 24, 64, 8},
		{WIRE_CLASS_SUBN_DR, WIRE_SMP_SM_INFO, 24, 72, 8},
		{WIRE_CLASS_SUBN_LID, WIRE_SMP_NOTICE, 24, 88, 8},
		{WIRE_CLASS_SA, WIRE_SA_PATH_RECORD, 36, 0, 0},
		{WIRE_CLASS_SA, WIRE_SA_PORT_INFO_RECORD, 36, 60, 8},
		{WIRE_CLASS_SA, WIRE_SA_SM_INFO_RECORD, 36, 68, 8},
		{WIRE_CLASS_SA, WIRE_SA_SERVICE_RECORD, 36, 88, 16},
		{WIRE_CLASS_SA, WIRE_SA_SERVICE_ASSOCIATION_RECORD, 36, 56, 16},
		{WIRE_CLASS_SA, WIRE_SA_NOTICE, 36, 0, 0}, /* of another trap */
		{WIRE_CLASS_BM, 0x10, 24, 64, 8},
		{WIRE_CLASS_CC, 0x12, 24, 64, 8},
		{WIRE_CLASS_CC, 0x11, 24, 0, 0},
		{WIRE_CLASS_MLNX_VENDOR, 0x17, 24, 0, 0},
		{WIRE_CLASS_MLNX_AM, 0x30, 24, 0, 0},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t mad[WIRE_MAD_BYTES], want[WIRE_MAD_BYTES];

		memset(mad, 0xa5, sizeof(mad));
		mad[1] = rows[i].mgmt_class;
		mad[26] = 0; /* no RMPP */
		wire_mad_set_attribute(mad, rows[i].attribute);
		memcpy(want, mad, sizeof(want));
		memset(want + rows[i].header, 0, 8);
		wire_keys_clear(mad);
		assert_memory_equal(mad, want, sizeof(mad));
		memset(want + rows[i].at, 0, rows[i].bytes);
		wire_keys_hide(mad);
		assert_memory_equal(mad, want, sizeof(mad));
	}
}

TEST(a_notice_of_a_bad_m_key_shows_it_to_nobody)
{
	uint8_t mad[WIRE_MAD_BYTES] = {1, WIRE_CLASS_SA, 2, WIRE_METHOD_REPORT};

	wire_mad_set_attribute(mad, WIRE_SA_NOTICE);
	put_be16(mad + 60, 256);
	memset(mad + 80, 0xa5, 8);
	wire_keys_hide(mad);
	assert_int_equal(get_be64(mad + 80), 0);
}

TEST(lengths_that_point_past_their_field_are_refused)
{
	uint8_t message[WIRE_CM_DATA_BYTES] = {0};
	struct span in = {message, sizeof(message)};
	struct wire_sidr_rep rep;
	struct wire_cm_rej rej;

	message[9] = 72 << 1;
	assert_int_equal(wire_cm_rej_decode(in, &rej), WIRE_OK);
	message[9] = 73 << 1;
	assert_int_equal(wire_cm_rej_decode(in, &rej), WIRE_BAD_VALUE);
	message[5] = 72;
	assert_int_equal(wire_sidr_rep_decode(in, &rep), WIRE_OK);
	message[5] = 73;
	assert_int_equal(wire_sidr_rep_decode(in, &rep), WIRE_BAD_VALUE);
}

/*
 * No capture has these messages and tshark does not dissect them. The offsets are those of Linux'
 * ibta_vol1_c12.h, in bits from the message's start.
 */
TEST(messages_that_nobody_captured_lie_where_linux_has_them)
{
	static const struct {
		const struct wire_layout *layout;
		const char *field;
		unsigned int bit;
		unsigned int bits;
	} rows[] = {
		{&wire_cm_mra_layout, "message", 8 * 8, 2},
		{&wire_cm_mra_layout, "service_timeout", 9 * 8, 5},
		{&wire_cm_mra_layout, "private_data", 10 * 8, 1776},
		{&wire_cm_lap_layout, "remote_qpn", 12 * 8, 24},
		{&wire_cm_lap_layout, "remote_cm_timeout", 15 * 8, 5},
		{&wire_cm_lap_layout, "local_lid", 20 * 8, 16},
		{&wire_cm_lap_layout, "remote_lid", 22 * 8, 16},
		{&wire_cm_lap_layout, "local_gid", 24 * 8, 128},
		{&wire_cm_lap_layout, "remote_gid", 40 * 8, 128},
		{&wire_cm_lap_layout, "flow_label", 56 * 8, 20},
		{&wire_cm_lap_layout, "tclass", 59 * 8, 8},
		{&wire_cm_lap_layout, "hop_limit", 60 * 8, 8},
		{&wire_cm_lap_layout, "packet_rate", 61 * 8 + 2, 6},
		{&wire_cm_lap_layout, "sl", 62 * 8, 4},
		{&wire_cm_lap_layout, "subnet_local", 62 * 8 + 4, 1},
		{&wire_cm_lap_layout, "local_ack_timeout", 63 * 8, 5},
		{&wire_cm_lap_layout, "private_data", 64 * 8, 1344},
		{&wire_cm_apr_layout, "info_length", 8 * 8, 8},
		{&wire_cm_apr_layout, "ap_status", 9 * 8, 8},
		{&wire_cm_apr_layout, "info", 12 * 8, 576},
		{&wire_cm_apr_layout, "private_data", 84 * 8, 1184},
		{&wire_cm_path_layout, "packet_rate", (91 - 52) * 8 + 2, 6},
		{&wire_cm_req_layout, "ece_vendor_id", 5 * 8, 24},
		{&wire_cm_rep_layout, "ece_vendor_id_high", 15 * 8, 8},
		{&wire_cm_rep_layout, "ece_vendor_id_mid", 19 * 8, 8},
		{&wire_cm_rep_layout, "ece_vendor_id_low", 23 * 8, 8},
		{&wire_sidr_rep_layout, "ece_vendor_id_high", 6 * 8, 16},
		{&wire_sidr_rep_layout, "ece_vendor_id_low", 11 * 8, 8},
		{&wire_sidr_rep_layout, "info", 24 * 8, 576},
		{&wire_sidr_rep_layout, "private_data", 96 * 8, 1088},
		{&wire_sidr_req_layout, "private_data", 16 * 8, 1728},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct wire_field *f = wire_layout_field(rows[i].layout, rows[i].field);

		assert_non_null(f);
		if (f->bit != rows[i].bit || f->bits * f->count != (int)rows[i].bits)
			fail_msg("%s.%s", rows[i].layout->name, rows[i].field);
	}
}

TEST(service_ids_of_rdma_cm_come_apart_and_others_do_not)
{
	uint16_t space, port;

	assert_true(wire_rdma_cm_service(UINT64_C(0x0000000001061c06), &space, &port));
	assert_int_equal(space, WIRE_RDMA_PS_TCP);
	assert_int_equal(port, 7174);
	assert_true(wire_rdma_cm_service_id(space, port) == UINT64_C(0x01061c06));
	assert_false(wire_rdma_cm_service(UINT64_C(0x0000000101061c06), &space, &port));
	assert_false(wire_rdma_cm_service(UINT64_C(0x0000000003061c06), &space, &port));
	assert_false(wire_rdma_cm_service(WIRE_IPOIB_CM_SERVICE_ID | 0x40, &space, &port));
}

TEST(a_hello_of_sdp_reads_and_writes)
{
	/* BSDH: Hello, 4 buffers, 76 bytes; version 2.2, IPv4, 10.9.0.2 port 5001 to 10.9.0.1. */
	static const uint8_t bytes[WIRE_SDP_HELLO_BYTES] = {
		[3] = 4,     [7] = 76,	  [16] = 0x22, [17] = 0x40, [19] = 1,
		[22] = 0x80, [26] = 0x80, [28] = 0x13, [29] = 0x89, [44] = 10,
		[45] = 9,    [47] = 2,	  [60] = 10,   [61] = 9,    [63] = 1,
	};
	uint8_t again[WIRE_SDP_HELLO_BYTES], bad[WIRE_SDP_HELLO_BYTES];
	struct wire_sdp_hello hello;

	assert_int_equal(wire_sdp_hello_decode((struct span){bytes, sizeof(bytes)}, &hello),
			 WIRE_OK);
	assert_int_equal(hello.major, 2);
	assert_int_equal(hello.ip_version, 4);
	assert_int_equal(hello.length, 76);
	assert_int_equal(hello.port, 5001);
	assert_int_equal(hello.destination[12], 10);
	assert_int_equal(hello.local_receive_size, 0x8000);
	wire_sdp_hello_encode(&hello, again);
	assert_memory_equal(again, bytes, sizeof(bytes));

	memcpy(bad, bytes, sizeof(bad));
	bad[0] = 1;
	assert_int_equal(wire_sdp_hello_decode((struct span){bad, sizeof(bad)}, &hello),
			 WIRE_BAD_VALUE);
	bad[0] = 0;
	bad[17] = 0x50;
	assert_int_equal(wire_sdp_hello_decode((struct span){bad, sizeof(bad)}, &hello),
			 WIRE_BAD_VERSION);
}

TEST(numbers_have_the_names_of_the_specification)
{
	assert_string_equal(wire_class_name(WIRE_CLASS_SA), "SA");
	assert_string_equal(wire_class_name(0x0a), "Vendor");
	assert_string_equal(wire_class_name(0x40), "Vendor");
	assert_string_equal(wire_class_name(0x7f), "Unknown");
	assert_string_equal(wire_method_name(WIRE_CLASS_SA, 0x92), "GetTableResp");
	assert_string_equal(wire_method_name(WIRE_CLASS_PERF, 0x92), "Unknown");
	assert_string_equal(wire_attribute_name(WIRE_CLASS_SUBN_DR, 0x15), "PortInfo");
	assert_string_equal(wire_attribute_name(WIRE_CLASS_SA, 0x15),
			    "LinearForwardingTableRecord");
	assert_string_equal(wire_attribute_name(WIRE_CLASS_CM, 0x15), "DREQ");
	assert_string_equal(wire_attribute_name(0x44, 1), "ClassPortInfo");
	assert_string_equal(wire_attribute_name(0x44, 2), "Unknown");
}
