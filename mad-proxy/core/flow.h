/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Flow control of one RMPP transfer (IBA 13.6): what a guest may send. New segments in order: the first
 * alone, then up to FLOW_WINDOW beyond the last acknowledged one. Repeated segments, from one of them on: no
 * sooner than FLOW_AGAIN_MS after the last time, and FLOW_AGAIN_MAX times between two ACKs that acknowledge new
 * segments. One ACK for each received segment, and for each such ACK (with which a double-sided transfer
 * changes direction). A correct sender does not exceed this; everything else is dropped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

#define FLOW_WINDOW 64 /* as mad_rmpp.c's receiver: an eighth of its queue of 512 */
#define FLOW_AGAIN_MS 100
#define FLOW_AGAIN_MAX 16

/* All zeros: nothing was sent. */
struct flow {
	uint32_t sent; /* the segment sent last; lower after a repetition */
	uint32_t highest; /* the highest segment sent */
	uint32_t acked;
	uint32_t last; /* the message's last segment, 0: not sent yet */
	uint32_t acks; /* that may be sent */
	unsigned int again; /* repetitions since the last new ACK */
	struct mono_ms again_at; /* the time of the next repetition */
};

/* Notes a MAD of the other side. */
void flow_received(struct flow *flow, const uint8_t *mad);
/* Whether this segment, ACK, STOP or ABORT of the guest may be sent; if so, it counts as sent. */
bool flow_may_send(struct flow *flow, const uint8_t *mad, struct mono_ms now);
/* Whether all segments were sent and acknowledged. */
bool flow_arrived(const struct flow *flow);
/* Whether the MAD is a STOP or ABORT. */
bool flow_is_end(const uint8_t *mad);
