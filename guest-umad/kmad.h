/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel's half of umad in user space, as a pure module: agents, ownership of classes, transaction ids,
 * time-outs and retries, RMPP in both directions (drivers/infiniband/core: user_mad.c, mad.c, mad_rmpp.c).
 * It uses no descriptor, clock or thread; the caller holds one lock around it.
 *
 * A kmad is between "files" (one per umad_open_port) above and a link (gumad_link.h) below: single 256-byte
 * MADs on the link, whole messages to the files.
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
 * A message for a file: what a read of /dev/infiniband/umadN returns after its 64-byte header. Owned by the
 * receiver, freed with free().
 */
struct kmad_msg {
	STAILQ_ENTRY(kmad_msg) in_queue; /* for the receiver's use */
	uint32_t agent; /* number in the file, as umad_register returned it */
	uint32_t status; /* 0, or ETIMEDOUT with the header of the request as data */
	uint32_t timeout_ms; /* of the failed request, as are retries and addr; otherwise 0 */
	uint32_t retries;
	struct chan_addr addr;
	size_t len; /* of data: 256, more for RMPP, 24 for a failed request */
	uint8_t data[];
};

STAILQ_HEAD(kmad_queue, kmad_msg);

/* Neither callback may call back into the kmad. */
struct kmad_ops {
	/*
	 * Sends one MAD (kind SEND). slot->client is the file, slot->agent the agent's number in it,
	 * slot->cookie kmad's own, returned in SEND_DONE (0: no SEND_DONE needed); slot->port is 0.
	 * -EAGAIN: the link is full; kmad tries again in kmad_tick() and after kmad_receive(). Other errors
	 * lose this attempt, or are returned by kmad_send().
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
	 * The link retries and times out requests itself (the gateway does): kmad sends them once, with
	 * time-out and retries in the slot, and has a backstop of the whole time plus grace_ms. Otherwise
	 * kmad sends each attempt itself.
	 */
	bool link_times_out;
	uint32_t grace_ms;
	/* Requests on the link at a time; others wait here and their time does not run. 0: no limit. */
	uint32_t max_outstanding;
	/* Memory limits for inbound RMPP; 0: KMAD_TRANSFER_... below. */
	uint32_t max_transfers;
	uint64_t max_transfer_bytes;
};

/* Inbound RMPP messages at a time; further first segments are dropped, and the peer repeats them. */
#define KMAD_TRANSFERS 64
/*
 * Bytes of one inbound message, beyond which the sender gets a STOP. The paths among 2048 hosts and their
 * switches are some 5 million records of 64 bytes; memory grows with the received data.
 */
#define KMAD_TRANSFER_BYTES (UINT64_C(1) << 30)

struct kmad_reg {
	uint8_t mgmt_class;
	uint8_t mgmt_class_version;
	uint8_t rmpp_version;
	bool user_rmpp; /* UMAD_USER_RMPP: the application runs RMPP itself */
	uint8_t oui[3];
	uint32_t method_mask[4];
	bool qp0;
};

/* NULL without memory. */
struct kmad *kmad_new(const struct kmad_params *params);
void kmad_free(struct kmad *k);

/* A file number, or -errno. The numbers of a closed file and its agents may be reused. */
int kmad_file_open(struct kmad *k);
/* Cancels all that the file waits for and frees its agents. */
void kmad_file_close(struct kmad *k, unsigned int file);

/*
 * The agent's number in the file, or -errno as the kernel's ioctl: -EINVAL for a bad class, version or QP,
 * or if another agent of this kmad owns a class and method of the mask (mad.c, method_in_use); -ENOMEM if
 * the file has 32 agents or a vendor class has 8 OUIs.
 */
int kmad_register(struct kmad *k, unsigned int file, const struct kmad_reg *reg);
int kmad_unregister(struct kmad *k, unsigned int file, unsigned int agent);

/*
 * write() of a umad file: sends data[len] (by RMPP if the agent has kernel RMPP and the header is active;
 * len may then exceed 256). Overwrites the upper half of a request's TID *in data*, as the kernel does in
 * the caller's buffer. timeout_ms 0: no answer is expected. 0 or -errno: -EINVAL for a bad length or a TID
 * and class in use, -EIO for an unknown agent.
 */
int kmad_send(struct kmad *k, unsigned int file, unsigned int agent, const struct chan_addr *addr,
	      uint8_t *data, size_t len, uint32_t timeout_ms, uint32_t retries, struct mono_ms now);

/* One MAD from the link: kind RECV, or SEND_DONE with a status. The slot is copied as needed. */
void kmad_receive(struct kmad *k, const struct chan_slot *slot, struct mono_ms now);

/*
 * Whether the time of one of this file's requests is over and the link has not reported its end yet; the
 * reader then keeps waiting. So of two equal time-outs the request's comes first, as with a kernel's timer,
 * and a silent link that is about to be replaced has until the request's backstop.
 */
bool kmad_is_overdue(const struct kmad *k, unsigned int file, struct mono_ms now);

/*
 * The link is lost and another is expected: unanswered requests wait to be sent again, and their time does
 * not run. Incomplete inbound RMPP messages are dropped.
 */
void kmad_link_lost(struct kmad *k, struct mono_ms now);

/*
 * Ends all requests of all files with `status` (no other link is expected); drops what waits for the link
 * and incomplete inbound RMPP messages.
 */
void kmad_fail_all(struct kmad *k, uint32_t status);

/* Runs what is due; kmad_deadline() is the latest time of the next call. */
void kmad_tick(struct kmad *k, struct mono_ms now);
struct mono_ms kmad_deadline(const struct kmad *k);

/* Asserts the invariants. For tests. */
void kmad_check(const struct kmad *k);
