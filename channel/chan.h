/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One end of a session: the data path over its two rings (ring.h), the same for every substrate
 * (docs/design.md, The channel). A shell makes it (local.h: shared memory and a socket; xen.h:
 * grants and an event channel), embeds it, and adds nothing to take, put and commit: it only says
 * how a doorbell is rung, cleared and closed.
 *
 * libc only: it lives in the gateway and, in the guests, in other people's processes. No thread of
 * its own, no global state; nothing here blocks. An end belongs to one thread.
 *
 * How it is used, on both sides:
 *
 *	after creation, and whenever chan_bell() fires:
 *		do
 *			while (chan_take(chan, &slot) == 1)
 *				...; chan_reserve(), fill, chan_commit() ...
 *		while ((ok = chan_sleep_ok(chan)) == 0);
 *		if (ok < 0)
 *			close the session
 *	after commits outside of that loop: chan_kick(chan).
 *
 * A side that stops early (a quota, a budget) does not call chan_sleep_ok(): it gets no doorbells
 * until it goes on by itself, and it calls chan_kick() for what it took and put so far.
 *
 * Host: watch chan_bell() with EPOLLIN | EPOLLET and never read it. Guest: watch it level-triggered;
 * chan_sleep_ok() clears it. How the other side's end is heard of, the shell's header says.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/ring.h"

struct chan;

/* What differs between the shells; called to sleep and to wake, never for a slot. */
struct chan_ops {
	/* Never blocks. It may fail when the other side is gone: that is heard of elsewhere. */
	void (*ring_bell)(struct chan *chan);
	/* Before the end sleeps: the doorbell is taken and may ring again. 0 or -errno. NULL: none. */
	int (*clear_bell)(struct chan *chan);
	/* Lets a doorbell ring that clear_bell() held (chan_unmask()). NULL: it never does. */
	void (*unmask)(struct chan *chan);
	int (*bell_fd)(const struct chan *chan);
	/* Unmaps, closes, frees the shell's object and `chan` in it. */
	void (*close)(struct chan *chan);
};

/* The shell sets `ops` and both ring ends; all else starts as zeros. Users call functions only. */
struct chan {
	struct chan_producer out;
	struct chan_consumer in;
	const struct chan_ops *ops;
	bool broken; /* the other side's index was impossible: it stays so */
	bool held; /* the doorbell is off until chan_unmask() */
	bool armed; /* the end sleeps, or may */
	bool rang; /* since then a slot was taken: the doorbell rang, or will, and is not cleared */
	bool looks; /* chan_look(): it does not sleep, and no doorbell is asked for */
	uint64_t rung; /* doorbells rung so far, for statistics */
};

/* Closes and unmaps. In a child of fork() it leaves the parent's session alone. NULL is fine. */
void chan_free(struct chan *chan);

/* The descriptor to poll, see above; it stays the channel's. */
int chan_bell(const struct chan *chan);

/*
 * Next slot copied into *ret_slot: 1, 0 when there is none, -EBADMSG for a bad index. -EBADMSG is
 * for good: every later call that can return it does, until chan_free().
 */
int chan_take(struct chan *chan, struct chan_slot *ret_slot);

/*
 * Next free slot of the other direction, in place: 1, 0 when the ring is full, -EBADMSG. Fill all
 * of it, never read it back, then commit. Not committing is allowed.
 */
int chan_reserve(struct chan *chan, struct chan_slot **ret_slot);
void chan_commit(struct chan *chan);

/* Both in one, from a copy: 1, 0, -EBADMSG. */
int chan_put(struct chan *chan, const struct chan_slot *slot);

/*
 * After reserve said full: asks for a doorbell when `room` slots (1 .. slots) are free. True: they
 * are, reserve again at once. Guest: ask last, between chan_sleep_ok() and polling, for sleep_ok()
 * may take the doorbell of an earlier question with it (asking again then says true).
 */
bool chan_want_room(struct chan *chan, uint32_t room);

/* More slots wait, and the doorbell shows it: the end may stop here without chan_sleep_ok(). */
bool chan_bell_shows(const struct chan *chan);

/*
 * Instead of sleeping: from here on no doorbell is asked for, until chan_sleep_ok(), and chan_peek()
 * tells when there is something to take.
 */
void chan_look(struct chan *chan);
bool chan_peek(const struct chan *chan);

/* Rings the other side's doorbell if it sleeps and something happened since; cheap if not. */
void chan_kick(struct chan *chan);

/*
 * Kicks, clears the doorbell and arms it. 1: nothing to take, sleep. 0: there is something, go on.
 * -EBADMSG: bad index. Another -errno: the shell lost its doorbell or its other side.
 */
int chan_sleep_ok(struct chan *chan);

/*
 * A guest that rings again and again without putting anything is given a doorbell that does not
 * ring (XSA-332, XSA-391): chan_sleep_ok() leaves it off and returns 1. While chan_unmask_due(), the
 * host's shell calls chan_unmask() after some milliseconds; what rang meanwhile rings then. A slot
 * that is taken ends it as well.
 */
bool chan_unmask_due(const struct chan *chan);
void chan_unmask(struct chan *chan);
