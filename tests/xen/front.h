/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A front-end of class vib in user space, taken apart: each step of the handshake (docs/protocol.md)
 * is a call of its own, so that a test may leave one out, do it twice or do it wrong. Names of nodes
 * and states are written down here once more, from the specification, not taken from channel/.
 *
 * One device of the domain that this runs in, under device/vib/HANDLE. Needs /dev/xen/{xenbus,
 * gntalloc,evtchn}. What cannot be done at all ends the program with status 2.
 *
 * Ownership: a struct front owns its handles, pages and port; front_fini() gives all back, and so
 * does the kernel when the process dies.
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
	char back[256]; /* the back-end's directory, as `backend` says */
	unsigned int back_id;

	struct hand ring; /* its page is NULL: nothing is shared */
	unsigned int shared_with;
	bool shared_writable;
	uint32_t ref[FRONT_PAGES], own_ref[FRONT_PAGES]; /* to publish; of the pages */
	int port; /* -1: none */

	/* What this process wrote last under the keys of front_publish(); 0: something else. */
	unsigned long known_version, known_port, known_ref[FRONT_PAGES];
};

void out_of_luck(const char *what);

/* Handles and the back-end's place; touches nothing in xenstore. */
void front_init(struct front *f, unsigned int handle);
void front_fini(struct front *f);

/* --- xenstore --- */

/* false: xenstored would not have it (errno). */
bool front_write(struct front *f, const char *key, const char *value);
bool front_write_bytes(struct front *f, const char *key, const void *bytes, size_t n);
void front_write_number(struct front *f, const char *key, unsigned long number);
bool front_remove(struct front *f, const char *key);
void front_state(struct front *f, enum front_state state);
void ring_ref_key(char key[32], unsigned int n);

/* Of the back-end; 0 and "" when there is none. */
int back_state(struct front *f);
void back_text(struct front *f, const char *key, char text[FRONT_TEXT_BYTES]);

/* Until the back-end shows one of the states in the mask (1 << state), bounded; false: it never did. */
bool back_wait(struct front *f, unsigned int mask);
#define ONE_OF(state) (1u << (state))

/* --- memory and event channel --- */

/*
 * 21 pages for `domid`, formatted as a new ring, and their references in f->ref. Pages that are shared
 * that way already are taken again: the back-end has let go of them by then.
 */
void front_share_with(struct front *f, unsigned int domid, bool writable);
void front_share(struct front *f);
void front_unshare(struct front *f);
void front_bind_for(struct front *f, unsigned int domid);
void front_bind(struct front *f);
void front_unbind(struct front *f);
void front_ring_bell(struct front *f);

/* --- the handshake, whole --- */

/* Writes version, references and event channel as they stand in *f, if they are not there. */
void front_publish(struct front *f);

/* Somebody else may have written them: the next front_publish() writes all. */
void front_forget(struct front *f);

/* Shows Initialising, from wherever it was, and waits for InitWait. */
bool front_restart(struct front *f);
/* The same by way of Closed: an InitWait of before is not taken for a new one (docs/protocol.md, 2.2). */
bool front_roll(struct front *f);

/* From InitWait: shares, binds, publishes, Initialised; back-end Connected; Connected. */
bool front_connect(struct front *f);

/* restart, connect, and a hello on the ring */
bool front_up(struct front *f);

/* Closing, Closed, each awaited; then the port goes. */
bool front_down(struct front *f);

/* --- the ring (ring_by_hand.h) --- */

/* Of the pages that are shared: both ends at its beginning. */
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

/* The port's own LID, as the gateway says; 0: it did not say. */
uint16_t front_own_lid(struct front *f);

/* How many slots the gateway has not taken yet. */
uint32_t front_untaken(const struct front *f);

/* The session answers. */
bool front_lives(struct front *f);

uint64_t now_ms(void);
/* A little while, when something is to happen elsewhere. */
void breathe(void);
