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
#include <sys/queue.h>

#include "base/mono.h"
#include "channel/abi/chan_slot.h"

struct kmad; /* of one port: ownership of classes is per port */

#define KMAD_MAX_AGENTS 32 /* per file, as IB_UMAD_MAX_AGENTS */

/*
 * A message handed to a file: what a read of /dev/infiniband/umadN returns behind its 64-byte
 * header. Owned by the receiver, freed with free().
 */
struct kmad_msg {
	STAILQ_ENTRY(kmad_msg) in_queue; /* the receiver's */
	uint32_t agent; /* number in the file, as umad_register returned it */
	uint32_t status; /* 0, or ETIMEDOUT with the header of the request as data */
	uint32_t timeout_ms; /* of the failed request, as are retries and addr; else 0 */
	uint32_t retries;
	struct chan_addr addr;
	size_t len; /* of data: 256, longer when RMPP joined segments, 24 of a failed request */
	uint8_t data[];
};

STAILQ_HEAD(kmad_queue, kmad_msg);

/* Neither callback may call back into the kmad. */
struct kmad_ops {
	/*
	 * Send one MAD (kind SEND). slot->client is the file, slot->agent the agent's number in it,
	 * slot->cookie kmad's own, to come back in SEND_DONE (0: nobody waits); slot->port is 0.
	 * -EAGAIN: the link is full, kmad tries again in kmad_tick() and after kmad_receive(). Other
	 * errors lose this attempt, or are what kmad_send() returns.
	 */
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
	/* Requests on the link at a time, the others wait here with their time not running; 0: all. */
	uint32_t max_outstanding;
	/* Bounds of what senders of RMPP may use of this process; 0: KMAD_TRANSFER_... below. */
	uint32_t max_transfers;
	uint64_t max_transfer_bytes;
};

/* Inbound RMPP messages at a time; first segments beyond are dropped, and sent again by the peer. */
#define KMAD_TRANSFERS 64
/*
 * Bytes of one inbound message, beyond which the sender gets a STOP. All paths of 2048 hosts and
 * their switches are some 5 million records of 64 bytes; memory grows with what really arrived.
 */
#define KMAD_TRANSFER_BYTES (UINT64_C(1) << 30)

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
 * or QP, or when another agent of this kmad owns a class and method of the mask (mad.c,
 * method_in_use); -ENOMEM when the file has 32 agents already, or a vendor class its 8 OUIs.
 */
int kmad_register(struct kmad *k, unsigned int file, const struct kmad_reg *reg);
int kmad_unregister(struct kmad *k, unsigned int file, unsigned int agent);

/*
 * write() of a umad file: sends data[len] (RMPP when the agent has kernel RMPP and the header says
 * active; len may then exceed 256). The upper half of a request's TID is overwritten *in data*, as
 * the kernel does in the caller's buffer. timeout_ms 0: no answer is expected. 0 or -errno: -EINVAL
 * for a duplicate live TID and class or a bad length, -EIO for an agent that is not there.
 */
int kmad_send(struct kmad *k, unsigned int file, unsigned int agent, const struct chan_addr *addr,
	      uint8_t *data, size_t len, uint32_t timeout_ms, uint32_t retries, struct mono_ms now);

/* One MAD off the link: kind RECV, or SEND_DONE with a status. The slot is copied as needed. */
void kmad_receive(struct kmad *k, const struct chan_slot *slot, struct mono_ms now);

/*
 * The own time of one of this file's requests is over, and the link should tell of its end any moment:
 * whoever waits for it goes on waiting. So it does not depend on the way from the link which of two
 * equal time-outs comes first, as it does not with a kernel's timer; and a link that is silent, because
 * its other end is about to be replaced, has until the request's backstop.
 */
bool kmad_is_overdue(const struct kmad *k, unsigned int file, struct mono_ms now);

/*
 * The link went down and another is awaited: what was sent and not answered waits, to be sent
 * again, and its time does not run. What was coming in by RMPP is dropped.
 */
void kmad_link_lost(struct kmad *k, struct mono_ms now);

/*
 * All requests of all files end with `status` now (the link went down for good); what waits for the
 * link and what was coming in by RMPP is dropped.
 */
void kmad_fail_all(struct kmad *k, uint32_t status);

/* Runs what is due; kmad_deadline() says when to call again at the latest. */
void kmad_tick(struct kmad *k, struct mono_ms now);
struct mono_ms kmad_deadline(const struct kmad *k);

/* Asserts the invariants; tests call it after every call. */
void kmad_check(const struct kmad *k);
