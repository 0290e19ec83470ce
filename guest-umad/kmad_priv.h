/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The internals of a kmad, shared by its files: kmad.c (files, agents, dispatch), kmad_owner.c (owners of
 * classes), kmad_job.c (sent messages), rmpp_send.c and rmpp_recv.c (RMPP).
 *
 * Ownership: the kmad owns files, a file its agents, an agent its jobs and transfers. A job and the
 * transfer of its answer refer to each other. Jobs and transfers of an agent end before the agent.
 */
#pragma once

#include <assert.h>
#include <stddef.h>
#include <sys/queue.h>

#include "base/container_of.h"
#include "base/htab.h"
#include "base/wheel.h"
#include "guest-umad/kmad.h"
#include "guest-umad/times.h"
#include "wire/mad.h"
#include "wire/rmpp.h"

#define KMAD_QP1_QKEY 0x80010000u

#define KMAD_CONTROL_SLOTS 64 /* ACKs, STOPs and ABORTs that wait for the link */
#define KMAD_MAX_QUEUED 262144 /* messages that wait for the link */
#define KMAD_LINGERING 1024 /* finished transfers kept to acknowledge repeated segments */

#define KMAD_RMPP_WINDOW 64 /* as mad_rmpp.c: an eighth of a receive queue of 512 */

struct kmad_agent;
struct kmad_job;
struct kmad_transfer;
struct kmad_owner;

TAILQ_HEAD(kmad_jobs, kmad_job);
TAILQ_HEAD(kmad_transfers, kmad_transfer);
LIST_HEAD(kmad_owners, kmad_owner);

enum kmad_timer_of { KMAD_TIMER_JOB, KMAD_TIMER_TRANSFER };

struct kmad_timer {
	struct wheel_node node;
	enum kmad_timer_of of;
};

/* A registered agent: number `number` of file `file`. */
struct kmad_agent {
	struct htab_node by_hi_tid;
	unsigned int file;
	unsigned int number;
	struct kmad_reg reg;
	struct kmad_owner *owner; /* NULL: registered without a class */
	struct kmad_jobs jobs;
	struct kmad_transfers transfers;
};

struct kmad_file {
	bool open;
	struct kmad_agent *agent[KMAD_MAX_AGENTS];
};

/*
 * One message of a file until it ends: by its answer, its time-out or SEND_DONE; if no answer is expected,
 * when it was sent (RMPP: acknowledged).
 */
struct kmad_job {
	struct htab_node by_tid;
	struct htab_node by_cookie;
	TAILQ_ENTRY(kmad_job) of_agent;
	TAILQ_ENTRY(kmad_job) waiting; /* in *queue */
	struct kmad_jobs *queue; /* the queue for the link in which it waits, or NULL */
	struct kmad_timer timer;
	struct kmad_agent *agent;
	struct kmad_transfer *transfer; /* of the answer */
	struct chan_addr addr;
	uint32_t timeout_ms;
	uint32_t retries;
	uint32_t retries_left;
	bool outstanding; /* counted in kmad.outstanding */

	/* RMPP; seg_count 0: a single MAD */
	uint32_t seg_count;
	uint32_t seg_num; /* last sent */
	uint32_t last_ack; /* last acknowledged */
	uint32_t newwin; /* last that may be sent */

	size_t len; /* of the message; a single MAD is padded to 256 */
	uint8_t mad[];
};

enum kmad_transfer_state { KMAD_TRANSFER_ACTIVE, KMAD_TRANSFER_COMPLETE };

/* One inbound RMPP message; kept for a while after its end. */
struct kmad_transfer {
	struct htab_node by_tid;
	TAILQ_ENTRY(kmad_transfer) of_agent;
	TAILQ_ENTRY(kmad_transfer) lingering; /* when COMPLETE, oldest first */
	struct kmad_timer timer;
	struct kmad_agent *agent;
	struct kmad_job *job; /* the job that it answers; NULL: unsolicited, or COMPLETE */
	uint64_t job_cookie; /* of that job, also after its end; 0: unsolicited */
	enum kmad_transfer_state state;
	struct chan_addr addr;
	uint32_t seg_num; /* all up to this one have arrived */
	uint32_t last_ack; /* last one acknowledged */
	uint32_t newwin; /* last one allowed */
	uint32_t repwin; /* initial window of our answer (double-sided) */

	/* Segments seg_num + 1 .. newwin, at number % KMAD_RMPP_WINDOW. */
	uint64_t arrived;
	uint64_t last_flag;
	uint32_t length[KMAD_RMPP_WINDOW]; /* of seg_num and every segment after it that arrived */

	uint8_t head[64]; /* of the first segment, for ACKs */
	struct kmad_msg *msg; /* ACTIVE: the received data, with gaps */
	size_t capacity_bytes; /* of msg->data */
};

struct kmad {
	struct kmad_params params;
	struct mono_ms now; /* of the current call */
	bool started; /* the wheel's time was set */
	struct wheel wheel;

	struct kmad_file *file;
	unsigned int files;
	uint32_t next_hi_tid;
	struct htab agents; /* by upper half of the TID */
	struct kmad_owners owners;

	struct htab jobs_by_tid;
	struct htab jobs_by_cookie;
	uint64_t last_cookie;
	uint32_t outstanding;

	/* Waiting for the link: first started jobs and those without an answer, then new requests. */
	struct kmad_jobs urgent;
	struct kmad_jobs fresh;
	size_t queued;
	bool blocked; /* the link returned -EAGAIN */
	struct mono_ms last_sent; /* time of the last successful send */
	struct chan_slot control[KMAD_CONTROL_SLOTS];
	unsigned int control_first;
	unsigned int control_count;

	struct htab transfers; /* by TID */
	uint32_t active_transfers;
	struct kmad_transfers lingering;
	uint32_t lingering_count;
};

/* mad.c, ib_get_mad_data_offset: offset of the data in a MAD of this class. */
static inline uint32_t kmad_data_offset(uint8_t mgmt_class)
{
	if (mgmt_class == WIRE_CLASS_SA)
		return 56;
	if (mgmt_class == WIRE_CLASS_DEV_MGT || mgmt_class == WIRE_CLASS_DEV_ADM ||
	    mgmt_class == WIRE_CLASS_BIS)
		return 64;
	if (wire_class_has_oui(mgmt_class))
		return 40;
	return 24;
}

/* mad.c, ib_mad_kernel_rmpp_agent: kmad runs RMPP, not the application. */
static inline bool kmad_agent_has_rmpp(const struct kmad_agent *agent)
{
	return agent->reg.rmpp_version && !agent->reg.user_rmpp;
}

static inline void kmad_timer_arm(struct kmad *k, struct kmad_timer *timer, uint64_t delay_ms)
{
	wheel_arm(&k->wheel, &timer->node, mono_add(k->now, delay_ms));
}

/* kmad.c */

/* Every external call with a time begins with this. */
void kmad_enter(struct kmad *k, struct mono_ms now);
/* A message for the agent's file with room for `bytes`; NULL without memory. */
struct kmad_msg *kmad_msg_new(size_t bytes);
void kmad_deliver(struct kmad *k, const struct kmad_agent *agent, struct kmad_msg *msg);

/* kmad_owner.c: which agent receives unsolicited MADs of a class and method. */

/* Checks and registers what reg describes. 0, -EINVAL or -ENOMEM. */
int kmad_owner_take(struct kmad *k, struct kmad_agent *agent);
void kmad_owner_release(struct kmad_agent *agent);
struct kmad_agent *kmad_owner_find(const struct kmad *k, const uint8_t *mad);

/* kmad_job.c */

/*
 * Whether the job is a request. A response may have a time-out, too (libibmad always sets one): mad.c then
 * waits for an answer to it, but no other component does, so it is not counted as outstanding.
 */
static inline bool kmad_job_is_request(const struct kmad_job *job)
{
	return job->timeout_ms && !wire_mad_is_response(job->mad);
}
/* Sends one slot to the link. 0 or -errno. */
int kmad_link_send(struct kmad *k, struct chan_slot *slot, const struct kmad_agent *agent);
/* Sends kmad's own ACK, STOP or ABORT; dropped if too many wait. */
void kmad_link_send_control(struct kmad *k, struct chan_slot *slot, const struct kmad_agent *agent);
/* Sends what waits, up to the limits of the link and max_outstanding. */
void kmad_flush(struct kmad *k);
/* Whether something waits that only the link may delay. */
bool kmad_has_to_flush(const struct kmad *k);

/* ib_find_send_mad: the job of this received MAD. */
struct kmad_job *kmad_job_find(const struct kmad *k, const struct kmad_agent *agent,
			       const struct chan_slot *slot);
struct kmad_job *kmad_job_by_cookie(const struct kmad *k, uint64_t cookie);
/* Sends (again) or queues it. 0, or -errno of the link and the job is unchanged. */
int kmad_job_go(struct kmad *k, struct kmad_job *job);
/* Removes it from the queue for the link, if it is there. */
void kmad_job_dequeue(struct kmad *k, struct kmad_job *job);
/* After the loss of the link: queues it for the next one, to be sent from its start. */
void kmad_job_requeue(struct kmad *k, struct kmad_job *job);
/* Whether the job was sent and its timer is the backstop for a link that times out. */
bool kmad_job_awaits_link(const struct kmad *k, const struct kmad_job *job);
/* How much longer than the job's own time the link may take: a table may be queued in the gateway. */
uint64_t kmad_job_grace_ms(const struct kmad *k, const struct kmad_job *job);
/* Arms the timer for the answer of a sent job. */
void kmad_job_await(struct kmad *k, struct kmad_job *job);
/* Ends it. If status is not 0 and an answer or ACKs were expected, the file gets the status. */
void kmad_job_end(struct kmad *k, struct kmad_job *job, uint32_t status);
void kmad_job_timer(struct kmad *k, struct kmad_job *job);

/* rmpp_send.c */

/* Prepares a job whose message is RMPP: segments, first window. */
void kmad_rmpp_prepare(const struct kmad *k, struct kmad_job *job);
/* Sends the rest of the window. 0, -EAGAIN or another -errno of the link. */
int kmad_rmpp_push(struct kmad *k, struct kmad_job *job);
/* Some segments are not acknowledged yet. */
static inline bool kmad_rmpp_sending(const struct kmad_job *job)
{
	return job->last_ack < job->seg_count;
}
/* Handles an ACK; STOP and ABORT end the job of this MAD. */
void kmad_rmpp_ack(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot);
void kmad_rmpp_abort(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot);
void kmad_rmpp_send_ack(struct kmad *k, const struct kmad_agent *agent,
			const struct chan_addr *addr, const uint8_t *mad, uint32_t segment,
			uint32_t window_last);
/* Ends the job of this MAD, and answers it with an ABORT. */
void kmad_rmpp_refuse(struct kmad *k, struct kmad_agent *agent, const struct chan_slot *slot,
		      uint8_t status);
/* Answers a MAD with an ABORT (or, without resources, a STOP) of this status. */
void kmad_rmpp_nack(struct kmad *k, const struct kmad_agent *agent, const struct chan_addr *addr,
		    const uint8_t *mad, uint8_t status);

/* rmpp_recv.c */

/*
 * Takes an active RMPP MAD for an agent with RMPP. Returns the message if this MAD completes it, otherwise
 * NULL.
 */
struct kmad_msg *kmad_rmpp_receive(struct kmad *k, struct kmad_agent *agent,
				   const struct chan_slot *slot);
/* The inbound transfer of this sender, TID, class and method. */
struct kmad_transfer *kmad_transfer_find(const struct kmad *k, const struct kmad_agent *agent,
					 const struct chan_slot *slot);
/* The first window of our answer to a finished transfer (init_newwin). */
uint32_t kmad_transfer_window(const struct kmad *k, const struct kmad_job *job);
void kmad_transfer_end(struct kmad *k, struct kmad_transfer *t);
void kmad_transfer_timer(struct kmad *k, struct kmad_transfer *t);
/* Sends the sender an ABORT for its time-out, and frees the transfer. */
void kmad_transfer_abort(struct kmad *k, struct kmad_transfer *t);
