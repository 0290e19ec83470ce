/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Identical SMP Gets share one request on the wire, and its answer serves for a moment
 * (smp-cache-ms of the policy) whoever asks the same: fifty guests' ibnetdiscover costs one sweep.
 *
 * "Identical" is all 256 bytes but the TID, and the address; to share a request that is under way,
 * the time-out of an attempt as well: nobody makes others' requests be repeated more often, or more
 * seldom, than they said. Each waiter keeps its own deadline, as its retries say. A flush (an
 * admin's Set, a port event) forgets what is kept and raises the epoch, so that answers to requests
 * from before it are given to their waiters and not kept.
 *
 * States: FREE -> FLYING (its request is on the wire, may have waiters) -> KEPT (has an answer) -> FREE. The oldest
 * kept operation gives way when the table is full.
 */
#pragma once

#include "mad-proxy/core/request.h"

struct txn;

int merge_init(struct proxy_core *core);
void merge_fini(struct proxy_core *core);
/* Joins, answers from what is kept, or starts an operation. False: no room, send it plainly. */
bool merge_request(struct proxy_core *core, struct txn *t, bool cacheable);
/* A waiter goes: its request is another's, or nobody's. */
void merge_leave(struct txn *t);
/* What is kept is forgotten, what is in flight will not be kept. */
void merge_flush(struct proxy_core *core);
/* Asserts what holds; how many requests of its own are on the wire. */
size_t merge_check(const struct proxy_core *core);
