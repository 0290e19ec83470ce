/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/account.h"

#include <assert.h>

#include "base/container_of.h"

#define RATE_UNIT 1000 /* tokens of one MAD */
#define RATE_DEBT_MS 10000 /* a debt is never more than what this time pays */

static void linger_due(struct proxy_core *core, struct timer *timer);

void account_init(struct proxy_core *core, struct account *a,
		  void (*room)(struct proxy_core *core, struct account *account))
{
	a->room = room;
	a->linger_timer.due = linger_due;
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

uint32_t account_left_max(uint32_t quota)
{
	return work_left_max(quota);
}

bool account_has_room(const struct account *a)
{
	return a->waiting < a->quota &&
	       a->waiting + a->left < a->quota + account_left_max(a->quota);
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
	/* so long ago that it is full again, and the product might not fit */
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

/* --- what outlives its request --- */

static void wait_for_next(struct proxy_core *core, struct account *a)
{
	if (a->lingering_count && !timer_armed(&a->linger_timer))
		timer_arm_at(core, &a->linger_timer,
			     (struct mono_ms){a->linger_at * ACCOUNT_LINGER_MS});
}

void account_linger(struct proxy_core *core, struct account *a, uint64_t ms, bool table)
{
	uint64_t now = core->now.ms / ACCOUNT_LINGER_MS;
	uint64_t until = (core->now.ms + ms + ACCOUNT_LINGER_MS - 1) / ACCOUNT_LINGER_MS;

	if (!a->lingering_count)
		a->linger_at = now + 1;
	if (until < a->linger_at)
		until = a->linger_at;
	if (until >= a->linger_at + ACCOUNT_LINGER_PLACES)
		until = a->linger_at + ACCOUNT_LINGER_PLACES - 1;
	a->lingering[until % ACCOUNT_LINGER_PLACES].requests++;
	a->lingering[until % ACCOUNT_LINGER_PLACES].tables += table;
	a->tables_running += table;
	a->lingering_count++;
	a->left++;
	wait_for_next(core, a);
}

static void linger_due(struct proxy_core *core, struct timer *timer)
{
	struct account *a = container_of(timer, struct account, linger_timer);
	uint64_t now = core->now.ms / ACCOUNT_LINGER_MS;
	uint32_t over = 0;

	for (unsigned int i = 0; i < ACCOUNT_LINGER_PLACES && a->linger_at <= now; i++) {
		struct account_lingering *place =
			&a->lingering[a->linger_at % ACCOUNT_LINGER_PLACES];

		over += place->requests;
		a->tables_running -= place->tables;
		*place = (struct account_lingering){0};
		a->linger_at++;
	}
	a->lingering_count -= over;
	a->left -= over;
	wait_for_next(core, a);
	if (over)
		a->room(core, a);
}

void account_check(const struct account *a)
{
	uint32_t lingering = 0, tables = 0;

	for (unsigned int i = 0; i < ACCOUNT_LINGER_PLACES; i++) {
		lingering += a->lingering[i].requests;
		tables += a->lingering[i].tables;
	}
	assert(tables <= a->tables_running && a->tables_running <= ACCOUNT_TABLES);
	assert(TAILQ_EMPTY(&a->tables) || a->tables_running == ACCOUNT_TABLES);
	assert(lingering == a->lingering_count && lingering <= a->left);
	assert(timer_armed(&a->linger_timer) == (lingering != 0));
}
