/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Golden bytes: MADs sent by Linux, OpenSM and ibsim, decoded and encoded again. */
#include <stdio.h>

#include "wire/mad_header.h"
#include "wire/mad_layout.h"
#include "wire/names.h"
#include "wire/node_info.h"
#include "wire/port_info.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire_vectors.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"

/* Counts of the corpus; they change only with it. */
#define REBUILT 487
#define TABLES 8
#define RECORDS 46

static struct vectors v;

static bool is_table_segment(const uint8_t *mad)
{
	return wire_mad_class(mad) == WIRE_CLASS_SA && wire_rmpp_active(mad);
}

/*
 * Reserved bytes with leftovers: requests contain old data of the sender's buffer (after NodeInfo, in the
 * reserved parts of PortInfo), ibsim's answers bytes 232-234.
 */
static bool is_leftover(const uint8_t *mad, const struct wire_mad_part *part, unsigned int byte)
{
	if (byte >= 232 && byte <= 234)
		return wire_mad_is_response(mad) && (wire_mad_class(mad) == WIRE_CLASS_SUBN_LID ||
						     wire_mad_class(mad) == WIRE_CLASS_PERF);
	if (part->layout == &wire_port_info_layout)
		return byte == 64 + 52 || byte == 64 + 56;
	return part->layout == &wire_node_info_layout && byte >= 64 + 40 && byte < 128;
}

static void rebuild(const struct vector_mad *m, const struct wire_mad_part *attribute, uint8_t *ret)
{
	const bool sa = wire_mad_class(m->mad) == WIRE_CLASS_SA;
	const struct wire_mad_part parts[] = {{&wire_mad_header_layout, 0},
					      {sa ? &wire_rmpp_layout : NULL, WIRE_RMPP_OFFSET},
					      {sa ? &wire_sa_header_layout : NULL,
					       WIRE_SA_HEADER_OFFSET},
					      *attribute};

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		_Alignas(max_align_t) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
		const struct span in = {m->mad + parts[i].offset, WIRE_MAD_BYTES - parts[i].offset};

		if (!parts[i].layout)
			continue;
		if (wire_layout_decode(parts[i].layout, in, fields) != WIRE_OK)
			fail_msg("%s:%u: %s", m->file, m->seq, parts[i].layout->name);
		wire_layout_encode(parts[i].layout, fields, ret + parts[i].offset);
	}
}

TEST(every_captured_mad_of_one_record_is_rebuilt_byte_for_byte)
{
	unsigned int rebuilt = 0, differ = 0, leftovers = 0;

	for (size_t i = 0; i < v.len; i++) {
		const struct vector_mad *m = &v.mads[i];
		struct wire_mad_part part;
		uint8_t again[WIRE_MAD_BYTES] = {0};

		if (is_table_segment(m->mad) || wire_mad_is_smp(m->mad) ||
		    !wire_mad_attribute_part(m->mad, &part))
			continue;
		rebuild(m, &part, again);
		rebuilt++;
		for (unsigned int b = 0; b < WIRE_MAD_BYTES; b++) {
			if (again[b] == m->mad[b])
				continue;
			if (is_leftover(m->mad, &part, b)) {
				leftovers++;
				continue;
			}
			print_error("%s:%u: %s byte %u: 0x%02x was 0x%02x\n", m->file, m->seq,
				    part.layout->name, b, again[b], m->mad[b]);
			differ++;
		}
	}
	assert_int_equal(differ, 0);
	assert_int_equal(rebuilt, REBUILT);
	/* Few enough that no field is among them. */
	assert_in_range(leftovers, 1, 200);
}

/* The data of all DATA segments of the transfer that `first` begins, as a receiver assembles them. */
static size_t table_collect(size_t first, uint8_t *ret, size_t ret_room)
{
	const uint8_t *head = v.mads[first].mad;
	uint32_t next = 1;
	size_t len = 0;

	for (size_t i = first; i < v.len && strcmp(v.mads[i].file, v.mads[first].file) == 0; i++) {
		const uint8_t *mad = v.mads[i].mad;
		size_t payload;

		if (!is_table_segment(mad) || wire_mad_tid(mad) != wire_mad_tid(head) ||
		    wire_mad_method(mad) != wire_mad_method(head) ||
		    wire_rmpp_type(mad) != WIRE_RMPP_DATA || wire_rmpp_segment(mad) != next)
			continue;
		payload = wire_rmpp_payload(mad) - WIRE_SA_HEADER_BYTES;
		assert_true(len + payload <= ret_room);
		memcpy(ret + len, wire_sa_data(mad), payload);
		len += payload;
		next++;
		if (wire_rmpp_flags(mad) & WIRE_RMPP_LAST)
			return len;
	}
	fail_msg("%s:%u has no last segment", v.mads[first].file, v.mads[first].seq);
	return 0;
}

static unsigned int table_roundtrip(const struct vector_mad *m, const struct wire_layout *layout,
				    struct span data)
{
	struct wire_sa_table table;
	unsigned int records = 0;
	struct span record;

	assert_int_equal(wire_sa_table_init(&table, data, wire_sa_attribute_offset(m->mad)),
			 WIRE_OK);
	while (wire_sa_table_next(&table, &record)) {
		_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
		uint8_t again[WIRE_LAYOUT_MAX_BYTES];

		assert_int_equal(wire_layout_decode(layout, record, fields), WIRE_OK);
		wire_layout_encode(layout, fields, again);
		if (memcmp(again, record.p, layout->bytes) != 0)
			fail_msg("%s:%u: %s %u", m->file, m->seq, layout->name, records);
		records++;
	}
	return records;
}

TEST(every_record_of_every_captured_table_is_written_again)
{
	static uint8_t data[65536];
	unsigned int tables = 0, records = 0;

	for (size_t i = 0; i < v.len; i++) {
		const uint8_t *mad = v.mads[i].mad;
		struct wire_mad_part part;
		size_t len;

		if (!is_table_segment(mad) || wire_rmpp_type(mad) != WIRE_RMPP_DATA ||
		    wire_rmpp_segment(mad) != 1 || !wire_mad_attribute_part(mad, &part))
			continue;
		len = table_collect(i, data, sizeof(data));
		records += table_roundtrip(&v.mads[i], part.layout, (struct span){data, len});
		tables++;
	}
	assert_int_equal(tables, TABLES);
	assert_int_equal(records, RECORDS);
}

TEST(every_captured_rmpp_header_is_sound)
{
	unsigned int data = 0, acks = 0;

	for (size_t i = 0; i < v.len; i++) {
		const uint8_t *mad = v.mads[i].mad;
		uint8_t again[WIRE_RMPP_BYTES];
		struct wire_rmpp rmpp;

		if (!wire_rmpp_active(mad))
			continue;
		assert_int_equal(
			wire_rmpp_decode((struct span){mad + WIRE_RMPP_OFFSET, WIRE_RMPP_BYTES},
					 &rmpp),
			WIRE_OK);
		assert_int_equal(rmpp.type, wire_rmpp_type(mad));
		assert_int_equal(rmpp.flags, wire_rmpp_flags(mad));
		assert_int_equal(rmpp.resp_time, wire_rmpp_resp_time(mad));
		assert_int_equal(rmpp.segment, wire_rmpp_segment(mad));
		assert_int_equal(rmpp.length, wire_rmpp_length(mad));
		wire_rmpp_encode(&rmpp, again);
		assert_memory_equal(again, mad + WIRE_RMPP_OFFSET, WIRE_RMPP_BYTES);
		data += rmpp.type == WIRE_RMPP_DATA;
		acks += rmpp.type == WIRE_RMPP_ACK;
	}
	assert_true(data > 0 && acks > 0);
}

int main(void)
{
	int failed;

	v = vectors_load();
	failed = test_run(NULL, NULL);
	vectors_free(&v);
	return failed;
}
