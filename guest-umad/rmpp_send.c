/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sending by RMPP (IBA 13.6, Linux mad_rmpp.c): sends segments up to the receiver's window; each ACK opens
 * the next window. Without an ACK in time, unacknowledged segments are sent again. Double-sided transfers
 * (GetMulti) start the answer's window with an ACK of segment 0.
 */
#include <errno.h>
#include <string.h>

#include "guest-umad/kmad_priv.h"

static uint32_t segment_bytes(const struct kmad_job *job)
{
	return WIRE_MAD_BYTES - kmad_data_offset(wire_mad_class(job->mad));
}

static size_t data_bytes(const struct kmad_job *job)
{
	return job->len - kmad_data_offset(wire_mad_class(job->mad));
}

void kmad_rmpp_prepare(const struct kmad *k, struct kmad_job *job)
{
	size_t data = data_bytes(job);
	uint32_t seg = segment_bytes(job);

	job->seg_count = data ? (uint32_t)((data + seg - 1) / seg) : 1;
	job->newwin = kmad_transfer_window(k, job);
	/* ib_create_send_mad: the application's RMPP header is not sent. */
	memset(job->mad + WIRE_RMPP_OFFSET, 0, WIRE_RMPP_BYTES);
	job->mad[24] = WIRE_RMPP_VERSION;
	job->mad[25] = WIRE_RMPP_DATA;
	wire_rmpp_set_flags(job->mad, WIRE_RMPP_ACTIVE);
}

/* send_next_seg: the header of segment n, and its part of the data. */
static void segment_build(const struct kmad_job *job, uint32_t n, uint8_t *mad)
{
	uint32_t offset = kmad_data_offset(wire_mad_class(job->mad));
	uint32_t seg = segment_bytes(job);
	size_t at = (size_t)(n - 1) * seg;
	size_t left = data_bytes(job) - at;
	uint32_t pad = (uint32_t)((size_t)job->seg_count * seg - data_bytes(job));
	uint8_t flags = WIRE_RMPP_ACTIVE;
	uint32_t length = 0;

	memcpy(mad, job->mad, offset);
	memcpy(mad + offset, job->mad + offset + at, left < seg ? left : seg);
	if (n == 1) {
		flags |= WIRE_RMPP_FIRST;
		length = job->seg_count * WIRE_RMPP_SEGMENT_BYTES - pad;
	}
	if (n == job->seg_count) {
		flags |= WIRE_RMPP_LAST;
		length = WIRE_RMPP_SEGMENT_BYTES - pad;
	}
	wire_rmpp_set_flags(mad, flags);
	wire_rmpp_set_segment(mad, n);
	wire_rmpp_set_length(mad, length);
}

int kmad_rmpp_push(struct kmad *k, struct kmad_job *job)
{
	int ret;

	while (job->seg_num < job->newwin && job->seg_num < job->seg_count) {
		struct chan_slot slot = {.addr = job->addr, .cookie = job->by_cookie.key};

		/* Segments of a request carry the time-out, so that the link expects an answer. */
		slot.timeout_ms = job->timeout_ms;
		segment_build(job, job->seg_num + 1, slot.mad);
		ret = kmad_link_send(k, &slot, job->agent);
		if (ret)
			return ret;
		job->seg_num++;
	}
	return 0;
}

/* The header of a reply to a received MAD. */
static void reply_slot(struct chan_slot *reply, const struct chan_addr *addr, const uint8_t *mad)
{
	memset(reply, 0, sizeof(*reply));
	reply->addr = *addr;
	reply->addr.qkey = KMAD_QP1_QKEY;
	memcpy(reply->mad, mad, kmad_data_offset(wire_mad_class(mad)));
	reply->mad[3] ^= WIRE_METHOD_RESPONSE;
	wire_rmpp_set_flags(reply->mad, WIRE_RMPP_ACTIVE);
}

void kmad_rmpp_send_ack(struct kmad *k, const struct kmad_agent *agent,
			const struct chan_addr *addr, const uint8_t *mad, uint32_t segment,
			uint32_t window_last)
{
	struct chan_slot ack;

	reply_slot(&ack, addr, mad);
	ack.mad[25] = WIRE_RMPP_ACK;
	wire_rmpp_set_segment(ack.mad, segment);
	wire_rmpp_set_length(ack.mad, window_last);
	kmad_link_send_control(k, &ack, agent);
}

void kmad_rmpp_nack(struct kmad *k, const struct kmad_agent *agent, const struct chan_addr *addr,
		    const uint8_t *mad, uint8_t status)
{
	struct chan_slot nack;

	reply_slot(&nack, addr, mad);
	nack.mad[24] = WIRE_RMPP_VERSION;
	nack.mad[25] =
		status == WIRE_RMPP_STATUS_RESOURCES_EXHAUSTED ? WIRE_RMPP_STOP : WIRE_RMPP_ABORT;
	nack.mad[27] = status;
	wire_rmpp_set_segment(nack.mad, 0);
	wire_rmpp_set_length(nack.mad, 0);
	kmad_link_send_control(k, &nack, agent);
}

/*
 * abort_send: only while segments are being sent. The kernel drops the request silently; here the file gets
 * a time-out.
 */
static void job_abort(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot)
{
	struct kmad_job *job = kmad_job_find(k, agent, slot);

	if (job && kmad_rmpp_sending(job))
		kmad_job_end(k, job, job->timeout_ms ? ETIMEDOUT : 0);
}

void kmad_rmpp_refuse(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot,
		      uint8_t status)
{
	job_abort(k, agent, slot);
	kmad_rmpp_nack(k, agent, &slot->addr, slot->mad, status);
}

/* The message was acknowledged: the job ends, or waits for its answer. */
static void job_acknowledged(struct kmad *k, struct kmad_job *job, const struct chan_slot *slot)
{
	struct kmad_agent *agent = job->agent;

	kmad_job_dequeue(k, job);
	if (!job->timeout_ms) {
		kmad_job_end(k, job, 0);
		return;
	}
	kmad_job_await(k, job);
	kmad_rmpp_send_ack(k, agent, &slot->addr, slot->mad, 0, 1);
}

void kmad_rmpp_ack(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot)
{
	uint32_t segment = wire_rmpp_segment(slot->mad);
	uint32_t window = wire_rmpp_window_last(slot->mad);
	struct kmad_job *job;
	struct kmad_transfer *t;

	if (wire_rmpp_status(slot->mad)) {
		kmad_rmpp_refuse(k, agent, slot, WIRE_RMPP_STATUS_ILLEGAL_STATUS);
		return;
	}
	if (window < segment) {
		kmad_rmpp_refuse(k, agent, slot, WIRE_RMPP_STATUS_WINDOW_TOO_SMALL);
		return;
	}
	job = kmad_job_find(k, agent, slot);
	if (!job) {
		t = segment ? NULL : kmad_transfer_find(k, agent, slot);
		if (t && t->state == KMAD_TRANSFER_COMPLETE)
			t->repwin = window; /* process_ds_ack */
		return;
	}
	if (!job->seg_count)
		return;
	if (!kmad_rmpp_sending(job)) {
		/* The peer did not receive our ACK of segment 0. */
		kmad_rmpp_send_ack(k, agent, &slot->addr, slot->mad, 0, 1);
		return;
	}
	if (segment > job->seg_count || segment > job->newwin) {
		kmad_rmpp_refuse(k, agent, slot, WIRE_RMPP_STATUS_SEGMENT_TOO_BIG);
		return;
	}
	if (window < job->newwin || segment < job->last_ack)
		return; /* an old one */
	if (segment > job->last_ack) {
		job->last_ack = segment;
		job->retries_left = job->retries;
	}
	if (job->seg_num < segment)
		job->seg_num = segment;
	job->newwin = window;
	if (!kmad_rmpp_sending(job))
		job_acknowledged(k, job, slot);
	else if (!job->queue && job->seg_num < job->newwin && job->seg_num < job->seg_count &&
		 kmad_job_go(k, job))
		kmad_job_end(k, job, ETIMEDOUT);
}

void kmad_rmpp_abort(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot)
{
	uint8_t type = wire_rmpp_type(slot->mad);
	uint8_t status = wire_rmpp_status(slot->mad);
	bool legal = type == WIRE_RMPP_STOP ? status == WIRE_RMPP_STATUS_RESOURCES_EXHAUSTED
					    : status >= WIRE_RMPP_STATUS_ABORT_FIRST &&
						      status <= WIRE_RMPP_STATUS_ABORT_LAST;

	if (legal)
		job_abort(k, agent, slot);
	else
		kmad_rmpp_refuse(k, agent, slot, WIRE_RMPP_STATUS_ILLEGAL_STATUS);
}
