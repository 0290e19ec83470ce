/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The invariants of a kmad: counts equal live objects, both directions of a link agree. */
#include "guest-umad/kmad_priv.h"

struct tally {
	size_t agents, jobs, outstanding, queued, transfers, active, lingering;
};

static void check_job(const struct kmad *k, const struct kmad_agent *agent,
		      const struct kmad_job *job, struct tally *n)
{
	assert(job->agent == agent);
	assert(job->by_tid.is_in && job->by_cookie.is_in);
	assert(job->by_tid.key == wire_mad_tid(job->mad));
	/* Every job has a time limit. */
	assert(wheel_armed(&job->timer.node));
	assert(!job->outstanding || kmad_job_is_request(job));
	assert(job->outstanding || job->queue || !kmad_job_is_request(job));
	assert(job->last_ack <= job->seg_num && job->seg_num <= job->seg_count);
	assert(!job->transfer || job->transfer->job == job);
	n->jobs++;
	n->outstanding += job->outstanding;
	n->queued += job->queue != NULL;
}

static void check_transfer(const struct kmad *k, const struct kmad_agent *agent,
			   const struct kmad_transfer *t, struct tally *n)
{
	bool active = t->state == KMAD_TRANSFER_ACTIVE;

	assert(t->agent == agent);
	assert(t->by_tid.is_in && t->by_tid.key == wire_mad_tid(t->head));
	assert(!t->job || (active && t->job->transfer == t));
	assert(t->job || wheel_armed(&t->timer.node));
	assert(active == (t->msg != NULL));
	assert(t->last_ack <= t->seg_num && t->seg_num <= t->newwin);
	assert(t->newwin - t->seg_num <= KMAD_RMPP_WINDOW);
	assert(t->capacity_bytes <= k->params.max_transfer_bytes);
	n->transfers++;
	n->active += active;
	n->lingering += !active;
}

static void check_agent(const struct kmad *k, const struct kmad_agent *agent, struct tally *n)
{
	const struct kmad_job *job;
	const struct kmad_transfer *t;

	assert(k->file[agent->file].agent[agent->number] == agent);
	assert(agent->by_hi_tid.is_in);
	assert(!agent->owner == !agent->reg.mgmt_class);
	TAILQ_FOREACH (job, &agent->jobs, of_agent)
		check_job(k, agent, job, n);
	TAILQ_FOREACH (t, &agent->transfers, of_agent)
		check_transfer(k, agent, t, n);
	n->agents++;
}

void kmad_check(const struct kmad *k)
{
	struct tally n = {0};
	const struct kmad_job *job;
	size_t waiting = 0;
	unsigned int file, i;

	for (file = 0; file < k->files; file++)
		for (i = 0; i < KMAD_MAX_AGENTS; i++)
			if (k->file[file].agent[i]) {
				assert(k->file[file].open);
				check_agent(k, k->file[file].agent[i], &n);
			}
	TAILQ_FOREACH (job, &k->urgent, waiting) {
		assert(job->queue == &k->urgent);
		waiting++;
	}
	TAILQ_FOREACH (job, &k->fresh, waiting) {
		assert(job->queue == &k->fresh && !job->outstanding);
		waiting++;
	}
	assert(n.agents == k->agents.count);
	assert(n.jobs == k->jobs_by_tid.count && n.jobs == k->jobs_by_cookie.count);
	assert(n.outstanding == k->outstanding);
	assert(n.queued == k->queued && waiting == k->queued);
	assert(n.transfers == k->transfers.count);
	assert(n.active == k->active_transfers && n.active <= k->params.max_transfers);
	assert(n.lingering == k->lingering_count && n.lingering <= KMAD_LINGERING);
	assert(k->control_count <= KMAD_CONTROL_SLOTS);
}
