/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One end of a session: the data path over its two rings (ring.h), the same for every substrate
 * (docs/design.md, The channel). A shell (local.h: shared memory and a socket; xen.h: grants and an
 * event channel) makes and embeds it; the shell only rings, clears and closes the doorbell.
 *
 * Uses libc only, because it is part of the guest's library. No thread, no global state; nothing here
 * blocks. An end belongs to one thread.
 *
 * Use, on both sides:
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
 * until it continues, and it calls chan_kick() for the slots that it took and put so far.
 *
 * Host: watch chan_bell() with EPOLLIN | EPOLLET and never read it. Guest: watch it level-triggered;
 * chan_sleep_ok() clears it. The shell's header says how the end of the other side is reported.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "channel/ring.h"

struct chan;

/* The functions of a shell; called to sleep and to wake, not for each slot. */
struct chan_ops {
	/* Never blocks. A failure (the other side has ended) is ignored. */
	void (*ring_bell)(struct chan *chan);
	/* Clears the doorbell before this end sleeps. 0 or -errno. NULL: nothing to do. */
	int (*clear_bell)(struct chan *chan);
	/* Unmasks a doorbell that clear_bell() left masked (chan_unmask()). NULL: it never does. */
	void (*unmask)(struct chan *chan);
	int (*bell_fd)(const struct chan *chan);
	/* Unmaps, closes, frees the shell's object and `chan` in it. */
	void (*close)(struct chan *chan);
};

/* The shell sets `ops` and both ring ends; the other fields start as zeros. Users only call functions. */
struct chan {
	struct chan_producer out;
	struct chan_consumer in;
	const struct chan_ops *ops;
	bool broken; /* the other side's index was invalid; permanent */
	bool held; /* the doorbell is masked until chan_unmask() */
	bool armed; /* this end has asked for a doorbell */
	bool rang; /* a slot was taken since: the doorbell rang, or will, and is not cleared */
	bool looks; /* chan_look(): this end polls and has asked for no doorbell */
	uint64_t rung; /* doorbells rung so far, for statistics */
};

/* Closes and unmaps. In a child of fork() this does not affect the parent's session. NULL is allowed. */
void chan_free(struct chan *chan);

/* The descriptor to poll, see above; owned by the channel. */
int chan_bell(const struct chan *chan);

/*
 * Copies the next slot into *ret_slot: 1; 0 if there is none; -EBADMSG for an invalid index. After
 * -EBADMSG every later call that can return it does so, until chan_free().
 */
int chan_take(struct chan *chan, struct chan_slot *ret_slot);

/*
 * The next free slot of the other direction, in place: 1; 0 if the ring is full; -EBADMSG. Fill all
 * of it, never read it back, then commit. A reserved slot need not be committed.
 */
int chan_reserve(struct chan *chan, struct chan_slot **ret_slot);
void chan_commit(struct chan *chan);

/* Both in one, from a copy: 1, 0, -EBADMSG. */
int chan_put(struct chan *chan, const struct chan_slot *slot);

/*
 * After chan_reserve() returned 0: asks for a doorbell when `room` slots (1 .. slots) are free. True: they
 * are free already, reserve again at once. Guest: call it last, between chan_sleep_ok() and polling,
 * because chan_sleep_ok() may clear the doorbell of an earlier call (calling again then returns true).
 */
bool chan_want_room(struct chan *chan, uint32_t room);

/* True: more slots wait and the doorbell is set, so this end may poll without chan_sleep_ok(). */
bool chan_bell_shows(const struct chan *chan);

/*
 * Polling instead of sleeping: withdraws the request for a doorbell until chan_sleep_ok(). chan_peek() is
 * true when there is a slot to take.
 */
void chan_look(struct chan *chan);
bool chan_peek(const struct chan *chan);

/* Rings the other side's doorbell if the other side has asked for it; cheap if not. */
void chan_kick(struct chan *chan);

/*
 * Kicks, clears the doorbell and arms it. 1: nothing to take, sleep. 0: there is a slot, continue.
 * -EBADMSG: invalid index. Another -errno: the doorbell failed or the other side has ended.
 */
int chan_sleep_ok(struct chan *chan);

/*
 * If a guest rings repeatedly without putting a slot, chan_sleep_ok() leaves its doorbell masked and
 * returns 1 (XSA-332, XSA-391). While chan_unmask_due(), the host's shell calls chan_unmask() after some
 * milliseconds; a ring in between is delivered then. Taking a slot also unmasks.
 */
bool chan_unmask_due(const struct chan *chan);
void chan_unmask(struct chan *chan);
