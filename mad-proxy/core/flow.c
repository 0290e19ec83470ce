/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/flow.h"

#include "wire/rmpp.h"

void flow_received(struct flow *flow, const uint8_t *mad)
{
	const uint32_t segment = wire_rmpp_segment(mad);
	const uint8_t type = wire_rmpp_type(mad);
	const bool new_ack =
		type == WIRE_RMPP_ACK && segment > flow->acked && segment <= flow->highest;

	if (new_ack) {
		flow->acked = segment;
		flow->again = 0;
		if (flow->sent < segment)
			flow->sent = segment;
	}
	if ((new_ack || type == WIRE_RMPP_DATA) && flow->acks < FLOW_WINDOW)
		flow->acks++;
}

static bool may_send_segment(struct flow *flow, uint32_t n, struct mono_ms now)
{
	if (n && n <= flow->sent) {
		if (flow->again == FLOW_AGAIN_MAX || mono_before(now, flow->again_at))
			return false;
		flow->again++;
		flow->again_at = mono_add(now, FLOW_AGAIN_MS);
	} else if (!n || n != flow->sent + 1 || n - flow->acked > (flow->acked ? FLOW_WINDOW : 1)) {
		return false;
	}
	flow->sent = n;
	if (flow->highest < n)
		flow->highest = n;
	return true;
}

bool flow_may_send(struct flow *flow, const uint8_t *mad, struct mono_ms now)
{
	switch (wire_rmpp_type(mad)) {
	case WIRE_RMPP_DATA:
		if (!may_send_segment(flow, wire_rmpp_segment(mad), now))
			return false;
		if (wire_rmpp_flags(mad) & WIRE_RMPP_LAST)
			flow->last = wire_rmpp_segment(mad);
		return true;
	case WIRE_RMPP_ACK:
		if (!flow->acks)
			return false;
		flow->acks--;
		return true;
	default:
		return flow_is_end(mad);
	}
}

bool flow_arrived(const struct flow *flow)
{
	return flow->last && flow->acked >= flow->last;
}

bool flow_is_end(const uint8_t *mad)
{
	const uint8_t type = wire_rmpp_type(mad);

	return type == WIRE_RMPP_STOP || type == WIRE_RMPP_ABORT;
}
