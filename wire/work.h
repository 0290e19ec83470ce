/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a receiver may work on a request, by the request's header. The gateway charges guests, and
 * ibguestd charges users of a guest, by this same rule. Pure.
 */
#pragma once

#include "wire/mad.h"
#include "wire/rmpp.h"

enum {
	WORK_ONE_WAY_MS = 250, /* a Send that has no answer */
	WORK_MS = 1000, /* an agent answers at once or not at all */
	WORK_SA_MS = 4000, /* an SA has one queue for all requesters */
	WORK_TABLE_MS = 20000,
	WORK_PORT_MS = 30000, /* a port cannot be told to forget: it is made to wait no longer */
	WORK_TRANSFER_IDLE_MS = 20000, /* a transfer without a segment for so long is over */
	WORK_TRANSFER_ACK_MS =
		5000, /* ... of whose request one is to be acknowledged: mad_rmpp.c repeats it every 2 s */
	WORK_TABLES = 4, /* of a guest's that run at a time */
	WORK_LEFT_MIN = 32, /* so many may always be left behind */
};

/*
 * What begins work, and is charged for it: a request, of several segments the first (IBA 13.6.2: segment 1,
 * and no other, has the flag FIRST). Of whatever else is RMPP's the gateway passes on what belongs to a
 * transfer that has begun.
 */
static inline bool work_begins(const uint8_t *mad)
{
	return !wire_mad_is_response(mad) &&
	       (!wire_rmpp_active(mad) ||
		(wire_rmpp_type(mad) == WIRE_RMPP_DATA && wire_rmpp_segment(mad) == 1));
}

/* What makes the SA, which has one queue for all, work long: a table, or what it is sent in segments. */
static inline bool work_makes_table(const uint8_t *mad)
{
	const uint8_t method = wire_mad_method(mad);

	return wire_mad_class(mad) == WIRE_CLASS_SA &&
	       (wire_rmpp_active(mad) || method == WIRE_METHOD_GET_TABLE ||
		method == WIRE_METHOD_GET_MULTI || method == WIRE_METHOD_GET_TRACE_TABLE);
}

/* CM's Send: no answer exists, so none is waited for when no time-out is given. */
static inline bool work_is_one_way(const uint8_t *mad)
{
	return wire_mad_method(mad) == WIRE_METHOD_SEND && !wire_rmpp_active(mad);
}

/* How long a receiver may work on a request whose sender does not wait, or a transfer may take. */
static inline uint32_t work_ms(const uint8_t *mad)
{
	if (work_makes_table(mad) || wire_rmpp_active(mad))
		return WORK_TABLE_MS;
	return wire_mad_class(mad) == WIRE_CLASS_SA ? WORK_SA_MS : WORK_MS;
}

/* How many that nobody waits for may be left beside those that are waited for. */
static inline uint32_t work_left_max(uint32_t quota)
{
	return quota > WORK_LEFT_MIN ? quota : WORK_LEFT_MIN;
}
