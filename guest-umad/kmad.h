/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's half of umad, in user space and pure: agents and who owns a class, transaction ids,
 * time-outs and retries, RMPP in both directions (drivers/infiniband/core: user_mad.c, mad.c,
 * mad_rmpp.c). Knows no descriptor, no clock and no thread; the caller holds one lock around it.
 *
 * A kmad sits between "files" (one per umad_open_port) above and a link (gumad_link.h) below:
 * single 256-byte MADs on the link, whole messages to the files.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/mono.h"
#include "channel/abi/chan_slot.h"

struct kmad;

#define KMAD_MAX_AGENTS 32 /* per file, as IB_UMAD_MAX_AGENTS */

/*
 * A message handed to a file: what a read of /dev/infiniband/umadN returns behind its 64-byte
 * header. Owned by the receiver, freed with free().
 */
struct kmad_msg {
	struct kmad_msg *next; /* for the receiver's queue */
	uint32_t agent;        /* number in the file, as umad_register returned it */
	uint32_t status;       /* 0, or ETIMEDOUT with the request itself as data */
	uint32_t timeout_ms;
	uint32_t retries;
	struct chan_addr addr;
	size_t len; /* of data: 256, or longer when RMPP joined segments */
	uint8_t data[];
};

struct kmad_ops {
	/* Send one MAD (kind SEND). -EAGAIN: the link is full, kmad tries again in kmad_tick(). */
	int (*send)(void *ctx, const struct chan_slot *slot);
	/* A message for this file; takes ownership. */
	void (*deliver)(void *ctx, unsigned int file, struct kmad_msg *msg);
};

struct kmad_params {
	const struct kmad_ops *ops;
	void *ctx;
	uint32_t seed;
	/*
	 * The link retries and times out by itself (the gateway does): requests go out once, with
	 * timeout and retries in the slot, and a backstop of the whole time plus grace_ms here. Else
	 * kmad sends each attempt itself.
	 */
	bool link_times_out;
	uint32_t grace_ms;
};

struct kmad_reg {
	uint8_t mgmt_class;
	uint8_t mgmt_class_version;
	uint8_t rmpp_version;
	bool user_rmpp; /* UMAD_USER_RMPP: segments are the application's business */
	uint8_t oui[3];
	uint32_t method_mask[4];
	bool qp0;
};

/* NULL when memory is short. */
struct kmad *kmad_new(const struct kmad_params *params);
void kmad_free(struct kmad *k);

/* A file number, or -errno. Files and agents of a closed file may be reused. */
int kmad_file_open(struct kmad *k);
/* Cancels all that the file waits for, frees its agents. */
void kmad_file_close(struct kmad *k, unsigned int file);

/*
 * The agent's number in the file, or -errno as the kernel's ioctl: -EINVAL for a bad class, version
 * or mask, -ENOMEM when the file has 32 already, -EINVAL/-EBUSY ("method already in use") when
 * another agent of this kmad owns a class and method of the mask (mad.c, method_in_use).
 */
int kmad_register(struct kmad *k, unsigned int file, const struct kmad_reg *reg);
int kmad_unregister(struct kmad *k, unsigned int file, unsigned int agent);

/*
 * write() of a umad file: sends data[len] (RMPP when the agent has kernel RMPP and the header says
 * active; len may then exceed 256). The upper half of a request's TID is overwritten *in data*, as
 * the kernel does in the caller's buffer. 0 or -errno (-EINVAL for a duplicate live TID and class).
 */
int kmad_send(struct kmad *k, unsigned int file, unsigned int agent, const struct chan_addr *addr,
	      uint8_t *data, size_t len, uint32_t timeout_ms, uint32_t retries, struct mono_ms now);

/* One MAD off the link: kind RECV, or SEND_DONE with a status. The slot is copied as needed. */
void kmad_receive(struct kmad *k, const struct chan_slot *slot, struct mono_ms now);

/* All requests of all files end with `status` now (the link went down). */
void kmad_fail_all(struct kmad *k, uint32_t status);

/* Runs what is due; when to call again at the latest. */
void kmad_tick(struct kmad *k, struct mono_ms now);
struct mono_ms kmad_deadline(const struct kmad *k);

/* Asserts the invariants; tests call it after every call. */
void kmad_check(const struct kmad *k);
