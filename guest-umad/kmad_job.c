/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What files have sent and what waits for an answer: matching (mad.c, ib_find_send_mad), time-outs and
 * retries (timeout_sends, retry_send), and the queue in front of a full link.
 *
 * A job has an armed timer in two exclusive states: waiting for the link (queue set; the timer detects a
 * stalled link) or waiting for an answer. Its time does not run while it waits for the link.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-umad/kmad_priv.h"
#include "wire/work.h"

int kmad_link_send(struct kmad *k, struct chan_slot *slot, const struct kmad_agent *agent)
{
	int ret;

	slot->kind = CHAN_KIND_SEND;
	slot->client = (uint16_t)agent->file;
	slot->agent = (uint16_t)agent->number;
	ret = k->params.ops->send(k->params.ctx, slot);
	if (ret == 0)
		k->last_sent = k->now;
	k->blocked = ret == -EAGAIN;
	return ret;
}

void kmad_link_send_control(struct kmad *k, struct chan_slot *slot, const struct kmad_agent *agent)
{
	unsigned int last;

	if (!k->control_count && kmad_link_send(k, slot, agent) != -EAGAIN)
		return;
	if (k->control_count == KMAD_CONTROL_SLOTS)
		return; /* as if lost on the wire; RMPP repeats it */
	slot->kind = CHAN_KIND_SEND;
	slot->client = (uint16_t)agent->file;
	slot->agent = (uint16_t)agent->number;
	last = (k->control_first + k->control_count++) % KMAD_CONTROL_SLOTS;
	k->control[last] = *slot;
}

static bool flush_control(struct kmad *k)
{
	int ret;

	while (k->control_count) {
		ret = k->params.ops->send(k->params.ctx, &k->control[k->control_first]);
		k->blocked = ret == -EAGAIN;
		if (k->blocked)
			return false;
		k->last_sent = k->now;
		k->control_first = (k->control_first + 1) % KMAD_CONTROL_SLOTS;
		k->control_count--;
	}
	return true;
}

/* The longest time that the request may take. */
static uint64_t job_total_ms(const struct kmad_job *job)
{
	return (uint64_t)job->timeout_ms * ((uint64_t)job->retries + 1);
}

void kmad_job_dequeue(struct kmad *k, struct kmad_job *job)
{
	if (!job->queue)
		return;
	TAILQ_REMOVE(job->queue, job, waiting);
	job->queue = NULL;
	k->queued--;
}

static struct kmad_jobs *job_queue(struct kmad *k, const struct kmad_job *job)
{
	return job->outstanding || !kmad_job_is_request(job) ? &k->urgent : &k->fresh;
}

/* To the front if it was queued before and its timer runs. */
static void job_enqueue(struct kmad *k, struct kmad_job *job, bool front)
{
	assert(!job->queue);
	job->queue = job_queue(k, job);
	if (front)
		TAILQ_INSERT_HEAD(job->queue, job, waiting);
	else
		TAILQ_INSERT_TAIL(job->queue, job, waiting);
	k->queued++;
	if (!front)
		kmad_timer_arm(k, &job->timer,
			       job_total_ms(job) + KMAD_QUEUE_MS + k->params.grace_ms);
}

static int push_single(struct kmad *k, const struct kmad_job *job)
{
	struct chan_slot slot = {.addr = job->addr, .cookie = job->by_cookie.key};

	slot.timeout_ms = job->timeout_ms;
	if (k->params.link_times_out)
		slot.retries = (uint8_t)(job->retries < UINT8_MAX ? job->retries : UINT8_MAX);
	memcpy(slot.mad, job->mad, sizeof(slot.mad));
	return kmad_link_send(k, &slot, job->agent);
}

/* Sends what the job has to send now. 0: it waits or has ended; -errno: unchanged. */
static int job_push(struct kmad *k, struct kmad_job *job)
{
	int ret = kmad_rmpp_sending(job) ? kmad_rmpp_push(k, job) : push_single(k, job);

	if (kmad_job_is_request(job) && !job->outstanding && (!ret || job->seg_num)) {
		job->outstanding = true;
		k->outstanding++;
	}
	if (ret)
		return ret;
	if (job->timeout_ms || kmad_rmpp_sending(job))
		kmad_job_await(k, job);
	else
		kmad_job_end(k, job, 0);
	return 0;
}

static bool limit_reached(const struct kmad *k)
{
	return k->params.max_outstanding && k->outstanding >= k->params.max_outstanding;
}

bool kmad_has_to_flush(const struct kmad *k)
{
	return k->control_count || !TAILQ_EMPTY(&k->urgent) ||
	       (!TAILQ_EMPTY(&k->fresh) && !limit_reached(k));
}

int kmad_job_go(struct kmad *k, struct kmad_job *job)
{
	bool wait = k->control_count || !TAILQ_EMPTY(&k->urgent);
	int ret;

	if (job_queue(k, job) == &k->fresh)
		wait |= !TAILQ_EMPTY(&k->fresh) || limit_reached(k);
	if (!wait) {
		ret = job_push(k, job);
		if (ret != -EAGAIN)
			return ret;
	}
	if (k->queued >= KMAD_MAX_QUEUED)
		return -ENOMEM;
	job_enqueue(k, job, false);
	return 0;
}

static bool flush_queue(struct kmad *k, struct kmad_jobs *queue)
{
	struct kmad_job *job;
	int ret;

	while ((job = TAILQ_FIRST(queue))) {
		if (queue == &k->fresh && limit_reached(k))
			return false;
		kmad_job_dequeue(k, job);
		ret = job_push(k, job);
		if (ret == -EAGAIN) {
			job_enqueue(k, job, true);
			return false;
		}
		if (ret)
			kmad_job_end(k, job, ETIMEDOUT);
	}
	return true;
}

void kmad_flush(struct kmad *k)
{
	if (!k->queued && !k->control_count)
		return;
	if (flush_control(k) && flush_queue(k, &k->urgent))
		flush_queue(k, &k->fresh);
}

/* The link times out requests only; kmad times out responses that have a time-out, as the kernel does. */
static bool link_times_out(const struct kmad *k, const struct kmad_job *job)
{
	return k->params.link_times_out && kmad_job_is_request(job);
}

bool kmad_job_awaits_link(const struct kmad *k, const struct kmad_job *job)
{
	return link_times_out(k, job) && !job->queue && !job->transfer && !kmad_rmpp_sending(job);
}

uint64_t kmad_job_grace_ms(const struct kmad *k, const struct kmad_job *job)
{
	return k->params.grace_ms + (work_makes_table(job->mad) ? KMAD_QUEUE_MS : 0u);
}

void kmad_job_await(struct kmad *k, struct kmad_job *job)
{
	uint64_t wait_ms = job->timeout_ms;

	if (kmad_rmpp_sending(job)) {
		if (!wait_ms || wait_ms > KMAD_RMPP_ACK_MS)
			wait_ms = KMAD_RMPP_ACK_MS;
	} else if (link_times_out(k, job)) {
		wait_ms = job_total_ms(job) + kmad_job_grace_ms(k, job);
	}
	kmad_timer_arm(k, &job->timer, wait_ms);
}

void kmad_job_requeue(struct kmad *k, struct kmad_job *job)
{
	/* A sent response is not sent again: the next link has no request for it. */
	if (!job->queue && !kmad_job_is_request(job) && !kmad_rmpp_sending(job))
		return;
	if (job->seg_count) {
		job->seg_num = job->last_ack = 0;
		job->newwin = kmad_transfer_window(k, job);
	}
	job->retries_left = job->retries;
	if (!job->queue)
		job_enqueue(k, job, false);
}

static void job_report(struct kmad *k, const struct kmad_job *job, uint32_t status)
{
	struct kmad_msg *msg = kmad_msg_new(24);

	if (!msg)
		return;
	/* user_mad.c, send_handler: only the MAD header is returned. */
	memcpy(msg->data, job->mad, 24);
	msg->status = status;
	msg->timeout_ms = job->timeout_ms;
	msg->retries = job->retries;
	msg->addr = job->addr;
	kmad_deliver(k, job->agent, msg);
}

void kmad_job_end(struct kmad *k, struct kmad_job *job, uint32_t status)
{
	kmad_job_dequeue(k, job);
	wheel_cancel(&k->wheel, &job->timer.node);
	htab_remove(&k->jobs_by_tid, &job->by_tid);
	htab_remove(&k->jobs_by_cookie, &job->by_cookie);
	TAILQ_REMOVE(&job->agent->jobs, job, of_agent);
	if (job->outstanding)
		k->outstanding--;
	if (job->transfer) {
		struct kmad_transfer *t = job->transfer;

		t->job = NULL;
		job->transfer = NULL;
		if (t->state == KMAD_TRANSFER_ACTIVE)
			kmad_transfer_end(k, t);
	}
	/* The end of a single MAD without an expected answer is not reported. */
	if (status && (job->timeout_ms || job->seg_count))
		job_report(k, job, status);
	free(job);
}

/* The timer of a job that waits for the link: ends the job if the link has stalled. */
static void queued_timer(struct kmad *k, struct kmad_job *job)
{
	uint64_t limit_ms = job_total_ms(job) + KMAD_QUEUE_MS + k->params.grace_ms;
	struct mono_ms due = mono_add(k->last_sent, limit_ms);

	if (mono_before(k->now, due))
		wheel_arm(&k->wheel, &job->timer.node, due);
	else
		kmad_job_end(k, job, ETIMEDOUT);
}

void kmad_job_timer(struct kmad *k, struct kmad_job *job)
{
	bool sending = kmad_rmpp_sending(job);

	if (job->queue) {
		queued_timer(k, job);
		return;
	}
	if (job->transfer)
		kmad_transfer_abort(k, job->transfer);
	/* The link's time-out is over, or (retry_send) an RMPP message waits for its answer only. */
	if (!job->retries_left || (job->seg_count ? !sending : link_times_out(k, job))) {
		kmad_job_end(k, job, ETIMEDOUT);
		return;
	}
	job->retries_left--;
	job->seg_num = job->last_ack;
	if (kmad_job_go(k, job))
		kmad_job_end(k, job, ETIMEDOUT);
}

/* Whether a received MAD comes from the job's destination. rcv_has_same_gid, for a port with LMC 0. */
static bool same_peer(const struct kmad_job *job, const struct chan_slot *slot)
{
	bool sent_response = wire_mad_is_response(job->mad);
	bool got_response = wire_mad_is_response(slot->mad);

	if (sent_response == got_response)
		return false;
	if (!job->addr.grh_present != !slot->addr.grh_present)
		return false;
	if (got_response)
		return true;
	if (!job->addr.grh_present)
		return job->addr.lid == slot->addr.lid;
	return !memcmp(job->addr.gid, slot->addr.gid, sizeof(job->addr.gid));
}

static struct kmad_job *job_of_tid_node(struct htab_node *node)
{
	return container_of(node, struct kmad_job, by_tid);
}

struct kmad_job *kmad_job_find(const struct kmad *k, const struct kmad_agent *agent,
			       const struct chan_slot *slot)
{
	uint8_t mgmt_class = wire_mad_class(slot->mad);
	struct htab_node *node = htab_first(&k->jobs_by_tid, wire_mad_tid(slot->mad));
	struct kmad_job *job;

	for (; node; node = htab_next(node)) {
		job = job_of_tid_node(node);
		if (job->agent != agent || wire_mad_class(job->mad) != mgmt_class)
			continue;
		if (job->queue == &k->fresh || (!job->timeout_ms && !job->seg_count))
			continue;
		if (mgmt_class == WIRE_CLASS_SUBN_DR || same_peer(job, slot))
			return job;
	}
	return NULL;
}

struct kmad_job *kmad_job_by_cookie(const struct kmad *k, uint64_t cookie)
{
	struct htab_node *node = htab_first(&k->jobs_by_cookie, cookie);

	return node ? container_of(node, struct kmad_job, by_cookie) : NULL;
}

/* user_mad.c, same_destination. */
static bool same_destination(const struct chan_addr *a, const struct chan_addr *b)
{
	if (!a->grh_present && !b->grh_present)
		return a->lid == b->lid;
	if (a->grh_present && b->grh_present)
		return !memcmp(a->gid, b->gid, sizeof(a->gid));
	return false;
}

/* user_mad.c, is_duplicate: the file still waits for an answer with this TID and class. */
static bool job_is_duplicate(const struct kmad *k, const struct kmad_agent *agent,
			     const struct chan_addr *addr, const uint8_t *mad)
{
	struct htab_node *node = htab_first(&k->jobs_by_tid, wire_mad_tid(mad));
	struct kmad_job *job;
	bool response = wire_mad_is_response(mad);

	for (; node; node = htab_next(node)) {
		job = job_of_tid_node(node);
		if (job->agent->file != agent->file ||
		    wire_mad_class(job->mad) != wire_mad_class(mad) ||
		    wire_mad_is_response(job->mad) != response)
			continue;
		if (!response || same_destination(&job->addr, addr))
			return true;
	}
	return false;
}

/* The length checks of ib_umad_write and ib_create_send_mad. */
static bool len_is_valid(const struct kmad_agent *agent, const uint8_t *mad, size_t len)
{
	uint8_t mgmt_class;

	if (len < WIRE_RMPP_OFFSET + WIRE_RMPP_BYTES)
		return false;
	mgmt_class = wire_mad_class(mad);
	if (len < kmad_data_offset(mgmt_class))
		return false;
	if (agent->reg.rmpp_version && !wire_class_has_rmpp(mgmt_class))
		return false;
	if (kmad_agent_has_rmpp(agent) && wire_rmpp_active(mad))
		return len <= UINT32_MAX / 2;
	return len <= WIRE_MAD_BYTES;
}

static struct kmad_job *job_new(struct kmad *k, struct kmad_agent *agent, const uint8_t *data,
				size_t len)
{
	size_t room = len < WIRE_MAD_BYTES ? WIRE_MAD_BYTES : len;
	struct kmad_job *job = malloc(sizeof(*job) + room);

	if (!job)
		return NULL;
	memset(job, 0, sizeof(*job));
	memcpy(job->mad, data, len);
	memset(job->mad + len, 0, room - len);
	job->len = len;
	job->agent = agent;
	job->timer.of = KMAD_TIMER_JOB;
	job->by_tid.key = wire_mad_tid(data);
	htab_insert(&k->jobs_by_tid, &job->by_tid);
	job->by_cookie.key = ++k->last_cookie;
	htab_insert(&k->jobs_by_cookie, &job->by_cookie);
	TAILQ_INSERT_TAIL(&agent->jobs, job, of_agent);
	return job;
}

static struct kmad_agent *agent_at(struct kmad *k, unsigned int file, unsigned int agent)
{
	assert(file < k->files && k->file[file].open);
	return agent < KMAD_MAX_AGENTS ? k->file[file].agent[agent] : NULL;
}

int kmad_send(struct kmad *k, unsigned int file, unsigned int agent_number,
	      const struct chan_addr *addr, uint8_t *data, size_t len, uint32_t timeout_ms,
	      uint32_t retries, struct mono_ms now)
{
	struct kmad_agent *agent = agent_at(k, file, agent_number);
	struct kmad_job *job;
	int ret;

	kmad_enter(k, now);
	if (len < WIRE_RMPP_OFFSET + WIRE_RMPP_BYTES || agent_number >= KMAD_MAX_AGENTS)
		return -EINVAL;
	if (!agent)
		return -EIO;
	if (!len_is_valid(agent, data, len))
		return -EINVAL;
	if (!wire_mad_is_response(data))
		put_be32(data + 8, (uint32_t)agent->by_hi_tid.key);
	/* An application that runs RMPP itself sends many segments with one TID. */
	if ((kmad_agent_has_rmpp(agent) || !wire_rmpp_active(data)) &&
	    job_is_duplicate(k, agent, addr, data))
		return -EINVAL;
	job = job_new(k, agent, data, len);
	if (!job)
		return -ENOMEM;
	job->addr = *addr;
	job->timeout_ms = timeout_ms;
	job->retries = retries;
	job->retries_left = retries;
	if (kmad_agent_has_rmpp(agent) && wire_rmpp_active(data))
		kmad_rmpp_prepare(k, job);
	ret = kmad_job_go(k, job);
	if (ret)
		kmad_job_end(k, job, 0);
	return ret;
}
