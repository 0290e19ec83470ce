/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The values of the xenstore keys (names and limits: abi/chan_xenbus.h): read strictly, written
 * the one way that is read. Pure: the shell brings and takes values through functions of its own.
 *
 * What the other side may write is never taken on trust: a value is copied once into a struct
 * chan_value of fixed size, and everything that is wrong with it is a struct chan_fault with a name
 * and a text. Nothing that the other side wrote is repeated in that text.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/abi/chan_xenbus.h"

/* Data, for shells: how often a transaction that ends with EAGAIN is tried. */
#define CHAN_STORE_TRIES 16

/* Names for faults; RING_REF has an index. */
enum chan_key {
	CHAN_KEY_NONE,
	CHAN_KEY_STATE,
	CHAN_KEY_VERSION,
	CHAN_KEY_RING_REF,
	CHAN_KEY_EVENT_CHANNEL,
	CHAN_KEY_VERSIONS,
	CHAN_KEY_RING_KINDS,
	CHAN_KEY_MAD_SLOTS,
	CHAN_KEYS
};

/* Why a device was closed, or could not be opened. Both ends use the same names. */
enum chan_fault_kind {
	CHAN_FAULT_NONE,
	/* a key; struct chan_fault.key */
	CHAN_FAULT_KEY_MISSING,
	CHAN_FAULT_KEY_UNREADABLE, /* err: EACCES and so on */
	CHAN_FAULT_KEY_LONG, /* more than CHAN_XENBUS_VALUE_MAX bytes, or too many digits */
	CHAN_FAULT_KEY_SYNTAX, /* empty, not decimal, sign, blank, leading zero */
	CHAN_FAULT_KEY_RANGE,
	CHAN_FAULT_KEY_TWICE, /* a grant reference that an earlier page has */
	CHAN_FAULT_VERSION, /* chosen, but not offered; or none of those offered is known */
	CHAN_FAULT_RING_KIND, /* the back-end has no MAD ring */
	CHAN_FAULT_STATE, /* `state` is no number of enum chan_xenbus_state */
	CHAN_FAULT_ORDER, /* Connected before the other side offered anything */
	/* the shell; err */
	CHAN_FAULT_MAP, /* grants cannot be mapped, or made */
	CHAN_FAULT_BIND, /* event channel cannot be bound, or made */
	CHAN_FAULT_MEMORY,
	CHAN_FAULT_STORE, /* xenstore refuses, or cannot be reached */
	/* the session */
	CHAN_FAULT_RING, /* an index of the ring that cannot be */
	CHAN_FAULT_SLOT, /* the contract of abi/chan_slot.h is broken */
	CHAN_FAULT_POLICY, /* this guest may not attach (any more) */
	CHAN_FAULT_BUSY, /* no room for another session */
	CHAN_FAULT_HELLO, /* front-end: no answer to HELLO, or one that is none */
	CHAN_FAULTS
};

struct chan_fault {
	enum chan_fault_kind kind;
	enum chan_key key; /* of CHAN_FAULT_KEY_* */
	uint32_t index; /* of CHAN_KEY_RING_REF */
	int err; /* positive errno, or 0 */
};

/*
 * One line for the journal and for B/error, such as "ring-ref3 is missing"; always terminated,
 * never longer than CHAN_XENBUS_ERROR_MAX with its end.
 */
void chan_fault_print(const struct chan_fault *fault, char ret_text[CHAN_XENBUS_ERROR_MAX]);

/*
 * A word for the fault's kind, such as "key-missing": for tests and machines.
 */
const char *chan_fault_name(enum chan_fault_kind kind);

/*
 * One value as it was read. err: positive errno of the reading, then the rest means nothing. len
 * is the true length; of longer values only the first CHAN_XENBUS_VALUE_MAX bytes are there.
 */
struct chan_value {
	int err;
	size_t len;
	char data[CHAN_XENBUS_VALUE_MAX];
};

/* Fills *ret from what xs_read() gave: data NULL means that err (positive) happened. */
void chan_value_set(struct chan_value *ret, const void *data, size_t len, int err);

/* A decimal number from min to max. On a fault (with key none) *ret_number is untouched. */
bool chan_value_number(const struct chan_value *value, uint32_t min, uint32_t max,
		       uint32_t *ret_number, struct chan_fault *ret_fault);

/* What a `state` node says: enum chan_xenbus_state (1 .. 6), or one of these two. */
enum chan_level {
	CHAN_LEVEL_GONE = 0, /* no such node (ENOENT) */
	CHAN_LEVEL_1 = CHAN_XENBUS_INITIALISING,
	CHAN_LEVEL_2 = CHAN_XENBUS_INIT_WAIT,
	CHAN_LEVEL_3 = CHAN_XENBUS_INITIALISED,
	CHAN_LEVEL_4 = CHAN_XENBUS_CONNECTED,
	CHAN_LEVEL_5 = CHAN_XENBUS_CLOSING,
	CHAN_LEVEL_6 = CHAN_XENBUS_CLOSED,
	CHAN_LEVEL_BAD, /* anything else, unreadable included */
};

/*
 * Any other error of reading than ENOENT, EACCES and E2BIG is not the other side's doing: the shell
 * gives its machine STORE_FAILED instead of asking here.
 */
enum chan_level chan_value_level(const struct chan_value *value);

/* What the front-end chose. Only refs[0 .. ref_count - 1] are set. */
struct chan_front_keys {
	uint32_t version;
	uint32_t slots; /* as the back-end fixed it, not a key of the front-end */
	uint32_t event_channel;
	uint32_t ref_count; /* CHAN_XENBUS_REFS(slots) */
	uint32_t ref[CHAN_XENBUS_REFS_MAX];
};

/* What the back-end offers. */
struct chan_back_keys {
	uint32_t version; /* highest that both know */
	uint32_t slots;
};

/* Reads the key `name` of the other side's directory into *ret (chan_value_set()). */
typedef void chan_keys_read_fn(void *ctx, const char *name, struct chan_value *ret);

/* Writes a key of one's own directory. 0, or -errno, which ends the writing. */
typedef int chan_keys_write_fn(void *ctx, const char *name, const char *value);

/*
 * Back-end: reads the keys of F, for a ring of `slots` (valid, at most CHAN_XENBUS_SLOTS_MAX), each
 * key once, and stops at the first that is wrong: false and *ret_fault. `state` is not read.
 */
bool chan_front_keys_read(uint32_t slots, chan_keys_read_fn *read, void *ctx,
			  struct chan_front_keys *ret, struct chan_fault *ret_fault);

/* Front-end: writes them; `state` is not written. 0, or the first error of `write`. */
int chan_front_keys_write(const struct chan_front_keys *keys, chan_keys_write_fn *write, void *ctx);

/* Front-end: reads what B offers; as above. */
bool chan_back_keys_read(chan_keys_read_fn *read, void *ctx, struct chan_back_keys *ret,
			 struct chan_fault *ret_fault);

/* Back-end: writes versions, ring-kinds and mad-slots. */
int chan_back_keys_write(uint32_t slots, chan_keys_write_fn *write, void *ctx);
