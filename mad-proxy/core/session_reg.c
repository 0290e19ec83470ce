/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/core/session_reg.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/container_of.h"
#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/inbound.h"

static struct session_reg *of(struct reg *reg)
{
	return container_of(reg, struct session_reg, reg);
}

void session_reg_audit(struct proxy_core *core, struct session *s, unsigned int port,
		       const struct chan_register *what, enum audit_reason refused)
{
	struct audit_record rec =
		proxy_record(AUDIT_REGISTER, refused ? AUDIT_REFUSE : AUDIT_ALLOW, refused);

	rec.guest = s->g->name;
	rec.key = POLICY_KEY_ACCESS;
	rec.port = (int)port;
	rec.mad_set = true;
	rec.mgmt_class = what->mgmt_class;
	if (refused)
		COUNT(core, s->counter, refused_register);
	fold_audit(core, s->g, &rec);
}

/* Replies to the pending REGISTER; a failed registration keeps no agent. */
static void reply(struct proxy_core *core, struct session_reg *r, int error)
{
	const struct push_to about = {
		.port = r->reg.port, .client = r->client, .agent = r->agent, .cookie = r->cookie};
	struct proxy_push *push =
		session_push(core, r->s, CHAN_KIND_REGISTER_REPLY, &about, (uint32_t)error);

	push->addr = (struct chan_addr){0};
	push->mad = memset(engine_mad(core), 0, WIRE_MAD_BYTES);
	if (error)
		r->s->client[r->client].agents &= ~(UINT32_C(1) << r->agent);
}

/* --- registrations that survive a restart --- */

/* A registration from before the restart, until its guest registers again or the time is over. */
struct claim {
	struct claim *next; /* in core->claims */
	struct reg reg; /* not in the registry */
	char guest[POLICY_GUEST_NAME_MAX + 1];
	struct timer over;
	uint8_t key[PROXY_STATE_KEY_MAX];
	size_t key_len;
};

#define KEY_FIXED 24

/* version 1: port 2, class, class version, OUI 3, version, method mask 16, then the guest's name */
static size_t key_write(uint8_t key[PROXY_STATE_KEY_MAX], const char *guest, const struct reg *reg)
{
	const struct chan_register *what = &reg->what;
	const size_t len = strlen(guest);

	put_be16(key, reg->port);
	key[2] = what->mgmt_class;
	key[3] = what->mgmt_class_version;
	memcpy(key + 4, what->oui, 3);
	key[7] = 1;
	for (size_t i = 0; i < 4; i++)
		put_be32(key + 8 + 4 * i, what->method_mask[i]);
	/* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the record knows its length */
	memcpy(key + KEY_FIXED, guest, len);
	return KEY_FIXED + len;
}

static bool key_read(const struct proxy_state *state, struct claim *ret)
{
	struct chan_register *what = &ret->reg.what;
	const uint8_t *key = state->key;
	const size_t name_len = (size_t)state->key_len - KEY_FIXED;

	if (state->key_len <= KEY_FIXED || name_len > POLICY_GUEST_NAME_MAX || key[7] != 1)
		return false;
	ret->reg.port = get_be16(key);
	what->mgmt_class = key[2];
	what->mgmt_class_version = key[3];
	memcpy(what->oui, key + 4, 3);
	for (size_t i = 0; i < 4; i++)
		what->method_mask[i] = get_be32(key + 8 + 4 * i);
	memcpy(ret->guest, key + KEY_FIXED, name_len);
	memcpy(ret->key, key, state->key_len);
	ret->key_len = state->key_len;
	return true;
}

static void claim_free(struct proxy_core *core, struct claim *c)
{
	struct claim **at = &core->claims;

	while (*at != c)
		at = &(*at)->next;
	*at = c->next;
	timer_cancel(core, &c->over);
	free(c);
}

/* Deletes the record unless a registration owns it by now. */
static void claim_drop(struct proxy_core *core, struct claim *c)
{
	uint8_t *key = engine_mad(core);

	memcpy(key, c->key, c->key_len);
	state_remove(core, PROXY_STATE_REGISTRATION, key, c->key_len);
	claim_free(core, c);
}

static void claim_over(struct proxy_core *core, struct timer *timer)
{
	claim_drop(core, container_of(timer, struct claim, over));
}

void session_reg_restored(struct proxy_core *core, const struct proxy_state *state)
{
	struct claim *c = calloc(1, sizeof(*c));

	if (!c)
		return;
	if (!key_read(state, c)) {
		free(c);
		return;
	}
	c->over.due = claim_over;
	c->next = core->claims;
	core->claims = c;
	timer_arm(core, &c->over, SESSION_REG_GRACE_MS);
}

void session_regs_fini(struct proxy_core *core)
{
	while (core->claims)
		claim_free(core, core->claims);
}

static bool claimed_by_another(const struct proxy_core *core, const struct session_reg *r)
{
	for (const struct claim *c = core->claims; c; c = c->next)
		if (reg_overlaps(&c->reg, &r->reg) && strcmp(c->guest, r->s->g->name))
			return true;
	return false;
}

/* The port has the registration, so its guest's claims on it end. */
static void remember(struct proxy_core *core, struct session_reg *r)
{
	struct claim *next;

	for (struct claim *c = core->claims; c; c = next) {
		next = c->next;
		if (reg_overlaps(&c->reg, &r->reg))
			claim_drop(core, c);
	}
	r->key_len = key_write(r->key, r->s->g->name, &r->reg);
	state_put(core, PROXY_STATE_REGISTRATION, r->key, r->key_len, NULL, 0);
}

static void forget(struct proxy_core *core, struct session_reg *r)
{
	uint8_t *key = engine_mad(core);

	if (!r->key_len)
		return;
	memcpy(key, r->key, r->key_len);
	state_remove(core, PROXY_STATE_REGISTRATION, key, r->key_len);
}

/* --- register and unregister --- */

/* Removes the registration from its session and frees it. */
static void drop(struct proxy_core *core, struct session_reg *r)
{
	struct session_reg **at = &r->s->regs;

	while (*at != r)
		at = &(*at)->next;
	*at = r->next;
	r->s->reg_count--;
	r->s->g->regs--;
	core->sessions->regs[r->reg.port]--;
	free(r);
}

static void take_back(struct proxy_core *core, struct session_reg *r, bool keep)
{
	if (r->waiting)
		TAILQ_REMOVE(&r->s->g->regs_waiting, r, in_waiting);
	else
		registry_remove(core, &r->reg);
	if (!keep)
		forget(core, r);
	drop(core, r);
}

static void made(struct proxy_core *core, struct reg *reg, int error)
{
	struct session_reg *r = of(reg);

	session_reg_audit(core, r->s, reg->port, &reg->what,
			  error ? AUDIT_REASON_OWNED : AUDIT_REASON_NONE);
	reply(core, r, error);
	if (error)
		take_back(core, r, false);
	else
		remember(core, r);
}

static void unsolicited(struct proxy_core *core, struct reg *reg, const struct proxy_port_mad *in)
{
	struct session_reg *r = of(reg);
	const struct push_to about = {
		.port = reg->port, .client = r->client, .agent = r->agent, .addr = in->addr};
	struct proxy_push *push;

	inbound_add(r->s, reg->port, r->client, &in->addr, in->mad);
	push = session_push(core, r->s, CHAN_KIND_RECV, &about, 0);
	push->mad = engine_mad_copy(core, in->mad);
	/* the port's index is invalid in the guest's filtered table */
	push->addr.pkey_index = 0;
	COUNT(core, r->s->counter, unsolicited);
}

static const struct pace_limit limit = {SESSION_REG_BURST, SESSION_REG_INTERVAL_MS};

/* Time until the guest may register again. */
static uint64_t wait_ms(const struct proxy_core *core, const struct guest *g)
{
	return mono_until(core->now, pace_due(&g->regs_pace, &limit, core->now));
}

static const struct reg_ops ops = {.made = made, .unsolicited = unsolicited};

static void refused(struct proxy_core *core, struct session *s, unsigned int port,
		    const struct chan_register *what, int error)
{
	session_reg_audit(core, s, port, what,
			  error == EBUSY ? AUDIT_REASON_OWNED : AUDIT_REASON_QUOTA);
}

/*
 * Whether its guest may have one more registration on this port. Below admin there are two classes of 128 methods
 * to register for, so admins always find some left.
 */
static bool has_room(const struct proxy_core *core, const struct session *s, unsigned int port)
{
	return s->g->regs < MAX_REGS && core->sessions->regs[port] < PROXY_PORT_REGS;
}

/* Registers at the port: 0, or a positive errno. */
static int make(struct proxy_core *core, struct session_reg *r)
{
	int error = claimed_by_another(core, r) ? EBUSY : registry_add(core, &r->reg);

	if (!error)
		pace_take(&r->s->g->regs_pace, &limit, core->now);
	return error;
}

void session_regs_due(struct proxy_core *core, struct timer *timer)
{
	struct guest *g = container_of(timer, struct guest, regs_timer);
	struct session_reg *r;

	while ((r = TAILQ_FIRST(&g->regs_waiting)) && !wait_ms(core, g)) {
		int error = make(core, r);

		TAILQ_REMOVE(&g->regs_waiting, r, in_waiting);
		r->waiting = false;
		if (!error)
			continue;
		refused(core, r->s, r->reg.port, &r->reg.what, error);
		reply(core, r, error);
		drop(core, r);
	}
	if (r)
		timer_arm(core, &g->regs_timer, wait_ms(core, g));
}

static int add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
	       const struct chan_register *what)
{
	struct session_reg *r;
	int error = 0;

	if (!has_room(core, s, slot->port) || inbound_init(s))
		return ENOMEM;
	r = calloc(1, sizeof(*r));
	if (!r)
		return ENOMEM;
	*r = (struct session_reg){.reg = {.ops = &ops, .port = slot->port, .what = *what},
				  .next = s->regs,
				  .s = s,
				  .waiting =
					  !TAILQ_EMPTY(&s->g->regs_waiting) || wait_ms(core, s->g),
				  .client = slot->client,
				  .agent = slot->agent,
				  .cookie = slot->cookie};
	if (!r->waiting)
		error = make(core, r);
	if (error) {
		free(r);
		return error;
	}
	if (r->waiting) {
		COUNT(core, s->counter, registers_held);
		TAILQ_INSERT_TAIL(&s->g->regs_waiting, r, in_waiting);
		timer_arm(core, &s->g->regs_timer, wait_ms(core, s->g));
	}
	s->regs = r;
	s->reg_count++;
	s->g->regs++;
	core->sessions->regs[slot->port]++;
	return 0;
}

int session_reg_add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		    const struct chan_register *what)
{
	int error = add(core, s, slot, what);

	if (error)
		refused(core, s, slot->port, what, error);
	return error;
}

void session_regs_end(struct proxy_core *core, struct session *s, unsigned int client, int agent)
{
	struct session_reg *next;

	for (struct session_reg *r = s->regs; r; r = next) {
		next = r->next;
		if (r->client == client && (agent < 0 || r->agent == (unsigned int)agent))
			take_back(core, r, false);
	}
}

void session_regs_end_all(struct proxy_core *core, struct session *s, bool keep)
{
	while (s->regs)
		take_back(core, s->regs, keep);
}

void session_regs_recheck(struct proxy_core *core, struct session *s)
{
	struct session_reg *next;

	for (struct session_reg *r = s->regs; r; r = next) {
		next = r->next;
		if (admit_register(s->policy, &r->reg.what).verdict == AUDIT_ALLOW)
			continue;
		session_reg_audit(core, s, r->reg.port, &r->reg.what, AUDIT_REASON_GRADE);
		if (r->reg.pending || r->waiting)
			reply(core, r, EPERM);
		take_back(core, r, false);
	}
}
