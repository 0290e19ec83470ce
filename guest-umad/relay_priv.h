/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The relay's internals, for relay*.c only. relay.c: processes, HELLO, MADs. relay_client.c: owners of
 * upstream client numbers, and requests in flight. relay_cost.c: what the gateway charges, by user.
 * relay_control.c: control messages that wait for a reply. relay_upstream.c: sessions to gateways, ports.
 */
#pragma once

#include "base/linger.h"
#include "guest-umad/relay.h"
#include "wire/work.h"

enum {
	NONE = 0xffff,
	WINDOW =
		512, /* window of control messages of one upstream, from the oldest without a reply */
	/* without a reply: replies share the ring with answers; the last are for the relay */
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
 * States of a client number. A process owns it while it is OPENING or OPEN. After a lost reply the relay
 * probes: a second CLIENT_OPEN of an open number is refused as busy, of a closed one succeeds; in both
 * cases the number is then open, and the relay closes it.
 */
enum client_state {
	CLIENT_FREE = 0,
	CLIENT_OPENING, /* waiting for the reply */
	CLIENT_OPEN,
	CLIENT_ORPHAN, /* OPENING, but the process has ended */
	CLIENT_CLOSE_DUE, /* the relay must close it */
	CLIENT_CLOSING, /* waiting for the reply */
	CLIENT_PROBE_DUE, /* open or closed is unknown */
	CLIENT_PROBING, /* waiting for the reply */
};

struct client {
	uint32_t uid; /* of the opener, until FREE */
	uint8_t state;
	uint8_t port; /* index upstream */
	uint16_t process; /* NONE when it is nobody's */
	uint16_t number; /* in the process */
	uint8_t user; /* of the upstream; while it is a process's */
	uint32_t owners; /* agents that asked to receive requests, a bit each */
	uint32_t in_flight; /* requests that have not ended, as far as we know */
	uint32_t attempt_ms; /* the shortest time-out of them */
	uint32_t work_ms; /* the longest time the gateway may charge one of them after its end */
	struct mono_ms ends; /* by then all of them have ended */
};

struct process {
	bool used;
	bool hello;
	bool must_close;
	uint32_t uid;
	uint8_t ports; /* the number that HELLO returned to it */
	uint16_t issm; /* bit mask of the ports on which it set IsSM */
	uint16_t controls; /* control messages without a reply */
	uint32_t generation; /* distinguishes it from earlier processes with this number */
	uint32_t in_flight[RELAY_UPSTREAMS];
	uint16_t client[CHAN_CLIENTS_MAX]; /* index over all upstreams by its own number, or NONE */
};

/* A control message without a reply; its cookie gives its place in the window. */
struct control {
	bool done;
	uint8_t kind;
	uint16_t client; /* upstream number, for OPEN and CLOSE */
	uint16_t process; /* NONE: the relay's own */
	uint16_t port, number, agent; /* as the process set them */
	uint32_t generation;
	uint64_t cookie; /* likewise */
	struct mono_ms expires;
};

/* The charges of one user. An entry is in use while any count is not 0. */
struct user {
	uint32_t uid;
	uint32_t clients;
	uint32_t in_flight; /* sum over its clients */
	/* Requests that no client waits for but the gateway still charges: */
	struct linger untimed; /* sent without a time-out: the gateway counts them as in progress */
	struct linger abandoned; /* all others: the gateway counts them as abandoned */
};

/* A request for a table, of which the gateway runs few at a time, or a transfer. */
struct table {
	bool used;
	bool is_table; /* by work_makes_table() */
	bool is_untimed; /* sent without a time-out: it ends with the last ACK of its segments */
	uint8_t user;
	uint8_t mgmt_class;
	uint16_t client; /* upstream number; NONE: no client waits for it */
	uint32_t timeout_ms;
	uint32_t sent_last; /* last segment of the request; 0: not seen yet */
	uint32_t last; /* last segment of the answer */
	uint64_t tid;
	uint16_t agent;
	struct chan_addr addr;
	uint8_t mad[CHAN_MAD_BYTES]; /* the request, or its first segment */
	struct mono_ms until; /* when it costs no more, whatever we did not see */
	struct mono_ms lives_until; /* the gateway has not ended it before, without a word */
};

enum upstream_state { UP_DOWN = 0, UP_HELLO_DUE, UP_HELLO, UP_READY };

struct upstream {
	enum upstream_state state;
	uint8_t base, ports; /* indices base .. base + ports - 1 */
	uint8_t next_client;
	uint16_t issm_drop; /* bit mask of the ports on which IsSM must be cleared */
	uint32_t outstanding;
	uint32_t in_flight;
	uint32_t untimed, abandoned; /* sums over the users */
	struct mono_ms abandoned_next; /* earliest time at which some of them end */
	struct user user[USERS];
	struct table table[WORK_TABLES + TRANSFERS];
	unsigned int due; /* clients in CLOSE_DUE or PROBE_DUE */
	struct mono_ms hello_by;
	struct mono_ms swept_next; /* time of the next sweep for requests in flight */
	unsigned int controls; /* without a reply */
	uint64_t first, end; /* the window holds cookies first .. end - 1 */
	struct control window[WINDOW];
	struct client client[RELAY_CLIENTS];
};

struct relay {
	struct relay_params params;
	const char *reason;
	struct mono_ms now;
	unsigned int processes;
	unsigned int
		awaited; /* HELLOs and control messages without a reply; 0: nothing is ever due */
	uint32_t generations;
	struct relay_counters counters;
	uint8_t up_of_port[RELAY_PORTS]; /* RELAY_UPSTREAMS: unused */
	struct process process[RELAY_PROCESSES];
	struct upstream up[RELAY_UPSTREAMS];
};

/* --- relay_client.c --- */

/* The process's client with that number, and its upstream. NULL: it has none. */
struct client *client_find(struct relay *r, unsigned int process, uint16_t number,
			   unsigned int *ret_up);
/* A free number upstream, OPENING for the process. NULL: none is free, or its user's share is used up. */
struct client *client_new(struct relay *r, unsigned int process, unsigned int up, uint16_t number);
unsigned int client_number(const struct upstream *up, const struct client *c);
/* The process no longer owns it; its pending requests are dropped. */
void client_leave(struct relay *r, struct upstream *up, struct client *c);
void client_set(struct upstream *up, struct client *c, enum client_state state);
/* Handles the reply to an OPEN or a CLOSE, of the relay or of a process. */
void client_opened(struct relay *r, struct upstream *up, struct client *c, uint32_t status);
void client_closed(struct upstream *up, struct client *c);
/* The reply was lost. */
void client_unsure(struct relay *r, struct upstream *up, struct client *c);
/* The process has ended. */
void client_orphan(struct relay *r, struct upstream *up, struct client *c);

/* Whether the requests in flight permit this MAD of the client. */
bool client_may_ask(struct relay *r, struct upstream *up, struct client *c,
		    const struct chan_slot *slot, struct mono_ms now);
void client_asked(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now);
/* Counts a MAD for the client, which may end a request. */
void client_given(struct relay *r, struct upstream *up, struct client *c,
		  const struct chan_slot *slot, struct mono_ms now);
/* The part of the upstream's quota that one process may use. */
uint32_t client_quota(const struct upstream *up);

/* --- relay_cost.c --- */

/* The entry of a user, who gets one more client. */
unsigned int cost_user(struct upstream *up, uint32_t uid);
/* Whether the user may send this request, by its charges. */
bool cost_has_room(struct upstream *up, const struct client *c, const struct chan_slot *slot,
		   struct mono_ms now);
/* Adds a charge of `ms` for a request that no client waits for. */
void cost_untimed(struct upstream *up, unsigned int user, uint64_t ms, struct mono_ms now);
void cost_abandoned(struct upstream *up, unsigned int user, uint64_t ms, struct mono_ms now);

/* Whether a request gets an entry as table or transfer. */
bool table_is_one(const uint8_t *mad);
/* The table of the client with the class and TID of a MAD. NULL: none. */
struct table *table_find(struct upstream *up, const struct client *c, const uint8_t *mad);
struct table *table_add(struct upstream *up, const struct client *c, const struct chan_slot *slot,
			struct mono_ms now);
/* Whether a slot repeats the table's request, or its first segment. */
bool table_is_repeated(const struct table *t, const struct chan_slot *slot, struct mono_ms now);
/* A segment of it came or went. */
void table_goes_on(struct table *t, struct mono_ms now);
/* No client waits for it any more; the gateway charges it for `ms`. */
void table_abandon(struct table *t, uint64_t ms, struct mono_ms now);
void tables_abandon(struct upstream *up, const struct client *c, struct mono_ms now);

/* --- relay_control.c --- */

/* Whether the window has room for a control message of this process, or (NONE) of the relay. */
bool control_room(const struct relay *r, const struct upstream *up, unsigned int process);
/* Adds a control message of a process (slot unchanged) or, NONE, of the relay. Returns its cookie. */
uint64_t control_add(struct relay *r, struct upstream *up, unsigned int process,
		     const struct chan_slot *slot, unsigned int client, struct mono_ms now);
/* Removes and returns the message that this replies to; NULL: none. */
struct control *control_match(struct relay *r, struct upstream *up, const struct chan_slot *reply);
/* Whether the control message with this cookie, which has its reply, was the last REGISTER of its agent. */
bool control_is_last(struct relay *r, struct upstream *up, uint64_t cookie);
/* Those whose reply will not come. */
void control_expire(struct relay *r, struct upstream *up, struct mono_ms now);
void control_forget_all(struct relay *r, struct upstream *up);

/* --- relay_upstream.c --- */

/* The upstream of a port index of processes; NULL: not connected. */
struct upstream *port_find(struct relay *r, unsigned int port, unsigned int *ret_up);
/* The number of port indices that HELLO returns to a process now. */
unsigned int ports_known(const struct relay *r);
uint32_t outstanding_least(const struct relay *r);

/* --- relay.c --- */

/* RELAY_BROKEN, for that reason. */
enum relay_verdict broken(struct relay *r, const char *why);
/* Puts a slot into a process's ring, or counts it as lost. */
void down_put(struct relay *r, unsigned int process, const struct chan_slot *slot);
