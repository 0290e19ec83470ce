/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Folds repeated audit records of a guest: the first of a kind is written at once, the following ones are
 * counted and written as one record with `repeats` after FOLD_FLUSH_MS or when the gateway stops. When the
 * table is full (a guest may use 65536 attributes), further kinds are counted by event and verdict. The
 * first FOLD_SESSIONS attaches, detaches and violations are each written. So the number of records per
 * guest and FOLD_FLUSH_MS is bounded, also across reconnects, and every event is counted.
 */
#include "mad-proxy/core/fold.h"

#include <string.h>

#include "base/container_of.h"
#include "mad-proxy/core/guest.h"

#define FOLD_SESSIONS 16 /* attaches and detaches of a guest that are each written */
#define FOLD_FLUSH_MS 10000

/* How many of one kind are written before they are counted. */
static unsigned int each_of(enum audit_event event)
{
	return event == AUDIT_ATTACH || event == AUDIT_DETACH || event == AUDIT_SESSION_KILL
		       ? FOLD_SESSIONS
		       : 1;
}

static bool has_rule(const struct audit_record *rec)
{
	return rec->event == AUDIT_MAD || rec->event == AUDIT_REGISTER ||
	       rec->event == AUDIT_HELD || rec->event == AUDIT_ATTACH;
}

static void emit(struct proxy_core *core, struct guest *g, const struct audit_record *rec,
		 uint64_t repeats)
{
	struct proxy_effect *fx = fx_add(core, PROXY_FX_AUDIT);

	fx->audit = *rec;
	fx->audit.guest = g->name;
	fx->audit.repeats = repeats;
	if (g->policy && has_rule(rec))
		fx->audit.rule = policy_rule(core->policy, g->policy, rec->key);
}

static bool same_group(const struct audit_record *a, const struct audit_record *b)
{
	return a->mgid_set == b->mgid_set &&
	       (!a->mgid_set || !memcmp(a->mgid, b->mgid, sizeof(a->mgid)));
}

static bool same_service(const struct audit_record *a, const struct audit_record *b)
{
	return a->service_id_set == b->service_id_set &&
	       (!a->service_id_set || a->service_id == b->service_id);
}

/*
 * Allowed MADs of one class and method are one kind; for refused ones the attribute must be equal as well,
 * and for both the multicast group or service id, if any.
 */
static bool same_kind(const struct audit_record *a, const struct audit_record *b)
{
	return a->event == b->event && a->verdict == b->verdict && a->reason == b->reason &&
	       a->key == b->key && a->mgmt_class == b->mgmt_class && a->method == b->method &&
	       (a->attribute == b->attribute || a->verdict == AUDIT_ALLOW) && same_group(a, b) &&
	       same_service(a, b);
}

static struct fold_entry *find(struct fold *f, const struct audit_record *rec)
{
	if (f->entry[f->last].used && same_kind(&f->entry[f->last].rec, rec))
		return &f->entry[f->last];
	for (unsigned int i = 0; i < FOLD_ENTRIES; i++) {
		if (f->entry[i].used && same_kind(&f->entry[i].rec, rec)) {
			f->last = i;
			return &f->entry[i];
		}
	}
	return NULL;
}

static struct fold_entry *free_entry(struct fold *f)
{
	for (unsigned int i = 0; i < FOLD_ENTRIES; i++)
		if (!f->entry[i].used)
			return &f->entry[i];
	return NULL;
}

/* A kind without an entry: counted with all others of its event and verdict. */
static void fold_rest(struct fold *f, const struct audit_record *rec)
{
	struct fold_entry *e = &f->rest[rec->event][rec->verdict];

	e->used = true;
	e->more++;
	e->rec = *rec;
	e->rec.detail = "and others, of more kinds than are written one by one";
}

void fold_audit(struct proxy_core *core, struct guest *g, const struct audit_record *rec)
{
	struct fold *f = &g->fold;
	struct fold_entry *e = find(f, rec);

	if (!timer_armed(&f->timer))
		timer_arm(core, &f->timer, FOLD_FLUSH_MS);
	if (!e) {
		e = free_entry(f);
		if (!e) {
			fold_rest(f, rec);
			return;
		}
		*e = (struct fold_entry){.used = true};
	}
	e->rec = *rec;
	if (e->written < each_of(rec->event)) {
		e->written++;
		emit(core, g, rec, 0);
	} else {
		e->more++;
	}
}

/* True when the kind occurred again and keeps its entry. */
static bool flush_one(struct proxy_core *core, struct guest *g, struct fold_entry *e)
{
	if (e->used && e->more)
		emit(core, g, &e->rec, e->more);
	else
		e->used = false;
	e->more = 0;
	return e->used;
}

bool fold_flush(struct proxy_core *core, struct guest *g)
{
	bool any = false;

	for (unsigned int i = 0; i < FOLD_ENTRIES; i++)
		any |= flush_one(core, g, &g->fold.entry[i]);
	for (unsigned int e = 0; e < AUDIT_EVENTS; e++)
		for (unsigned int v = 0; v < FOLD_VERDICTS; v++)
			any |= flush_one(core, g, &g->fold.rest[e][v]);
	return any;
}

static void fold_due(struct proxy_core *core, struct timer *timer)
{
	struct guest *g = container_of(timer, struct guest, fold.timer);

	if (fold_flush(core, g))
		timer_arm(core, timer, FOLD_FLUSH_MS);
	else
		guest_retire(core, g);
}

void fold_init(struct fold *f)
{
	f->timer.due = fold_due;
}
