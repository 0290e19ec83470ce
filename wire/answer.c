/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/answer.h"

#include <stddef.h>

#include "wire/gmp.h"
#include "wire/mad.h"
#include "wire/rmpp.h"
#include "wire/sa.h"

#define ANY 0 /* no class, method or attribute has this number (except ibping's attribute) */
#define SAME 0
#define GET_TABLE_RESP (WIRE_METHOD_GET_TABLE | WIRE_METHOD_RESPONSE)
#define GET_MULTI_RESP (WIRE_METHOD_GET_MULTI | WIRE_METHOD_RESPONSE)

/* The first matching row decides; without one the response bit is set and the attribute is unchanged. */
static const struct row {
	uint8_t mgmt_class;
	uint8_t method;
	uint16_t attribute;
	struct wire_answer answer;
} rows[] = {
	/* 15.4.9, o15-0.2.7: SubnAdmGetMulti(MultiPathRecord) is answered by PathRecords. */
	{WIRE_CLASS_SA,
	 WIRE_METHOD_GET_MULTI,
	 WIRE_SA_MULTI_PATH_RECORD,
	 {GET_MULTI_RESP, WIRE_SA_PATH_RECORD}},
	/* 15.4.10, table 184: SubnAdmGetTraceTable() is answered by a table of TraceRecords. */
	{WIRE_CLASS_SA, WIRE_METHOD_GET_TRACE_TABLE, ANY, {GET_TABLE_RESP, WIRE_SA_TRACE_RECORD}},
	/* 16.2.2: BMSend() both ways; the modifier marks the answer. */
	{WIRE_CLASS_BM, WIRE_METHOD_SEND, ANY, {WIRE_METHOD_SEND, SAME}},
	/* Table 119, all classes. */
	{ANY, WIRE_METHOD_SET, ANY, {WIRE_METHOD_GET_RESP, SAME}},
	{ANY, WIRE_METHOD_TRAP, ANY, {WIRE_METHOD_TRAP_REPRESS, SAME}},
};

struct wire_answer wire_answer_of(uint8_t mgmt_class, uint8_t method, uint16_t attribute)
{
	struct wire_answer answer = {method | WIRE_METHOD_RESPONSE, attribute};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct row *row = &rows[i];

		if ((row->mgmt_class != ANY && row->mgmt_class != mgmt_class) ||
		    row->method != method || (row->attribute != ANY && row->attribute != attribute))
			continue;
		answer.method = row->answer.method;
		if (row->answer.attribute != SAME)
			answer.attribute = row->answer.attribute;
		break;
	}
	return answer;
}

static struct wire_answer answer_of_mad(const uint8_t *request)
{
	return wire_answer_of(wire_mad_class(request), wire_mad_method(request),
			      wire_mad_attribute(request));
}

static bool is(const uint8_t *mad, uint8_t method, uint16_t attribute)
{
	return wire_mad_method(mad) == method && wire_mad_attribute(mad) == attribute;
}

/* An ACK, STOP or ABORT has the header of the segment that it answers with the response bit flipped. */
static bool is_control(const uint8_t *mad)
{
	return wire_rmpp_active(mad) && wire_rmpp_type(mad) != WIRE_RMPP_DATA;
}

static bool is_refusal(const uint8_t *mad)
{
	/* bit 15 is the direction in a directed-route SMP */
	uint16_t bits = wire_mad_class(mad) == WIRE_CLASS_SUBN_DR ? 0x7fff : 0xffff;

	return wire_mad_status(mad) & bits;
}

bool wire_answers(const uint8_t *request, const uint8_t *answer)
{
	const uint8_t own_method = wire_mad_method(request) | WIRE_METHOD_RESPONSE;
	const uint16_t own_attribute = wire_mad_attribute(request);
	struct wire_answer due = answer_of_mad(request);

	if (wire_mad_class(answer) != wire_mad_class(request))
		return false;
	if (is(answer, due.method, due.attribute))
		return true;
	if (is_control(answer))
		return is(answer, own_method, own_attribute);
	return is_refusal(answer) &&
	       (wire_mad_method(answer) == own_method ||
		wire_mad_method(answer) == WIRE_METHOD_GET_RESP) &&
	       (wire_mad_attribute(answer) == own_attribute ||
		wire_mad_attribute(answer) == WIRE_GMP_CLASS_PORT_INFO);
}

bool wire_continues(const uint8_t *request, const uint8_t *mad)
{
	struct wire_answer due = answer_of_mad(request);

	if (wire_mad_class(mad) != wire_mad_class(request))
		return false;
	if (is(mad, wire_mad_method(request), wire_mad_attribute(request)))
		return true;
	return is_control(mad) && is(mad, due.method ^ WIRE_METHOD_RESPONSE, due.attribute);
}
