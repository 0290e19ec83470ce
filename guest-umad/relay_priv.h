/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The relay's insides, for relay*.c alone. relay.c: processes, HELLO, MADs. relay_client.c: who has
 * which client number upstream, and what is in flight for it. relay_cost.c: what the gateway charges, by
 * user. relay_control.c: control messages that wait for a reply. relay_upstream.c: sessions to the gateways
 * and their ports.
 */
#pragma once

#include "base/linger.h"
#include "guest-umad/relay.h"
#include "wire/work.h"

enum {
	NONE = 0xffff,
	WINDOW =
		512, /* control messages of one upstream: places from the first that waits for a reply on */
	/* that wait: the replies share the ring with everybody's answers; the last are kept for our own */
	CONTROLS = 64,
	CONTROLS_OWN = 16,
	CONTROLS_PER_PROCESS = 16,
	DEFAULT_OUTSTANDING = 128,
	REGISTRATIONS = 64, /* that the gateway lets a guest have (docs/protocol.md 4.3) */
	ROOT_PART = 8, /* of sessions, clients and what the gateway charges: for root alone */
	TRANSFERS = 32, /* in segments, that are no tables; at a time */
	USERS = 32, /* that are told apart; 0 is root, and the last is whoever finds no place */
};

/*
 * The life of a client's number. A number is somebody's while it is OPENING or OPEN. Whose reply
 * was lost is asked for again: CLIENT_OPEN of a number that is open is refused as busy, and one that
 * was closed opens; either way we know, and close it.
 */
enum client_state {
	CLIENT_FREE = 0,
	CLIENT_OPENING, /* reply awaited */
	CLIENT_OPEN,
	CLIENT_ORPHAN, /* OPENING, and its process went */
	CLIENT_CLOSE_DUE, /* to be closed by us */
	CLIENT_CLOSING, /* reply awaited */
	CLIENT_PROBE_DUE, /* open or closed? */
	CLIENT_PROBING, /* reply awaited */
};

struct client {
	uint32_t uid; /* who opened it; until it is FREE again */
	uint8_t state;
	uint8_t port; /* index upstream */
	uint16_t process; /* NONE when it is nobody's */
	uint16_t number; /* in the process */
	uint8_t user; /* of the upstream; while it is a process's */
	uint32_t owners; /* agents that asked to receive requests, a bit each */
	uint32_t in_flight; /* requests that have not ended, as far as we know */
	uint32_t attempt_ms; /* the shortest time-out of them */
	uint32_t work_ms; /* how long any of them may be worked on, once nobody waits */
	struct mono_ms ends; /* when all of them must have */
};

struct process {
	bool used;
	bool hello;
	bool must_close;
	uint32_t uid;
	uint8_t ports; /* what HELLO told it */
	uint16_t issm; /* ports on which it raised IsSM, a bit each */
	uint16_t controls; /* that wait for a reply */
	uint32_t generation; /* tells it from who had its number before */
	uint32_t in_flight[RELAY_UPSTREAMS];
	uint16_t client[CHAN_CLIENTS_MAX]; /* by its number: an index over all upstreams; NONE */
};

/* A control message on its way; its cookie is its place in the order. */
struct control {
	bool done;
	uint8_t kind;
	uint16_t client; /* upstream number, for OPEN and CLOSE */
	uint16_t process; /* NONE: our own */
	uint16_t port, number, agent; /* as its process put them */
	uint32_t generation;
	uint64_t cookie; /* likewise */
	struct mono_ms expires;
};

/* What one user's requests cost. A place is somebody's while any of the counts is not 0. */
struct user {
	uint32_t uid;
	uint32_t clients;
	uint32_t in_flight; /* sum over its clients */
	/* Requests that no client waits for, as long as the gateway charges them: */
	struct linger unasked; /* sent without a time-out: the gateway counts them as waited for */
	struct linger left; /* all others: the gateway counts them as left */
};

/* A request for a table, of which the gateway runs few at a time, or in segments. */
struct table {
	bool used;
	bool is_table; /* by work_makes_table() */
	bool is_unasked; /* sent without a time-out: the last ACK of its segments is its end */
	uint8_t user;
	uint8_t mgmt_class;
	uint16_t client; /* upstream number; NONE: nobody waits for it */
	uint32_t timeout_ms;
	uint32_t sent_last; /* the request's last segment, 0: not seen yet */
	uint32_t last; /* the answer's */
	uint64_t tid;
	uint16_t agent;
	struct chan_addr addr;
	uint8_t mad[CHAN_MAD_BYTES]; /* the request, or its first segment */
	struct mono_ms until; /* when it costs no more, whatever we did not see */
};

enum upstream_state { UP_DOWN = 0, UP_HELLO_DUE, UP_HELLO, UP_READY };

struct upstream {
	enum upstream_state state;
	uint8_t base, ports; /* indices base .. base + ports - 1 */
	uint8_t next_client;
	uint16_t issm_drop; /* ports on which IsSM is to be lowered, a bit each */
	uint32_t outstanding;
	uint32_t in_flight;
	uint32_t unasked, left; /* sums over the users */
	struct mono_ms left_next; /* when some of them may end */
	struct user user[USERS];
	struct table table[WORK_TABLES + TRANSFERS];
	unsigned int due; /* clients in CLOSE_DUE or PROBE_DUE */
	struct mono_ms hello_by;
	struct mono_ms swept_next; /* when to look for requests in flight that never ended */
	unsigned int controls; /* that wait for a reply */
	uint64_t first, end; /* cookies first .. end - 1 are in the window */
	struct control window[WINDOW];
	struct client client[RELAY_CLIENTS];
};

struct relay {
	struct relay_params params;
	const char *reason;
	struct mono_ms now;
	unsigned int processes;
	unsigned int
		awaited; /* HELLOs, and places taken in the windows: 0, and nothing is ever due */
	uint32_t generations;
	struct relay_counters counters;
	uint8_t up_of_port[RELAY_PORTS]; /* RELAY_UPSTREAMS: nobody's */
	struct process process[RELAY_PROCESSES];
	struct upstream up[RELAY_UPSTREAMS];
};

/* --- relay_client.c --- */

/* The process's client of that number, and its upstream. NULL: it has none. */
struct client *client_find(struct relay *r, unsigned int process, uint16_t number,
			   unsigned int *ret_up);
/* A free number upstream, OPENING for the process. NULL: none is free, or its user has its share. */
struct client *client_new(struct relay *r, unsigned int process, unsigned int up, uint16_t number);
unsigned int client_number(const struct upstream *up, const struct client *c);
/* It is the process's no more; what it waits for is forgotten. */
void client_leave(struct relay *r, struct upstream *up, struct client *c);
void client_set(struct upstream *up, struct client *c, enum client_state state);
/* The reply to an OPEN or a CLOSE, ours or the process's. */
void client_opened(struct relay *r, struct upstream *up, struct client *c, uint32_t status);
void client_closed(struct upstream *up, struct client *c);
/* The reply did not come. */
void client_unsure(struct relay *r, struct upstream *up, struct client *c);
/* The process went. */
void client_orphan(struct relay *r, struct upstream *up, struct client *c);

/* May this MAD of the client's go, by what is in flight already? */
bool client_may_ask(struct relay *r, struct upstream *up, struct client *c,
		    const struct chan_slot *slot, struct mono_ms now);
void client_asked(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now);
/* A MAD of the gateway's for the client: it may end a request. */
void client_given(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now);
/* What of the upstream's quota one process may have. */
uint32_t client_quota(const struct upstream *up);

/* --- relay_cost.c --- */

/* The place of a user that has one more client now. */
unsigned int cost_user(struct upstream *up, uint32_t uid);
/* May the user have one more request that costs, this one? */
bool cost_has_room(struct upstream *up, const struct client *c, const struct chan_slot *slot,
		   struct mono_ms now);
/* One more that nobody waits for, for so long. */
void cost_unasked(struct upstream *up, unsigned int user, uint64_t ms, struct mono_ms now);
void cost_left(struct upstream *up, unsigned int user, uint64_t ms, struct mono_ms now);

/* The table of the client's that a MAD belongs to, which has its class and TID. NULL: none. */
/* Whether a request is one of those that are remembered as such. */
bool table_is_one(const uint8_t *mad);
struct table *table_find(struct upstream *up, const struct client *c, const uint8_t *mad);
struct table *table_add(struct upstream *up, const struct client *c, const struct chan_slot *slot,
			struct mono_ms now);
/* It is the table's request, or its first segment, again. */
bool table_is_repeated(const struct table *t, const struct chan_slot *slot);
/* A segment of it came or went. */
void table_goes_on(struct table *t, struct mono_ms now);
/* Nobody waits for it any more; it costs so long. */
void table_left(struct table *t, uint64_t ms, struct mono_ms now);
void tables_leave(struct upstream *up, const struct client *c, struct mono_ms now);

/* --- relay_control.c --- */

/* Is there room in the window for one of this process's, or (NONE) of ours? */
bool control_room(const struct relay *r, const struct upstream *up, unsigned int process);
/* Remembers a control message of a process (slot as it came) or, NONE, of ours. Its cookie. */
uint64_t control_add(struct relay *r, struct upstream *up, unsigned int process,
		     const struct chan_slot *slot, unsigned int client, struct mono_ms now);
/* The message that this answers, done with; NULL: none does. */
struct control *control_match(struct relay *r, struct upstream *up, const struct chan_slot *reply);
/* The control message of this cookie, which has its reply, is the client's last REGISTER of its agent. */
bool control_is_last(struct relay *r, struct upstream *up, uint64_t cookie);
/* Those whose reply will not come. */
void control_expire(struct relay *r, struct upstream *up, struct mono_ms now);
void control_forget_all(struct relay *r, struct upstream *up);

/* --- relay_upstream.c --- */

/* The upstream of a port index as processes see it; NULL: it is not there now. */
struct upstream *port_find(struct relay *r, unsigned int port, unsigned int *ret_up);
/* Number of port indices that a process which says HELLO now is told. */
unsigned int ports_known(const struct relay *r);
uint32_t outstanding_told(const struct relay *r);

/* --- relay.c --- */

/* Puts a slot into a process's ring, or counts it as lost. */
void down_put(struct relay *r, unsigned int process, const struct chan_slot *slot);
