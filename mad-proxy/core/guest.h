/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest: the state that its sessions share. A quota covers all sessions of a guest, so does the window on
 * the wire. A session that is over one is held, in a queue; when there is room, the first one resumes. A
 * resumed session may not use it (its ring may be empty), so a timer resumes further ones.
 *
 * A guest exists from its first attach until the policy has no section for it.
 */
#pragma once

#include <sys/queue.h>

#include "base/pace.h"
#include "mad-proxy/core/account.h"
#include "mad-proxy/core/engine.h"
#include "mad-proxy/core/fold.h"
#include "policy/policy.h"

struct session;
struct session_reg;
TAILQ_HEAD(session_line, session);
TAILQ_HEAD(session_reg_line, session_reg);

struct guest {
	struct guest *next; /* in guests->list, or ->freed_later */
	char *name;
	const struct policy_guest *policy; /* NULL: it has no section any more */
	unsigned int sessions;
	unsigned int regs;
	struct session_reg_line regs_waiting; /* session_reg.c: for their turn */
	struct pace regs_pace;
	struct timer regs_timer;
	struct account account;
	struct session_line held; /* sessions that are not read; the first resumes first */
	unsigned int held_others; /* of them, whose next slot is no request */
	struct timer resume; /* resumes held sessions */
	struct fold fold;
	uint64_t past[PROXY_COUNTERS]; /* of sessions that ended */
};

#define GUEST_HELD_BY_WINDOW POLICY_KEY_SECTION /* no key of the policy holds it */

struct guests {
	struct guest *list;
	struct guest *freed_later; /* effects of this step may still point to it */
};

int guests_init(struct proxy_core *core);
void guests_fini(struct proxy_core *core);
/* Frees those that were removed in the last step. */
void guests_free_deferred(struct proxy_core *core);

struct guest *guest_find(const struct proxy_core *core, const char *name);
/* The guest of that name; creates it if there is none. NULL: no memory. */
struct guest *guest_get(struct proxy_core *core, const char *name);
void guest_apply_policy(struct proxy_core *core, struct guest *g);
/* Removes the guest if it has no section and no sessions. */
void guest_retire(struct proxy_core *core, struct guest *g);

/*
 * Whether this MAD may be taken from the session, a request or not; if it may not, the session is held: by a
 * quota, or because the guest's window is full (request.h; not for what is sent once and has no answer).
 */
bool guest_may_read(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		    bool is_request, struct mono_ms now);
/* After something was given back: if one of its sessions is held and need not be, say so. */
void guest_resume(struct proxy_core *core, struct guest *g);
/* Removes a session from the queue of held ones. */
void guest_forget_held(struct session *s);

void guest_check(const struct proxy_core *core, const struct guest *g);
