/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the files of the core share: the objects, and who calls whom.
 *
 *   core.c       events in, sessions and timers, the order of things
 *   guest.c      what all sessions of a guest share: quotas, rate, who is held and goes on next
 *   session.c    a session's life, its pending work
 *   ctl.c        control slots: hello, ports, clients, registrations
 *   registry.c   who owns which unsolicited class and method
 *   guest_mad.c  a MAD of a guest on its way to the port
 *   port_mad.c   a MAD of the port on its way to a guest
 *   txn.c        requests that wait for an answer
 *   merge.c      identical SMP Gets that share one request and its answer
 *   inbound.c    requests from the fabric that a guest may answer
 *   refuse.c     the answer that a refusal is
 *   fold.c       audit records, repeated ones folded
 *   view.c       what ibgate shows
 *
 * Ownership: the core owns guests and sessions; a session owns its txns, registrations and inbound
 * table; the core owns the merge operations. Invariant: an id in `ids` belongs to exactly one txn in state
 * WAIT or RMPP, or to one operation in flight.
 */
#pragma once

#include <sys/queue.h>

#include "base/idtab.h"
#include "base/wheel.h"
#include "mad-proxy/core/admit.h"
#include "mad-proxy/core/core.h"
#include "wire/mad.h"

#define MAX_AGENTS 32 /* per client, as the kernel's per file */
#define MAX_REGS 64 /* per guest: registrations for unsolicited MADs */
#define MAX_OUTSTANDING 4096 /* per session: requests that may wait */
#define NO_QUOTA (UINT32_MAX / 4) /* what "no limit" means for a guest */
#define MAX_TIMEOUT_MS 600000 /* longest time-out that a guest may ask for */
#define BACKSTOP_MS 1000 /* how much later than a port's time-out we stop believing in it */
#define RMPP_IDLE_MS 20000 /* a multi-segment transfer without a segment for so long is over */
#define INBOUND_MAX 256 /* requests from the fabric that a session may owe an answer to */
#define MERGE_OPS 32768 /* identical requests that are shared or kept at a time */
#define MERGE_MAX_WAITERS 200
#define FOLD_ENTRIES 32
#define FOLD_VERDICTS 3
#define FOLD_SESSIONS 16 /* comings and goings of a guest that are each written */
#define FOLD_FLUSH_MS 10000
/* Room that one unit of work may need: all waiters of a request end, and each was held for it. */
#define EFFECT_RESERVE (4 * MERGE_MAX_WAITERS + 200)

struct session;
struct merge_op;

/* A wheel node that knows what it belongs to. */
enum timer_kind { TIMER_TXN, TIMER_OP, TIMER_GUEST, TIMER_LEFT, TIMER_FOLD };
struct timer {
	struct wheel_node node;
	enum timer_kind kind;
};

/* An id on the wire that knows what it belongs to. */
enum wire_id_kind { WIRE_ID_TXN, WIRE_ID_OP };
struct wire_id {
	struct idtab_node node;
	enum wire_id_kind kind;
};

enum txn_state {
	TXN_FREE,
	TXN_WAIT, /* on the wire under its own id */
	TXN_RMPP, /* segments are coming or going */
	TXN_MERGED, /* waits for a merge_op */
};

/* One request of a guest. */
struct txn {
	struct wire_id id;
	struct timer timer;
	struct session *s;
	struct txn *next; /* in the session's live or free list */
	struct txn *prev;
	enum txn_state state;
	bool keyless;
	bool last_seen; /* RMPP: the last segment went to the guest */
	uint8_t retries_left;
	uint16_t port;
	uint16_t client;
	uint16_t agent;
	uint32_t timeout_ms;
	uint32_t last_segment;
	uint64_t cookie;
	struct guest_tid tid;
	struct mono_ms deadline; /* MERGED: when its guest gives up */
	struct merge_op *op;
	struct txn *op_next;
	struct txn *rmpp_next; /* of the session, in state RMPP */
	struct txn *rmpp_prev;
	struct chan_addr addr; /* as it went out */
	uint8_t mad[WIRE_MAD_BYTES];
};

/* A registration for unsolicited MADs, ours on the port and the guest's in one. */
struct reg {
	struct idtab_node token;
	struct reg *next; /* of the session */
	struct session *s;
	bool pending; /* the port has not said yet */
	uint16_t port;
	uint16_t client;
	uint16_t agent;
	uint64_t cookie; /* of the REGISTER that waits */
	struct chan_register what;
};

/* A request from the fabric that a session was given. */
struct inbound {
	bool used;
	uint8_t mgmt_class;
	uint8_t method;
	uint16_t port;
	uint16_t client;
	uint64_t tid;
	struct chan_addr addr;
};

struct inbound_table {
	unsigned int oldest; /* next to be reused */
	struct inbound entry[INBOUND_MAX];
};

struct client {
	bool open;
	uint8_t port;
	uint32_t agents; /* bit per agent number */
};

struct fold_entry {
	bool used;
	unsigned int written; /* one by one */
	uint64_t more; /* since the last that was written */
	struct audit_record rec;
};

struct fold {
	unsigned int last;
	struct timer timer;
	struct fold_entry entry[FOLD_ENTRIES];
	struct fold_entry rest[AUDIT_EVENTS][FOLD_VERDICTS];
};

/* Requests whose guest walked away, by how long the port may still hold them. */
#define LEFT_SPANS 4
struct left_span {
	struct timer timer;
	struct guest *guest;
	uint32_t span_ms;
	uint32_t fresh; /* of the span that runs */
	uint32_t old; /* of the one before */
};

TAILQ_HEAD(session_line, session);

/* What all sessions of a guest share. */
struct guest {
	struct guest *next; /* in core->guests, or the graveyard */
	char *name;
	const struct policy_guest *policy; /* NULL: it has no section any more */
	unsigned int sessions;
	unsigned int regs;
	uint32_t quota; /* requests that may wait at a time, by policy now */
	uint32_t outstanding; /* of all its sessions */
	uint32_t left_count; /* in left[] */
	struct left_span left[LEFT_SPANS];
	int64_t rate_tokens; /* thousandths of a MAD; resent requests may bring it below zero */
	struct mono_ms rate_at;
	struct session_line held; /* sessions that are not read; the first goes on first */
	enum policy_key held_by; /* the key that held the last one */
	struct timer pass_on; /* looks after those who are held */
	struct fold fold;
	uint64_t past[PROXY_COUNTERS]; /* of sessions that ended */
};

enum { TODO_EVENTS = 1, TODO_POLICY = 2, TODO_LOST = 4 };

struct session {
	struct session_id id;
	int bound; /* the port that it sees, as its port 0; -1: all, by their own numbers */
	struct session *next; /* in core->sessions, or the graveyard */
	struct session *prev;
	struct session *todo_next;
	unsigned int todo; /* TODO_* */
	bool in_todo;
	uint8_t events[PROXY_MAX_PORTS]; /* bit per enum chan_port_event */
	struct guest *g;
	const struct policy_guest *policy;
	struct mono_ms since;
	bool hello;
	bool dead;
	bool held; /* and in g->held */
	TAILQ_ENTRY(session) in_held;
	uint32_t issm; /* bit per port */
	uint32_t capacity; /* txns that exist */
	uint32_t touched; /* txns that were ever used: the others' pages are not resident */
	uint32_t outstanding;
	struct txn *txn;
	struct txn *txn_free;
	struct txn *live; /* list head, newest first */
	struct txn *rmpp; /* those of them whose segments are on their way, newest first */
	struct reg *regs;
	unsigned int reg_count;
	unsigned int client_count;
	struct inbound_table *inbound;
	uint64_t counter[PROXY_COUNTERS];
	struct client client[CHAN_CLIENTS_MAX];
};

enum op_state { OP_FREE, OP_FLYING, OP_KEPT };

/* One SMP Get on the wire, or its answer, for all guests that ask the same. */
struct merge_op {
	struct wire_id id;
	struct timer timer;
	struct merge_op *hash_next;
	struct merge_op *next; /* kept list (oldest first) or free list */
	struct merge_op *prev;
	enum op_state state;
	bool cacheable;
	uint16_t port;
	unsigned int waiters;
	uint32_t timeout_ms;
	uint32_t bucket;
	uint64_t epoch;
	struct txn *waiter;
	struct chan_addr addr; /* where it went */
	struct chan_addr from; /* where the answer came from */
	uint8_t mad[WIRE_MAD_BYTES]; /* the request; its TID is ours */
	uint8_t answer[WIRE_MAD_BYTES];
};

struct merge {
	struct merge_op *op;
	struct merge_op **bucket;
	uint64_t seed;
	uint32_t mask;
	uint32_t touched;
	uint64_t epoch; /* goes up with every flush */
	struct merge_op *free;
	struct merge_op *kept_oldest;
	struct merge_op *kept_newest;
};

struct proxy_core {
	struct proxy_params params;
	const struct policy *policy;
	struct proxy_effects *fx; /* of the step that runs */
	struct mono_ms now;
	struct wheel wheel;
	struct idtab ids; /* wire_id: txns and merge operations */
	struct idtab tokens; /* reg */
	struct merge merge;
	struct session **slot; /* by session number */
	uint32_t generation;
	unsigned int session_count;
	struct session *sessions;
	struct session *graveyard;
	struct guest *guests;
	struct guest *guest_graveyard;
	struct session *todo;
	struct session **todo_tail;
	unsigned int issm_users[PROXY_MAX_PORTS];
	bool port_known[PROXY_MAX_PORTS];
	struct proxy_port_attr port[PROXY_MAX_PORTS];
	uint64_t total[PROXY_COUNTERS];
	struct chan_slot slot_in; /* of a bound session, its port by our number */
	uint8_t scratch[WIRE_MAD_BYTES]; /* a MAD that an effect of this step points to */
	char rejected[POLICY_GUEST_NAME_MAX + 1]; /* who was, for an effect of this step */
};

/* --- guest.c --- */
struct guest *guest_find(const struct proxy_core *core, const char *name);
/* The guest of that name, made when there is none. NULL: memory is short. */
struct guest *guest_get(struct proxy_core *core, const char *name);
void guest_apply_policy(struct proxy_core *core, struct guest *g);
/* Buries it when nothing is left of it. */
void guest_retire(struct proxy_core *core, struct guest *g);
void guest_free(struct guest *g);
/* One MAD of the guest leaves, or leaves again: its rate is charged. */
void guest_charge(struct guest *g);
/* After something was given back: if one is held and need not be, say so. */
void guest_unhold(struct proxy_core *core, struct guest *g);
/* Takes it out of the line. */
void guest_forget_held(struct session *s);
/* A request was walked away from: the port holds it for so long. */
void guest_leave(struct proxy_core *core, struct guest *g, uint32_t timeout_ms);
void guest_timer(struct proxy_core *core, struct guest *g);
void guest_left_timer(struct proxy_core *core, struct left_span *left);

/* --- session.c --- */
struct session *proxy_session(const struct proxy_core *core, struct session_id id);
void session_attach(struct proxy_core *core, const char *guest, int port);
/* How the session's guest calls this port; the other way is core.c's take_slot(). */
static inline uint16_t session_shown_port(const struct session *s, unsigned int port)
{
	return s->bound < 0 ? (uint16_t)port : 0;
}
/* Takes the session and all it has out of the tables. close: also close its channel. */
void session_end(struct proxy_core *core, struct session *s, enum audit_reason reason, bool close);
/* The guest broke the contract: count, audit, end. */
void session_kill(struct proxy_core *core, struct session *s, enum audit_reason reason);
void session_bury(struct proxy_core *core);
void session_apply_policy(struct proxy_core *core, struct session *s);
void session_todo(struct proxy_core *core, struct session *s, unsigned int todo);
void session_work(struct proxy_core *core);
void session_free(struct session *s);
/* Physical P_Key index of what the guest calls `index`; -1: not granted. */
int session_pkey_index(const struct proxy_core *core, const struct session *s, unsigned int port,
		       unsigned int index);
uint16_t session_pkeys(const struct proxy_core *core, const struct session *s, unsigned int port,
		       uint16_t *ret_pkey);

/* --- ctl.c --- */
void ctl_slot(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
void ctl_registered(struct proxy_core *core, uint32_t token, int error);
/* The guest's grade no longer allows it: taken back, or refused when it was not yet granted. */
void ctl_withdraw(struct proxy_core *core, struct reg *reg);
const uint8_t *ctl_event_payload(enum chan_port_event event);

/* --- registry.c --- */
struct reg *registry_find(const struct proxy_core *core, uint32_t token);
/* 0 (pending; the outcome comes later), or a positive errno. */
int registry_add(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		 const struct chan_register *what);
void registry_remove(struct proxy_core *core, struct reg *reg);
void registry_remove_agent(struct proxy_core *core, struct session *s, unsigned int client,
			   int agent);

/* --- guest_mad.c --- */
void guest_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
/* The identity of a port for admission. */
struct admit_port proxy_admit_port(const struct proxy_core *core, unsigned int port);

/* --- port_mad.c --- */
void port_mad(struct proxy_core *core, const struct proxy_event *event);
/* Clears M_Keys that a guest below admin must not see; `mad` is an answer. */
void proxy_hide_keys(uint8_t *mad);

/* --- txn.c --- */
struct txn *txn_new(struct proxy_core *core, struct session *s, const struct chan_slot *slot);
void txn_free(struct proxy_core *core, struct txn *t);
/* Its guest walked away from it. */
void txn_abandon(struct proxy_core *core, struct txn *t);
void txn_send(struct proxy_core *core, struct txn *t);
/* Ends it with a time-out status to its guest. */
void txn_fail(struct proxy_core *core, struct txn *t, uint32_t status);
void txn_timer(struct proxy_core *core, struct txn *t);
/* An attempt came back from the port without an answer. */
void txn_attempt_over(struct proxy_core *core, struct txn *t);
/* Gives the guest a MAD as the answer to `t`, with the guest's own TID. */
struct proxy_push *txn_push(struct proxy_core *core, struct txn *t, const struct chan_addr *from,
			    const uint8_t *mad);
/* It is a multi-segment transfer from now on. */
void txn_begin_rmpp(struct txn *t);
/*
 * The live multi-segment transfer that this MAD of the client belongs to, or NULL. Class, method
 * and attribute are those that were admitted, or in an ACK those of the answer.
 */
struct txn *txn_find_rmpp(const struct session *s, unsigned int client, const uint8_t *mad);

/* --- merge.c --- */
int merge_init(struct merge *m, uint32_t seed);
void merge_fini(struct merge *m);
/* Joins, answers from what is kept, or starts an operation. False: no room, send it plainly. */
bool merge_request(struct proxy_core *core, struct txn *t, bool cacheable);
void merge_leave(struct proxy_core *core, struct txn *t);
void merge_answer(struct proxy_core *core, struct merge_op *op, const struct chan_addr *from,
		  const uint8_t *mad);
void merge_attempt_over(struct proxy_core *core, struct merge_op *op);
/* The port could not send it: all waiters end with this status. */
void merge_fail(struct proxy_core *core, struct merge_op *op, uint32_t status);
void merge_timer(struct proxy_core *core, struct merge_op *op);
/* What is kept is forgotten, what is in flight will not be kept. */
void merge_flush(struct proxy_core *core);

/* --- inbound.c --- */
int inbound_init(struct session *s);
/* The client is gone: its number may come again, what it owed may not. */
void inbound_forget(struct session *s, unsigned int client);
void inbound_add(struct session *s, const struct reg *reg, const struct chan_addr *from,
		 const uint8_t *mad);
/* The request that this response answers, or NULL. */
struct inbound *inbound_find(struct session *s, const struct chan_slot *slot);

/* --- refuse.c --- */
void refuse_mad(struct proxy_core *core, struct session *s, const struct chan_slot *slot,
		const struct admit_verdict *v);

/* --- fold.c --- */
void fold_init(struct fold *f);
void fold_audit(struct proxy_core *core, struct guest *g, const struct audit_record *rec);
/* Writes what was counted; true when something is to be remembered. */
bool fold_flush(struct proxy_core *core, struct guest *g);
void fold_timer(struct proxy_core *core, struct guest *g);

/* --- core.c --- */
struct proxy_effect *fx_add(struct proxy_core *core, enum proxy_effect_kind kind);
static inline size_t fx_room(const struct proxy_core *core)
{
	return PROXY_MAX_EFFECTS - core->fx->count;
}
void proxy_count(struct proxy_core *core, struct session *s, enum proxy_counter c);
#define COUNT(core, s, name) proxy_count(core, s, PROXY_COUNT_##name)
/* An audit record about a session, or about none. */
struct audit_record proxy_record(enum audit_event event, enum audit_verdict verdict,
				 enum audit_reason reason);
void proxy_record_mad(struct audit_record *rec, unsigned int port, const struct chan_addr *addr,
		      const uint8_t *mad);
