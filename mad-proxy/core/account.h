/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An account: what a guest is charged for requests. A request is charged from its creation until it is
 * answered, or until neither the port nor its receiver can work on it any more. While its owner waits for the
 * answer it counts as `waiting`, later as `left`; the limit of both is the same.
 *
 * What outlives the memory that its request lay in is counted by the time at which it ends
 * (base/linger.h).
 *
 * An account has two queues: repeated attempts, of which ACCOUNT_RETRIES_PER_MS are sent in a millisecond; and
 * tables, which take a server long, and of which ACCOUNT_TABLES run at a time.
 *
 * A request is young from its send until it is answered or the millisecond is over. Young requests stand before
 * those of other guests in the one send queue of a port.
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
	uint32_t quota; /* maximum of waiting requests */
	uint32_t waiting;
	uint32_t left; /* lingering ones included */
	struct request_line retries; /* request.c */
	struct timer retry_timer;
	struct mono_ms retried_at; /* and how many were in that millisecond */
	unsigned int retried;
	struct request_line tables; /* that wait until another has ended */
	unsigned int tables_running; /* lingering ones included */
	uint32_t young; /* requests, as of young_at */
	struct mono_ms young_at;
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

/* Changes the kind of a charge. */
void account_charge(struct account *a, enum charge *charge, enum charge as);

/* Another request may be made. */
bool account_has_room(const struct account *a);

/* Counts a request that is sent as young. */
void account_sent(struct account *a, struct mono_ms now);
/* The request sent at that time is not on the wire any more. */
void account_unsent(struct account *a, struct mono_ms sent_at, struct mono_ms now);
uint32_t account_young(struct account *a, struct mono_ms now);

/* Charges the rate for one MAD that is sent or sent again. */
void account_charge_mad(struct account *a);
/* The time until the rate allows the next MAD. */
uint64_t account_rate_wait_ms(struct account *a, struct mono_ms now);

/*
 * Adds a charge for ms without a request. table: it counts as a running table.
 */
void account_linger(struct proxy_core *core, struct account *a, uint64_t ms, bool table);

void account_check(const struct account *a);
