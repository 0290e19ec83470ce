/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the gateway charges the guest, by user. It charges a request, even an abandoned one, as long as its
 * receiver may work on it (wire/work.h); when the guest's limit is reached, it stops reading the session
 * for all users. So each user gets at most its share of that (base/share.h) and of the tables that run at a
 * time. These counts equal the gateway's or exceed them: the gateway ends a charge at a late answer, which
 * it does not forward.
 */
#include <string.h>

#include "base/share.h"
#include "guest-umad/relay_priv.h"

/* --- users --- */

unsigned int cost_user(struct upstream *up, uint32_t uid)
{
	unsigned int at = USERS - 1;

	for (unsigned int i = USERS - 2; i; i--) {
		const struct user *u = &up->user[i];
		const bool used = u->clients || u->untimed.count || u->abandoned.count;

		if (used && u->uid == uid) {
			at = i;
			break;
		}
		if (!used)
			at = i;
	}
	if (!uid)
		at = 0;
	up->user[at].uid = uid;
	up->user[at].clients++;
	return at;
}

static void abandoned_end(struct upstream *up, struct mono_ms now)
{
	if (mono_before(now, up->abandoned_next))
		return;
	for (unsigned int i = 0; i < USERS; i++) {
		up->untimed -= linger_end(&up->user[i].untimed, now);
		up->abandoned -= linger_end(&up->user[i].abandoned, now);
	}
	up->abandoned_next = (struct mono_ms){(now.ms / LINGER_MS + 1) * LINGER_MS};
}

void cost_untimed(struct upstream *up, unsigned int user, uint64_t ms, struct mono_ms now)
{
	abandoned_end(up, now);
	linger_add(&up->user[user].untimed, now, ms);
	up->untimed++;
}

void cost_abandoned(struct upstream *up, unsigned int user, uint64_t ms, struct mono_ms now)
{
	abandoned_end(up, now);
	linger_add(&up->user[user].abandoned, now, ms);
	up->abandoned++;
}

static bool table_has_room(struct upstream *up, unsigned int user, bool is_table,
			   struct mono_ms now)
{
	const uint32_t all = is_table ? WORK_TABLES : TRANSFERS;
	const struct share share = {all, is_table ? 1 : all / ROOT_PART};
	uint32_t mine = 0, used = 0;

	for (unsigned int i = 0; i < WORK_TABLES + TRANSFERS; i++) {
		struct table *t = &up->table[i];

		if (t->used && !mono_before(now, t->until))
			t->used = false;
		if (!t->used || t->is_table != is_table)
			continue;
		used++;
		mine += t->user == user;
	}
	return share_has_one_more(share, mine, used, !user);
}

bool cost_has_room(struct upstream *up, const struct client *c, const struct chan_slot *slot,
		   struct mono_ms now)
{
	const struct user *u = &up->user[c->user];
	const uint32_t all = up->outstanding + work_abandoned_max(up->outstanding);
	const struct share share = {all, all / ROOT_PART};
	struct table *t;

	abandoned_end(up, now);
	if (!share_has_one_more(share, u->in_flight + u->untimed.count + u->abandoned.count,
				up->in_flight + up->untimed + up->abandoned, !c->user))
		return false;
	/* two of one name would not be told apart: what comes back for one would end the other */
	t = table_find(up, c, slot->mad);
	if (t && mono_before(now, t->until))
		return false;
	if (t)
		t->used = false;
	return !table_is_one(slot->mad) ||
	       table_has_room(up, c->user, work_makes_table(slot->mad), now);
}

/* --- tables and other transfers --- */

bool table_is_one(const uint8_t *mad)
{
	return work_makes_table(mad) || wire_rmpp_active(mad);
}

struct table *table_find(struct upstream *up, const struct client *c, const uint8_t *mad)
{
	for (unsigned int i = 0; i < WORK_TABLES + TRANSFERS; i++) {
		struct table *t = &up->table[i];

		if (t->used && t->client == client_number(up, c) && t->tid == wire_mad_tid(mad) &&
		    t->mgmt_class == wire_mad_class(mad))
			return t;
	}
	return NULL;
}

/*
 * The gateway ends a transfer for which nobody waits after WORK_TRANSFER_ACK_MS of silence, without a word: a
 * first segment is a new request then. Before half of that it certainly is not.
 */
static struct mono_ms lives_until(const struct table *t, struct mono_ms now)
{
	return t->is_untimed ? mono_add(now, WORK_TRANSFER_ACK_MS / 2) : MONO_NEVER;
}

struct table *table_add(struct upstream *up, const struct client *c, const struct chan_slot *slot,
			struct mono_ms now)
{
	const uint64_t attempts_ms = (uint64_t)slot->timeout_ms * (1u + slot->retries);
	struct table *t = up->table;

	while (t->used)
		t++;
	*t = (struct table){
		.used = true,
		.is_table = work_makes_table(slot->mad),
		.is_untimed = !slot->timeout_ms,
		.user = c->user,
		.mgmt_class = wire_mad_class(slot->mad),
		.client = (uint16_t)client_number(up, c),
		.timeout_ms = slot->timeout_ms ? slot->timeout_ms : WORK_TABLE_MS,
		.tid = wire_mad_tid(slot->mad),
		.agent = slot->agent,
		.addr = slot->addr,
		.until = mono_add(now, attempts_ms + WORK_TABLE_MS),
	};
	memcpy(t->mad, slot->mad, sizeof(t->mad));
	t->lives_until = lives_until(t, now);
	return t;
}

bool table_is_repeated(const struct table *t, const struct chan_slot *slot, struct mono_ms now)
{
	return mono_before(now, t->lives_until) && t->agent == slot->agent &&
	       !memcmp(&t->addr, &slot->addr, sizeof(t->addr)) &&
	       !memcmp(t->mad, slot->mad, sizeof(t->mad));
}

void table_goes_on(struct table *t, struct mono_ms now)
{
	const bool ends_soon = t->is_untimed && !t->is_table;
	struct mono_ms until =
		mono_add(now, ends_soon ? WORK_TRANSFER_ACK_MS
					: (uint64_t)t->timeout_ms + WORK_TRANSFER_IDLE_MS);

	if (mono_before(t->until, until))
		t->until = until;
	t->lives_until = lives_until(t, now);
}

void table_abandon(struct table *t, uint64_t ms, struct mono_ms now)
{
	t->used = t->is_table;
	t->client = NONE;
	t->until = mono_add(now, ms);
}

void tables_abandon(struct upstream *up, const struct client *c, struct mono_ms now)
{
	for (unsigned int i = 0; i < WORK_TABLES + TRANSFERS; i++)
		if (up->table[i].used && up->table[i].client == client_number(up, c))
			table_abandon(&up->table[i], c->work_ms, now);
}
