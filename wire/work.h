/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How long a receiver may work on a request, by the request's header. By this rule the gateway charges
 * guests and ibguestd charges users. Pure.
 */
#pragma once

#include "wire/mad.h"
#include "wire/rmpp.h"

enum {
	WORK_ONE_WAY_MS = 250, /* a Send that has no answer */
	WORK_MS = 1000, /* an agent answers quickly or not at all */
	WORK_SA_MS = 4000, /* an SA has one queue for all requesters */
	WORK_TABLE_MS = 20000,
	WORK_PORT_MS = 30000, /* longest attempt at a port, which cannot cancel it */
	WORK_TRANSFER_IDLE_MS = 20000, /* idle time-out of a transfer */
	WORK_TRANSFER_ACK_MS =
		5000, /* the same before an ACK of the request: mad_rmpp.c repeats segments every 2 s */
	WORK_TABLES = 4, /* of a guest at a time */
	WORK_ABANDONED_MIN = 32, /* minimum limit of abandoned requests */
};

/*
 * Whether a MAD begins work and is charged: a request; of several segments the first (IBA 13.6.2: only
 * segment 1 has the flag FIRST). The gateway forwards other RMPP MADs only as parts of a transfer that has
 * begun.
 */
static inline bool work_begins(const uint8_t *mad)
{
	return !wire_mad_is_response(mad) &&
	       (!wire_rmpp_active(mad) ||
		(wire_rmpp_type(mad) == WIRE_RMPP_DATA && wire_rmpp_segment(mad) == 1));
}

/* Whether the SA, with one queue for all, takes long: a table, or a request in several segments. */
static inline bool work_makes_table(const uint8_t *mad)
{
	const uint8_t method = wire_mad_method(mad);

	return wire_mad_class(mad) == WIRE_CLASS_SA &&
	       (wire_rmpp_active(mad) || method == WIRE_METHOD_GET_TABLE ||
		method == WIRE_METHOD_GET_MULTI || method == WIRE_METHOD_GET_TRACE_TABLE);
}

/* CM's Send has no answer, so none is expected without a time-out. */
static inline bool work_is_one_way(const uint8_t *mad)
{
	return wire_mad_method(mad) == WIRE_METHOD_SEND && !wire_rmpp_active(mad);
}

/* How long a receiver may work on a request that no sender waits for; or the longest transfer. */
static inline uint32_t work_ms(const uint8_t *mad)
{
	if (work_makes_table(mad) || wire_rmpp_active(mad))
		return WORK_TABLE_MS;
	return wire_mad_class(mad) == WIRE_CLASS_SA ? WORK_SA_MS : WORK_MS;
}

/* The limit of abandoned requests for a quota of requests in progress. */
static inline uint32_t work_abandoned_max(uint32_t quota)
{
	return quota > WORK_ABANDONED_MIN ? quota : WORK_ABANDONED_MIN;
}
