/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who is charged for what goes onto the wire. A request is charged from when it is made until it cannot
 * cost any more: it was answered, or neither the port nor its receiver has anything to do with it any
 * longer. As long as somebody waits for its answer it counts as `waiting`, later as `left`; of the latter
 * there may be as many again as of the former.
 *
 * What outlives the memory that its request lay in is counted by the time at which it ends
 * (base/linger.h).
 *
 * Two lines of requests stand here: attempts again take their turn, ACCOUNT_RETRIES_PER_MS of a guest's a
 * millisecond; and of tables, which make a server work long, ACCOUNT_TABLES run at a time.
 */
#pragma once

#include <sys/queue.h>

#include "base/linger.h"
#include "mad-proxy/core/engine.h"
#include "wire/work.h"

#define ACCOUNT_NO_QUOTA (UINT32_MAX / 4) /* what "no limit" means */
#define ACCOUNT_RETRIES_PER_MS 4
#define ACCOUNT_TABLES WORK_TABLES

struct request;
TAILQ_HEAD(request_line, request);

enum charge { CHARGE_NONE, CHARGE_WAITING, CHARGE_LEFT };

struct account {
	uint32_t quota; /* requests that may be waited for at a time */
	uint32_t waiting;
	uint32_t left; /* lingering ones included */
	struct request_line retries; /* request.c */
	struct timer retry_timer;
	struct mono_ms retried_at; /* and how many were in that millisecond */
	unsigned int retried;
	struct request_line tables; /* that wait until another has ended */
	unsigned int tables_running; /* lingering ones included */
	uint32_t mad_rate; /* MADs a second, 0: no limit */
	int64_t tokens; /* thousandths of a MAD; resent requests may bring it below zero */
	struct mono_ms tokens_at;
	struct linger lingering; /* requests */
	struct linger lingering_tables; /* those of them that are tables */
	struct timer linger_timer;
	/* Time brought room: a table may start, somebody may be read again. */
	void (*room)(struct proxy_core *core, struct account *account);
};

void account_init(struct proxy_core *core, struct account *a,
		  void (*room)(struct proxy_core *core, struct account *account));
void account_fini(struct proxy_core *core, struct account *a);

/* quota 0: none. */
void account_set_limits(struct account *a, uint32_t quota, uint32_t mad_rate);

/* Charges what was charged as *charge in another way. */
void account_charge(struct account *a, enum charge *charge, enum charge as);

/* Another request may be made. */
bool account_has_room(const struct account *a);

/* One MAD leaves, or leaves again. */
void account_charge_mad(struct account *a);
/* How long until the rate allows the next MAD. */
uint64_t account_rate_wait_ms(struct account *a, struct mono_ms now);

/*
 * One more that nobody waits for, for so long: its request's memory is not there to say so. `table`: it is
 * one that runs.
 */
void account_linger(struct proxy_core *core, struct account *a, uint64_t ms, bool table);

void account_check(const struct account *a);
