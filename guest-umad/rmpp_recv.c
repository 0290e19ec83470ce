/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Receiving by RMPP (IBA 13.6, Linux mad_rmpp.c): segments are assembled into one growing message and
 * acknowledged when a window is full and after the last. A finished transfer is kept for a while, to
 * acknowledge repeated segments.
 *
 * Unlike in the kernel, the answer stops the time-out of the request as long as segments arrive (the
 * kernel's time-out ends a long table in its middle), and a late ACK is repeated although the request has
 * ended.
 *
 * The peer is not trusted: segments outside the window are dropped, and memory grows with the received data
 * up to params.max_transfer_bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-umad/kmad_priv.h"

#define FIRST_BYTES ((size_t)1024) /* initial size of a message */

static struct kmad_transfer *transfer_of_node(struct htab_node *node)
{
	return container_of(node, struct kmad_transfer, by_tid);
}

/* find_rmpp_recv. */
struct kmad_transfer *kmad_transfer_find(const struct kmad *k, const struct kmad_agent *agent,
					 const struct chan_slot *slot)
{
	struct htab_node *node = htab_first(&k->transfers, wire_mad_tid(slot->mad));
	struct kmad_transfer *t;

	for (; node; node = htab_next(node)) {
		t = transfer_of_node(node);
		/* class, class version, method */
		if (t->agent == agent && t->addr.qpn == slot->addr.qpn &&
		    t->addr.lid == slot->addr.lid && !memcmp(t->head + 1, slot->mad + 1, 3))
			return t;
	}
	return NULL;
}

uint32_t kmad_transfer_window(const struct kmad *k, const struct kmad_job *job)
{
	struct htab_node *node = htab_first(&k->transfers, wire_mad_tid(job->mad));
	struct kmad_transfer *t;

	if (!(wire_mad_method(job->mad) & WIRE_METHOD_RESPONSE))
		return 1;
	for (; node; node = htab_next(node)) {
		t = transfer_of_node(node);
		/* class, class version */
		if (t->agent == job->agent && !memcmp(t->head + 1, job->mad + 1, 2) &&
		    !(wire_mad_method(t->head) & WIRE_METHOD_RESPONSE) &&
		    t->addr.lid == job->addr.lid)
			return t->repwin;
	}
	return 1;
}

void kmad_transfer_end(struct kmad *k, struct kmad_transfer *t)
{
	if (t->job)
		t->job->transfer = NULL;
	if (t->state == KMAD_TRANSFER_ACTIVE) {
		k->active_transfers--;
	} else {
		TAILQ_REMOVE(&k->lingering, t, lingering);
		k->lingering_count--;
	}
	wheel_cancel(&k->wheel, &t->timer.node);
	htab_remove(&k->transfers, &t->by_tid);
	TAILQ_REMOVE(&t->agent->transfers, t, of_agent);
	free(t->msg);
	free(t);
}

void kmad_transfer_abort(struct kmad *k, struct kmad_transfer *t)
{
	kmad_rmpp_nack(k, t->agent, &t->addr, t->head, WIRE_RMPP_STATUS_TOTAL_TIME_TOO_LONG);
	kmad_transfer_end(k, t);
}

void kmad_transfer_timer(struct kmad *k, struct kmad_transfer *t)
{
	if (t->state == KMAD_TRANSFER_ACTIVE)
		kmad_transfer_abort(k, t);
	else
		kmad_transfer_end(k, t);
}

/* A new segment arrived: restart the timers. */
static void transfer_progress(struct kmad *k, struct kmad_transfer *t)
{
	struct kmad_job *job = t->job;

	if (!job)
		kmad_timer_arm(k, &t->timer, KMAD_RMPP_IDLE_MS);
	else
		kmad_timer_arm(k, &job->timer,
			       job->timeout_ms > KMAD_RMPP_STALL_MS ? job->timeout_ms
								    : KMAD_RMPP_STALL_MS);
}

static void transfer_ack(struct kmad *k, struct kmad_transfer *t)
{
	t->last_ack = t->seg_num;
	kmad_rmpp_send_ack(k, t->agent, &t->addr, t->head, t->seg_num, t->newwin);
}

/* Makes room for `bytes`, at least doubling. 0 or -ENOMEM. */
static int transfer_grow(const struct kmad *k, struct kmad_transfer *t, size_t bytes)
{
	struct kmad_msg *msg;
	size_t capacity = t->capacity_bytes;

	if (bytes <= capacity)
		return 0;
	capacity = capacity ? capacity * 2 : FIRST_BYTES;
	if (capacity < bytes)
		capacity = bytes;
	if (capacity > k->params.max_transfer_bytes)
		capacity = k->params.max_transfer_bytes;
	assert(capacity >= bytes);
	msg = realloc(t->msg, sizeof(*msg) + capacity);
	if (!msg)
		return -ENOMEM;
	/* Gaps are filled before they are read. */
	t->msg = msg;
	t->capacity_bytes = capacity;
	return 0;
}

/* The end of segment n in the message: the whole first MAD, then the data of the others. */
static uint64_t segment_end(const struct kmad_transfer *t, uint32_t n)
{
	uint64_t seg = WIRE_MAD_BYTES - kmad_data_offset(wire_mad_class(t->head));

	return WIRE_MAD_BYTES + (n - 1) * seg;
}

/* The message exceeds the limits: stop the sender. */
static void transfer_refuse(struct kmad *k, struct kmad_transfer *t)
{
	struct kmad_job *job = t->job;

	kmad_rmpp_nack(k, t->agent, &t->addr, t->head, WIRE_RMPP_STATUS_RESOURCES_EXHAUSTED);
	kmad_transfer_end(k, t);
	if (job)
		kmad_job_end(k, job, ETIMEDOUT);
}

/* Stores a new segment that is in the window. 0, -EMSGSIZE or -ENOMEM. */
static int segment_store(const struct kmad *k, struct kmad_transfer *t, const uint8_t *mad)
{
	uint32_t n = wire_rmpp_segment(mad);
	uint32_t offset = kmad_data_offset(wire_mad_class(mad));
	uint64_t bit = UINT64_C(1) << (n % KMAD_RMPP_WINDOW);
	uint64_t end = segment_end(t, n);
	int ret;

	if (end > k->params.max_transfer_bytes)
		return -EMSGSIZE;
	ret = transfer_grow(k, t, (size_t)end);
	if (ret)
		return ret;
	if (n == 1)
		memcpy(t->msg->data, mad, WIRE_MAD_BYTES);
	else
		memcpy(t->msg->data + end - (WIRE_MAD_BYTES - offset), mad + offset,
		       WIRE_MAD_BYTES - offset);
	t->length[n % KMAD_RMPP_WINDOW] = wire_rmpp_length(mad);
	t->arrived |= bit;
	t->last_flag &= ~bit;
	if (wire_rmpp_flags(mad) & WIRE_RMPP_LAST)
		t->last_flag |= bit;
	return 0;
}

/* Moves seg_num to the last segment without a gap before it. True: the message is complete. */
static bool transfer_advance(struct kmad_transfer *t)
{
	uint64_t bit;

	while (t->seg_num < t->newwin) {
		bit = UINT64_C(1) << ((t->seg_num + 1) % KMAD_RMPP_WINDOW);
		if (!(t->arrived & bit))
			return false;
		t->arrived &= ~bit;
		t->seg_num++;
		if (t->last_flag & bit)
			return true;
	}
	return false;
}

/* get_mad_len: by the PayloadLength of the last segment; an invalid one counts as full. */
static size_t transfer_len(const struct kmad_transfer *t)
{
	uint32_t offset = kmad_data_offset(wire_mad_class(t->head));
	uint32_t length = t->length[t->seg_num % KMAD_RMPP_WINDOW];
	uint32_t pad = length < WIRE_RMPP_SEGMENT_BYTES ? WIRE_RMPP_SEGMENT_BYTES - length : 0;

	return offset + (size_t)t->seg_num * (WIRE_MAD_BYTES - offset) - pad;
}

static void transfer_linger(struct kmad *k, struct kmad_transfer *t)
{
	if (k->lingering_count == KMAD_LINGERING)
		kmad_transfer_end(k, TAILQ_FIRST(&k->lingering));
	if (t->job) {
		t->job->transfer = NULL;
		t->job = NULL;
	}
	t->state = KMAD_TRANSFER_COMPLETE;
	k->active_transfers--;
	TAILQ_INSERT_TAIL(&k->lingering, t, lingering);
	k->lingering_count++;
	kmad_timer_arm(k, &t->timer, KMAD_RMPP_LINGER_MS);
}

/* Frees unused memory of the message. */
static struct kmad_msg *msg_trim(struct kmad_msg *msg)
{
	struct kmad_msg *fit = realloc(msg, sizeof(*msg) + msg->len);

	if (!fit)
		return msg;
	return fit;
}

/* complete_rmpp: the whole message. */
static struct kmad_msg *transfer_complete(struct kmad *k, struct kmad_transfer *t)
{
	struct kmad_msg *msg = t->msg;

	transfer_ack(k, t);
	memset(msg, 0, sizeof(*msg));
	msg->len = transfer_len(t);
	t->msg = NULL;
	transfer_linger(k, t);
	return msg_trim(msg);
}

/* start_rmpp. */
static struct kmad_msg *transfer_start(struct kmad *k, struct kmad_agent *agent,
				       struct kmad_job *job, const struct chan_slot *slot)
{
	struct kmad_transfer *t;

	if (k->active_transfers >= k->params.max_transfers)
		return NULL;
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->agent = agent;
	t->addr = slot->addr;
	t->timer.of = KMAD_TIMER_TRANSFER;
	t->newwin = 1;
	t->repwin = 1;
	memcpy(t->head, slot->mad, sizeof(t->head));
	t->by_tid.key = wire_mad_tid(slot->mad);
	htab_insert(&k->transfers, &t->by_tid);
	TAILQ_INSERT_TAIL(&agent->transfers, t, of_agent);
	k->active_transfers++;
	if (job) {
		assert(!job->transfer);
		kmad_job_dequeue(k, job); /* the answer arrives: do not retry */
		t->job = job;
		t->job_cookie = job->by_cookie.key;
		job->transfer = t;
	}
	if (segment_store(k, t, slot->mad)) {
		kmad_transfer_end(k, t);
		return NULL;
	}
	if (transfer_advance(t))
		return transfer_complete(k, t);
	t->newwin += KMAD_RMPP_WINDOW;
	transfer_ack(k, t);
	transfer_progress(k, t);
	return NULL;
}

/* continue_rmpp. */
static struct kmad_msg *transfer_continue(struct kmad *k, struct kmad_transfer *t,
					  const struct chan_slot *slot)
{
	uint32_t n = wire_rmpp_segment(slot->mad);
	int ret;

	if (n > t->newwin)
		return NULL;
	if (n <= t->last_ack || t->state == KMAD_TRANSFER_COMPLETE) {
		t->last_ack = t->seg_num;
		kmad_rmpp_send_ack(k, t->agent, &t->addr, slot->mad, t->seg_num, t->newwin);
		return NULL;
	}
	if (n <= t->seg_num || t->arrived >> (n % KMAD_RMPP_WINDOW) & 1)
		return NULL;
	ret = segment_store(k, t, slot->mad);
	if (ret == -EMSGSIZE)
		transfer_refuse(k, t);
	if (ret)
		return NULL; /* -ENOMEM: as if lost on the wire */
	if (transfer_advance(t))
		return transfer_complete(k, t);
	if (t->seg_num == t->newwin) {
		t->newwin += KMAD_RMPP_WINDOW;
		transfer_ack(k, t);
	}
	transfer_progress(k, t);
	return NULL;
}

/* process_rmpp_data. */
static struct kmad_msg *receive_data(struct kmad *k, struct kmad_agent *agent,
				     const struct chan_slot *slot)
{
	bool first = wire_rmpp_flags(slot->mad) & WIRE_RMPP_FIRST;
	struct kmad_transfer *t = kmad_transfer_find(k, agent, slot);
	bool response = wire_mad_is_response(slot->mad);
	struct kmad_job *job = NULL;

	/* is_kernel_rmpp_data_response: only an answer to a request, or the rest of one. */
	if (response) {
		job = kmad_job_find(k, agent, slot);
		if (!job && !t)
			return NULL;
	}
	if (wire_rmpp_status(slot->mad)) {
		kmad_rmpp_nack(k, agent, &slot->addr, slot->mad, WIRE_RMPP_STATUS_ILLEGAL_STATUS);
		return NULL;
	}
	if (first != (wire_rmpp_segment(slot->mad) == 1)) {
		kmad_rmpp_nack(k, agent, &slot->addr, slot->mad, WIRE_RMPP_STATUS_BAD_FIRST);
		return NULL;
	}
	/* The TID was used again for another request: end the finished transfer. */
	if (t && first && job && t->state == KMAD_TRANSFER_COMPLETE &&
	    t->job_cookie != job->by_cookie.key) {
		kmad_transfer_end(k, t);
		t = NULL;
	}
	if (t)
		return transfer_continue(k, t, slot);
	/* One answer per request; a transfer begins with segment 1. */
	if (!first || (job && job->transfer))
		return NULL;
	return transfer_start(k, agent, job, slot);
}

/* The sender aborted the transfer: drop it; the time-out of the request continues. */
static bool receive_abandoned(struct kmad *k, struct kmad_agent *agent,
			      const struct chan_slot *slot)
{
	struct kmad_transfer *t = kmad_transfer_find(k, agent, slot);
	struct kmad_job *job;

	if (!t || t->state != KMAD_TRANSFER_ACTIVE)
		return false;
	job = t->job;
	kmad_transfer_end(k, t);
	if (job)
		kmad_job_await(k, job);
	return true;
}

/* ib_process_rmpp_recv_wc. */
struct kmad_msg *kmad_rmpp_receive(struct kmad *k, struct kmad_agent *agent,
				   const struct chan_slot *slot)
{
	if (wire_rmpp_version(slot->mad) != WIRE_RMPP_VERSION) {
		kmad_rmpp_refuse(k, agent, slot, WIRE_RMPP_STATUS_BAD_VERSION);
		return NULL;
	}
	switch (wire_rmpp_type(slot->mad)) {
	case WIRE_RMPP_DATA:
		return receive_data(k, agent, slot);
	case WIRE_RMPP_ACK:
		kmad_rmpp_ack(k, agent, slot);
		break;
	case WIRE_RMPP_STOP:
	case WIRE_RMPP_ABORT:
		if (!receive_abandoned(k, agent, slot))
			kmad_rmpp_abort(k, agent, slot);
		break;
	default:
		kmad_rmpp_refuse(k, agent, slot, WIRE_RMPP_STATUS_BAD_TYPE);
		break;
	}
	return NULL;
}
