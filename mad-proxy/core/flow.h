/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a guest may send of one RMPP transfer (IBA 13.6), by what the other side said: new segments in their
 * order, the first alone and then FLOW_WINDOW beyond the last that was acknowledged; segments again from
 * one of them on, no sooner than FLOW_AGAIN_MS after the last time and FLOW_AGAIN_MAX times between two
 * ACKs that bring something new; an ACK for each segment that came, and for each such ACK (a double-sided
 * transfer turns round with one). An honest sender keeps to this; all else is dropped.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

#define FLOW_WINDOW 64 /* as mad_rmpp.c's receiver: an eighth of its queue of 512 */
#define FLOW_AGAIN_MS 100
#define FLOW_AGAIN_MAX 16

/* Zeroed nothing was sent. */
struct flow {
	uint32_t sent; /* the segment that was sent last: going back lowers it */
	uint32_t highest; /* that was sent */
	uint32_t acked;
	uint32_t last; /* the message's last segment, 0: not sent yet */
	uint32_t acks; /* that may be sent */
	unsigned int again; /* times it went back since the last new ACK */
	struct mono_ms again_at; /* it may go back */
};

/* A MAD of the other side that belongs to it. */
void flow_received(struct flow *flow, const uint8_t *mad);
/* Whether this segment, ACK, STOP or ABORT of the guest may leave; it counts as sent then. */
bool flow_may_send(struct flow *flow, const uint8_t *mad, struct mono_ms now);
/* All was sent, and the other side has it. */
bool flow_arrived(const struct flow *flow);
/* STOP or ABORT. */
bool flow_is_end(const uint8_t *mad);
