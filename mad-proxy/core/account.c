/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/account.h"

#include <assert.h>

#include "base/container_of.h"

#define RATE_UNIT 1000 /* tokens of one MAD */
#define RATE_DEBT_MS 10000 /* a debt is at most what this time pays */

static void lingering_over(struct proxy_core *core, struct timer *timer);

void account_init(struct proxy_core *core, struct account *a,
		  void (*room)(struct proxy_core *core, struct account *account))
{
	a->room = room;
	a->linger_timer.due = lingering_over;
	TAILQ_INIT(&a->retries);
	TAILQ_INIT(&a->tables);
	a->tokens_at = core->now;
}

void account_fini(struct proxy_core *core, struct account *a)
{
	assert(TAILQ_EMPTY(&a->tables) && TAILQ_EMPTY(&a->retries));
	timer_cancel(core, &a->linger_timer);
	timer_cancel(core, &a->retry_timer);
}

void account_set_limits(struct account *a, uint32_t quota, uint32_t mad_rate)
{
	/* a rate begins with a full bucket */
	if (mad_rate && !a->mad_rate)
		a->tokens = (int64_t)mad_rate * RATE_UNIT;
	a->quota = quota ? quota : ACCOUNT_NO_QUOTA;
	a->mad_rate = mad_rate;
}

static void add(struct account *a, enum charge charge, uint32_t n)
{
	if (charge == CHARGE_WAITING)
		a->waiting += n;
	else if (charge == CHARGE_LEFT)
		a->left += n;
}

void account_charge(struct account *a, enum charge *charge, enum charge as)
{
	add(a, *charge, UINT32_MAX);
	add(a, as, 1);
	*charge = as;
}

bool account_has_room(const struct account *a)
{
	return a->waiting < a->quota &&
	       a->waiting + a->left < a->quota + work_abandoned_max(a->quota);
}

/* --- young requests --- */

uint32_t account_young(struct account *a, struct mono_ms now)
{
	if (now.ms != a->young_at.ms)
		a->young = 0;
	a->young_at = now;
	return a->young;
}

void account_sent(struct account *a, struct mono_ms now)
{
	account_young(a, now);
	a->young++;
}

void account_unsent(struct account *a, struct mono_ms sent_at, struct mono_ms now)
{
	account_young(a, now);
	if (sent_at.ms == now.ms)
		a->young--;
}

/* --- the rate --- */

/* Refills the bucket; it holds one second's worth, at least one MAD. */
uint64_t account_rate_wait_ms(struct account *a, struct mono_ms now)
{
	int64_t rate = a->mad_rate;
	int64_t elapsed;

	if (!rate)
		return 0;
	elapsed = (int64_t)mono_until(a->tokens_at, now);
	/* the bucket is full after that long, and the product could overflow */
	if (elapsed > RATE_DEBT_MS)
		a->tokens = rate * RATE_UNIT;
	else
		a->tokens += elapsed * rate;
	if (a->tokens > rate * RATE_UNIT)
		a->tokens = rate * RATE_UNIT;
	a->tokens_at = now;
	if (a->tokens >= RATE_UNIT)
		return 0;
	return (uint64_t)((RATE_UNIT - a->tokens + rate - 1) / rate);
}

void account_charge_mad(struct account *a)
{
	int64_t rate = a->mad_rate;

	if (rate && a->tokens > -rate * (RATE_DEBT_MS - 1000))
		a->tokens -= RATE_UNIT;
}

/* --- requests that are charged after their end --- */

static void wait_for_next(struct proxy_core *core, struct account *a)
{
	struct mono_ms due = mono_min(linger_due(&a->lingering), linger_due(&a->lingering_tables));

	if (due.ms != MONO_NEVER.ms)
		timer_arm_at(core, &a->linger_timer, due);
}

void account_linger(struct proxy_core *core, struct account *a, uint64_t ms, bool table)
{
	linger_add(&a->lingering, core->now, ms);
	a->left++;
	if (table)
		linger_add(&a->lingering_tables, core->now, ms);
	a->tables_running += table;
	wait_for_next(core, a);
}

static void lingering_over(struct proxy_core *core, struct timer *timer)
{
	struct account *a = container_of(timer, struct account, linger_timer);

	a->left -= linger_end(&a->lingering, core->now);
	a->tables_running -= linger_end(&a->lingering_tables, core->now);
	wait_for_next(core, a);
	a->room(core, a);
}

void account_check(const struct account *a)
{
	assert(a->young <= INT32_MAX); /* no more ended than were sent */
	assert(a->lingering_tables.count <= a->tables_running);
	assert(a->tables_running <= ACCOUNT_TABLES);
	assert(TAILQ_EMPTY(&a->tables) || a->tables_running == ACCOUNT_TABLES);
	assert(a->lingering.count <= a->left);
	assert(timer_armed(&a->linger_timer) == (a->lingering.count || a->lingering_tables.count));
}
