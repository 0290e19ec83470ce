/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Repeated audit records of a session, folded: the first of a kind is written at once, the next
 * ones are counted and written as one record with `repeats` when FOLD_FLUSH_MS have passed, when
 * their place is needed, or when the session ends. Nothing is lost, nothing floods.
 */
#include "mad-proxy/core/priv.h"

static void emit(struct proxy_core *core, struct session *s, const struct audit_record *rec,
		 uint64_t repeats)
{
	struct proxy_effect *fx = fx_add(core, PROXY_FX_AUDIT);

	fx->audit = *rec;
	fx->audit.guest = s->guest;
	fx->audit.repeats = repeats;
	if (s->policy && (rec->event == AUDIT_MAD || rec->event == AUDIT_REGISTER))
		fx->audit.rule = policy_rule(core->policy, s->policy,
					     rec->reason == AUDIT_REASON_PKEY ? POLICY_KEY_PKEYS
									      : POLICY_KEY_ACCESS);
	if (s->policy && rec->event == AUDIT_HELD)
		fx->audit.rule = policy_rule(core->policy, s->policy, POLICY_KEY_OUTSTANDING);
}

/* Allowed MADs are one kind a class and method, refused ones one an attribute as well. */
static bool same_kind(const struct audit_record *a, const struct audit_record *b)
{
	return a->event == b->event && a->verdict == b->verdict && a->reason == b->reason &&
	       a->mgmt_class == b->mgmt_class && a->method == b->method &&
	       (a->attribute == b->attribute || a->verdict == AUDIT_ALLOW);
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

static struct fold_entry *oldest(struct fold *f)
{
	struct fold_entry *old = &f->entry[0];

	for (unsigned int i = 0; i < FOLD_ENTRIES; i++) {
		if (!f->entry[i].used)
			return &f->entry[i];
		if ((int32_t)(f->entry[i].stamp - old->stamp) < 0)
			old = &f->entry[i];
	}
	return old;
}

void fold_init(struct fold *f)
{
	f->timer.kind = TIMER_FOLD;
}

void fold_audit(struct proxy_core *core, struct session *s, const struct audit_record *rec)
{
	struct fold *f = &s->fold;
	struct fold_entry *e = find(f, rec);

	if (e) {
		e->more++;
		e->rec.attribute = rec->attribute;
		e->rec.peer_lid = rec->peer_lid;
		e->stamp = ++f->stamp;
	} else {
		e = oldest(f);
		if (e->used && e->more)
			emit(core, s, &e->rec, e->more);
		*e = (struct fold_entry){.used = true, .stamp = ++f->stamp, .rec = *rec};
		emit(core, s, rec, 0);
	}
	if (!wheel_armed(&f->timer.node))
		wheel_arm(&core->wheel, &f->timer.node, mono_add(core->now, FOLD_FLUSH_MS));
}

void fold_flush(struct proxy_core *core, struct session *s)
{
	for (unsigned int i = 0; i < FOLD_ENTRIES; i++) {
		struct fold_entry *e = &s->fold.entry[i];

		if (e->used && e->more)
			emit(core, s, &e->rec, e->more);
		else
			e->used = false;
		e->more = 0;
	}
}

void fold_timer(struct proxy_core *core, struct session *s)
{
	bool any = false;

	fold_flush(core, s);
	for (unsigned int i = 0; i < FOLD_ENTRIES; i++)
		any |= s->fold.entry[i].used;
	if (any)
		wheel_arm(&core->wheel, &s->fold.timer.node, mono_add(core->now, FOLD_FLUSH_MS));
}
