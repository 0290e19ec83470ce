/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files, agents, and the handling of a received MAD (mad.c: ib_mad_recv_done, find_mad_agent,
 * ib_mad_complete_recv). See kmad_priv.h for ownership.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "guest-umad/kmad_priv.h"

#define HI_TID_MASK 0xffffffu /* mad.c: "must avoid using the top byte" */
#define CM_CLASS_PORT_INFO 1

struct kmad *kmad_new(const struct kmad_params *params)
{
	struct kmad *k = calloc(1, sizeof(*k));
	uint64_t seed = (uint64_t)params->seed << 32 | ~params->seed;

	if (!k)
		return NULL;
	k->params = *params;
	if (!k->params.max_transfers)
		k->params.max_transfers = KMAD_TRANSFERS;
	if (!k->params.max_transfer_bytes)
		k->params.max_transfer_bytes = KMAD_TRANSFER_BYTES;
	k->next_hi_tid = params->seed & HI_TID_MASK;
	LIST_INIT(&k->owners);
	TAILQ_INIT(&k->urgent);
	TAILQ_INIT(&k->fresh);
	TAILQ_INIT(&k->lingering);
	if (htab_init(&k->agents, seed) || htab_init(&k->jobs_by_tid, seed) ||
	    htab_init(&k->jobs_by_cookie, seed) || htab_init(&k->transfers, seed)) {
		kmad_free(k);
		return NULL;
	}
	return k;
}

void kmad_free(struct kmad *k)
{
	unsigned int i;

	if (!k)
		return;
	for (i = 0; i < k->files; i++)
		if (k->file[i].open)
			kmad_file_close(k, i);
	htab_fini(&k->agents);
	htab_fini(&k->jobs_by_tid);
	htab_fini(&k->jobs_by_cookie);
	htab_fini(&k->transfers);
	free(k->file);
	free(k);
}

void kmad_enter(struct kmad *k, struct mono_ms now)
{
	if (!k->started) {
		wheel_init(&k->wheel, now);
		k->last_sent = now;
		k->started = true;
	}
	if (mono_before(k->now, now))
		k->now = now;
	/* An idle link is not a stalled one. */
	if (!k->queued)
		k->last_sent = k->now;
}

struct kmad_msg *kmad_msg_new(size_t bytes)
{
	struct kmad_msg *msg = malloc(sizeof(*msg) + bytes);

	if (!msg)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	msg->len = bytes;
	return msg;
}

void kmad_deliver(struct kmad *k, const struct kmad_agent *agent, struct kmad_msg *msg)
{
	msg->agent = agent->number;
	k->params.ops->deliver(k->params.ctx, agent->file, msg);
}

int kmad_file_open(struct kmad *k)
{
	struct kmad_file *grown;
	unsigned int i;

	for (i = 0; i < k->files; i++)
		if (!k->file[i].open)
			break;
	if (i > UINT16_MAX)
		return -EMFILE;
	if (i == k->files) {
		grown = realloc(k->file, (k->files + 1) * sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		k->file = grown;
		k->files++;
	}
	memset(&k->file[i], 0, sizeof(k->file[i]));
	k->file[i].open = true;
	return (int)i;
}

static void agent_end(struct kmad *k, struct kmad_agent *agent)
{
	struct kmad_job *job;
	struct kmad_transfer *t;

	while ((job = TAILQ_FIRST(&agent->jobs)))
		kmad_job_end(k, job, 0);
	while ((t = TAILQ_FIRST(&agent->transfers)))
		kmad_transfer_end(k, t);
	kmad_owner_release(agent);
	htab_remove(&k->agents, &agent->by_hi_tid);
	free(agent);
}

void kmad_file_close(struct kmad *k, unsigned int file)
{
	unsigned int i;

	assert(file < k->files && k->file[file].open);
	for (i = 0; i < KMAD_MAX_AGENTS; i++)
		if (k->file[file].agent[i])
			agent_end(k, k->file[file].agent[i]);
	memset(&k->file[file], 0, sizeof(k->file[file]));
}

/* The upper half of the TIDs of a new agent: unused, and the least recently used. */
static uint32_t hi_tid_next(struct kmad *k)
{
	do
		k->next_hi_tid = (k->next_hi_tid + 1) & HI_TID_MASK;
	while (!k->next_hi_tid || htab_first(&k->agents, k->next_hi_tid));
	return k->next_hi_tid;
}

int kmad_register(struct kmad *k, unsigned int file, const struct kmad_reg *reg)
{
	struct kmad_agent *agent;
	unsigned int i;
	int ret;

	assert(file < k->files && k->file[file].open);
	for (i = 0; i < KMAD_MAX_AGENTS; i++)
		if (!k->file[file].agent[i])
			break;
	if (i == KMAD_MAX_AGENTS)
		return -ENOMEM;
	agent = calloc(1, sizeof(*agent));
	if (!agent)
		return -ENOMEM;
	agent->file = file;
	agent->number = i;
	agent->reg = *reg;
	TAILQ_INIT(&agent->jobs);
	TAILQ_INIT(&agent->transfers);
	ret = kmad_owner_take(k, agent);
	if (ret) {
		free(agent);
		return ret;
	}
	agent->by_hi_tid.key = hi_tid_next(k);
	htab_insert(&k->agents, &agent->by_hi_tid);
	k->file[file].agent[i] = agent;
	return (int)i;
}

int kmad_unregister(struct kmad *k, unsigned int file, unsigned int agent)
{
	assert(file < k->files && k->file[file].open);
	if (agent >= KMAD_MAX_AGENTS || !k->file[file].agent[agent])
		return -EINVAL;
	agent_end(k, k->file[file].agent[agent]);
	k->file[file].agent[agent] = NULL;
	return 0;
}

/* validate_mad; the link knows whether QP0 or QP1 received it. */
static bool mad_is_valid(const uint8_t *mad)
{
	if (wire_mad_base_version(mad) != 1)
		return false;
	return wire_mad_class(mad) != WIRE_CLASS_CM ||
	       wire_mad_attribute(mad) == CM_CLASS_PORT_INFO ||
	       wire_mad_method(mad) == WIRE_METHOD_SEND;
}

/* find_mad_agent: responses by the upper half of the TID, others by class and method. */
static struct kmad_agent *route(const struct kmad *k, const uint8_t *mad)
{
	struct htab_node *node;

	if (!wire_mad_is_response(mad))
		return kmad_owner_find(k, mad);
	node = htab_first(&k->agents, wire_mad_tid(mad) >> 32);
	return node ? container_of(node, struct kmad_agent, by_hi_tid) : NULL;
}

static void deliver_received(struct kmad *k, const struct kmad_agent *agent,
			     const struct chan_slot *slot, struct kmad_msg *msg)
{
	if (!msg) {
		msg = kmad_msg_new(sizeof(slot->mad));
		if (!msg)
			return;
		memcpy(msg->data, slot->mad, sizeof(slot->mad));
	}
	msg->addr = slot->addr;
	kmad_deliver(k, agent, msg);
}

/* ib_mad_complete_recv. */
static void receive_mad(struct kmad *k, const struct chan_slot *slot)
{
	struct kmad_agent *agent;
	struct kmad_job *job = NULL;
	struct kmad_msg *msg = NULL;
	bool active = wire_rmpp_active(slot->mad);

	if (!mad_is_valid(slot->mad))
		return;
	agent = route(k, slot->mad);
	if (!agent)
		return;
	if (active && kmad_agent_has_rmpp(agent)) {
		msg = kmad_rmpp_receive(k, agent, slot);
		if (!msg)
			return;
	}
	if (wire_mad_is_response(slot->mad)) {
		job = kmad_job_find(k, agent, slot);
		/* A late or foreign MAD; only an application with its own RMPP may still use it. */
		if (!job && (!active || kmad_agent_has_rmpp(agent))) {
			free(msg);
			return;
		}
	}
	deliver_received(k, agent, slot, msg);
	if (job)
		kmad_job_end(k, job, 0);
}

static void receive_done(struct kmad *k, const struct chan_slot *slot)
{
	struct kmad_job *job = kmad_job_by_cookie(k, slot->cookie);

	/* A single MAD without an expected answer has no job; an ACK ends a message without an answer. */
	if (!job || (!job->timeout_ms && !(job->seg_count && slot->status)))
		return;
	kmad_job_end(k, job, slot->status ? slot->status : ETIMEDOUT);
}

void kmad_receive(struct kmad *k, const struct chan_slot *slot, struct mono_ms now)
{
	kmad_enter(k, now);
	if (slot->kind == CHAN_KIND_RECV)
		receive_mad(k, slot);
	else if (slot->kind == CHAN_KIND_SEND_DONE)
		receive_done(k, slot);
	else
		return;
	kmad_flush(k);
}

static void agent_link_lost(struct kmad *k, struct kmad_agent *agent)
{
	struct kmad_transfer *t;
	struct kmad_job *job;

	while ((t = TAILQ_FIRST(&agent->transfers)))
		kmad_transfer_end(k, t);
	TAILQ_FOREACH (job, &agent->jobs, of_agent)
		kmad_job_requeue(k, job);
}

void kmad_link_lost(struct kmad *k, struct mono_ms now)
{
	unsigned int file, i;

	kmad_enter(k, now);
	for (file = 0; file < k->files; file++)
		for (i = 0; i < KMAD_MAX_AGENTS; i++)
			if (k->file[file].agent[i])
				agent_link_lost(k, k->file[file].agent[i]);
	k->control_count = 0;
}

static void agent_fail(struct kmad *k, struct kmad_agent *agent, uint32_t status)
{
	struct kmad_transfer *t;
	struct kmad_job *job;

	while ((job = TAILQ_FIRST(&agent->jobs)))
		kmad_job_end(k, job, job->timeout_ms ? status : 0);
	while ((t = TAILQ_FIRST(&agent->transfers)))
		kmad_transfer_end(k, t);
}

bool kmad_is_overdue(const struct kmad *k, unsigned int file, struct mono_ms now)
{
	const struct kmad_agent *agent;
	const struct kmad_job *job;
	unsigned int i;

	assert(file < k->files && k->file[file].open);
	for (i = 0; i < KMAD_MAX_AGENTS; i++) {
		agent = k->file[file].agent[i];
		if (!agent)
			continue;
		TAILQ_FOREACH (job, &agent->jobs, of_agent)
			if (kmad_job_awaits_link(k, job) &&
			    job->timer.node.when <= now.ms + kmad_job_grace_ms(k, job))
				return true;
	}
	return false;
}

void kmad_fail_all(struct kmad *k, uint32_t status)
{
	unsigned int file, i;

	for (file = 0; file < k->files; file++)
		for (i = 0; i < KMAD_MAX_AGENTS; i++)
			if (k->file[file].agent[i])
				agent_fail(k, k->file[file].agent[i], status);
	k->control_count = 0;
	k->blocked = false;
}

void kmad_tick(struct kmad *k, struct mono_ms now)
{
	struct wheel_node *node;
	struct kmad_timer *timer;

	kmad_enter(k, now);
	kmad_flush(k);
	while ((node = wheel_pop(&k->wheel, k->now))) {
		timer = container_of(node, struct kmad_timer, node);
		if (timer->of == KMAD_TIMER_JOB)
			kmad_job_timer(k, container_of(timer, struct kmad_job, timer));
		else
			kmad_transfer_timer(k, container_of(timer, struct kmad_transfer, timer));
	}
	kmad_flush(k);
}

struct mono_ms kmad_deadline(const struct kmad *k)
{
	struct mono_ms due;

	if (!k->started)
		return MONO_NEVER;
	due = wheel_deadline(&k->wheel);
	if (!kmad_has_to_flush(k))
		return due;
	return k->blocked ? mono_min(due, mono_add(k->now, KMAD_LINK_RETRY_MS)) : k->now;
}
