/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Parses and prints the values of the xenstore keys (names and limits: abi/chan_xenbus.h). Each value has one
 * valid form. Pure: the shell passes functions that read and write.
 *
 * A value that the other side may write is copied once into a struct chan_value of fixed size; an invalid
 * one gives a struct chan_fault with a name and a text. The text repeats nothing that the other side wrote.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "channel/abi/chan_xenbus.h"

/* How often a shell tries a transaction that ends with EAGAIN. */
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
	CHAN_FAULT_STATE, /* `state` is not a value of enum chan_xenbus_state */
	CHAN_FAULT_ORDER, /* Connected before the other side offered anything */
	/* the shell; err */
	CHAN_FAULT_MAP, /* grants cannot be mapped, or made */
	CHAN_FAULT_BIND, /* event channel cannot be bound, or made */
	CHAN_FAULT_MEMORY,
	CHAN_FAULT_STORE, /* xenstore refuses, or cannot be reached */
	/* the session */
	CHAN_FAULT_RING, /* an invalid index of the ring */
	CHAN_FAULT_SLOT, /* a violation of abi/chan_slot.h */
	CHAN_FAULT_POLICY, /* this guest may not attach (any more) */
	CHAN_FAULT_BUSY, /* the limit of sessions is reached */
	CHAN_FAULT_HELLO, /* front-end: no answer to HELLO, or an invalid one */
	CHAN_FAULTS
};

struct chan_fault {
	enum chan_fault_kind kind;
	enum chan_key key; /* of CHAN_FAULT_KEY_* */
	uint32_t index; /* of CHAN_KEY_RING_REF */
	int err; /* positive errno, or 0 */
};

/*
 * One line for the journal and for B/error, such as "ring-ref3 is missing": at most
 * CHAN_XENBUS_ERROR_MAX bytes with the terminating NUL.
 */
void chan_fault_print(const struct chan_fault *fault, char ret_text[CHAN_XENBUS_ERROR_MAX]);

/*
 * One value as it was read. err: positive errno of the read, then the other fields are undefined. len
 * is the true length; data has the first CHAN_XENBUS_VALUE_MAX bytes of a longer value.
 */
struct chan_value {
	int err;
	size_t len;
	char data[CHAN_XENBUS_VALUE_MAX];
};

/* Fills *ret from the result of xs_read(): data NULL means that it failed with err (positive). */
void chan_value_set(struct chan_value *ret, const void *data, size_t len, int err);

/* A decimal number from min to max. On a fault (with key NONE) *ret_number is unchanged. */
bool chan_value_number(const struct chan_value *value, uint32_t min, uint32_t max,
		       uint32_t *ret_number, struct chan_fault *ret_fault);

/* The value of a `state` node: enum chan_xenbus_state (1 .. 6), GONE or BAD. */
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
 * The other side can cause only the errors ENOENT, EACCES and E2BIG: for others the shell gives its machine
 * STORE_FAILED and does not call this.
 */
enum chan_level chan_value_level(const struct chan_value *value);

/* The front-end's keys. Only ref[0 .. ref_count - 1] are set. */
struct chan_front_keys {
	uint32_t version;
	uint32_t slots; /* the back-end's value, not a key of the front-end */
	uint32_t event_channel;
	uint32_t ref_count; /* CHAN_XENBUS_REFS(slots) */
	uint32_t ref[CHAN_XENBUS_REFS_MAX];
};

/* The back-end's keys. */
struct chan_back_keys {
	uint32_t version; /* the highest that both support */
	uint32_t slots;
};

/* Reads the key `name` of the other side's directory into *ret (chan_value_set()). */
typedef void chan_keys_read_fn(void *ctx, const char *name, struct chan_value *ret);

/* Writes a key of the caller's own directory. 0, or -errno, which ends the sequence. */
typedef int chan_keys_write_fn(void *ctx, const char *name, const char *value);

/*
 * Back-end: reads the keys of F, for a ring of `slots` (valid, at most CHAN_XENBUS_SLOTS_MAX), each
 * key once, and stops at the first invalid one: false and *ret_fault. `state` is not read.
 */
bool chan_front_keys_read(uint32_t slots, chan_keys_read_fn *read, void *ctx,
			  struct chan_front_keys *ret, struct chan_fault *ret_fault);

/* Front-end: writes its keys except `state`. 0, or the first error of `write`. */
int chan_front_keys_write(const struct chan_front_keys *keys, chan_keys_write_fn *write, void *ctx);

/* Front-end: reads the back-end's keys; as above. */
bool chan_back_keys_read(chan_keys_read_fn *read, void *ctx, struct chan_back_keys *ret,
			 struct chan_fault *ret_fault);

/* Back-end: writes versions, ring-kinds and mad-slots. */
int chan_back_keys_write(uint32_t slots, chan_keys_write_fn *write, void *ctx);
