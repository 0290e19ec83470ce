/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A front-end of class vib in user space, in single steps: each step of the handshake (docs/protocol.md) is
 * a call, so a test may skip it, repeat it or do it wrong. Names of nodes and states are written here again
 * from the specification, not taken from channel/.
 *
 * One device of this domain, under device/vib/HANDLE. Needs /dev/xen/{xenbus,gntalloc,evtchn}. An
 * impossible operation ends the program with status 2.
 *
 * Ownership: a struct front owns its handles, pages and port; front_fini() frees them, and so does the
 * kernel at the process's end.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xenevtchn.h>
#include <xengnttab.h>
#include <xenstore.h>

#include "tests/fabric/cases/ring_by_hand.h"

enum {
	FRONT_SLOTS = 128,
	FRONT_PAGES = 21, /* CHAN_RING_MAP_BYTES(128) / 4096 */
	FRONT_PAGE_BYTES = 4096,
	FRONT_TEXT_BYTES = 2100,
};

/* enum xenbus_state of Xen's public/io/xenbus.h */
enum front_state {
	INITIALISING = 1,
	INIT_WAIT = 2,
	INITIALISED = 3,
	CONNECTED = 4,
	CLOSING = 5,
	CLOSED = 6,
};

struct front {
	struct xs_handle *xs;
	xengntshr_handle *shr;
	xenevtchn_handle *evtchn;
	unsigned int handle;
	char path[64]; /* device/vib/HANDLE, relative to the domain */
	char back[256]; /* the back-end's directory, from `backend` */
	unsigned int back_id;

	struct hand ring; /* page NULL: nothing is shared */
	unsigned int shared_with;
	bool shared_writable;
	uint32_t ref[FRONT_PAGES], own_ref[FRONT_PAGES]; /* to publish; of the pages */
	int port; /* -1: none */

	/* What this process wrote last for the keys of front_publish(); 0: unknown. */
	unsigned long known_version, known_port, known_ref[FRONT_PAGES];
};

void out_of_luck(const char *what);

/* Opens handles and finds the back-end; writes nothing to xenstore. */
void front_init(struct front *f, unsigned int handle);
void front_fini(struct front *f);

/* --- xenstore --- */

/* false: xenstored refused (errno). */
bool front_write(struct front *f, const char *key, const char *value);
bool front_write_bytes(struct front *f, const char *key, const void *bytes, size_t n);
void front_write_number(struct front *f, const char *key, unsigned long number);
bool front_remove(struct front *f, const char *key);
void front_state(struct front *f, enum front_state state);
void ring_ref_key(char key[32], unsigned int n);

/* Of the back-end; 0 and "" if there is none. */
int back_state(struct front *f);
void back_text(struct front *f, const char *key, char text[FRONT_TEXT_BYTES]);

/* Waits until the back-end has one of the states in the mask (1 << state); false: time-out. */
bool back_wait(struct front *f, unsigned int mask);
#define ONE_OF(state) (1u << (state))

/* --- memory and event channel --- */

/*
 * Shares 21 pages with `domid`, formatted as a new ring, with their references in f->ref. Reuses pages
 * shared in the same way, which the back-end has unmapped by then.
 */
void front_share_with(struct front *f, unsigned int domid, bool writable);
void front_share(struct front *f);
void front_unshare(struct front *f);
void front_bind_for(struct front *f, unsigned int domid);
void front_bind(struct front *f);
void front_unbind(struct front *f);
void front_ring_bell(struct front *f);

/* --- the whole handshake --- */

/* Writes version, references and event channel of *f, if they are not written yet. */
void front_publish(struct front *f);

/* Another process may have written them: the next front_publish() writes all. */
void front_forget(struct front *f);

/* Writes Initialising, in any state, and waits for InitWait. */
bool front_restart(struct front *f);
/* The same through Closed: an old InitWait is not taken for a new one (docs/protocol.md, 2.2). */
bool front_roll(struct front *f);

/* From InitWait: shares, binds, publishes, Initialised; back-end Connected; Connected. */
bool front_connect(struct front *f);

/* restart, connect, and HELLO on the ring */
bool front_up(struct front *f);

/* Closing and Closed, waiting for each; then closes the port. */
bool front_down(struct front *f);

/* --- the ring (ring_by_hand.h) --- */

/* Both ends at the start of the shared pages. */
void front_ring_new(struct front *f);

static inline bool front_put(struct front *f, const struct chan_slot *slot)
{
	return hand_put(&f->ring, slot);
}

static inline bool front_take(struct front *f, struct chan_slot *ret)
{
	return hand_take(&f->ring, ret);
}

static inline bool front_hello(struct front *f)
{
	return hand_hello(&f->ring);
}

/* The port's own LID from the gateway; 0: unknown. */
uint16_t front_own_lid(struct front *f);

/* Number of slots that the gateway has not taken yet. */
uint32_t front_untaken(const struct front *f);

/* The session answers. */
bool front_lives(struct front *f);

uint64_t now_ms(void);
/* Sleeps briefly, to let other processes run. */
void breathe(void);
