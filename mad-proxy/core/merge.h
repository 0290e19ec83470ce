/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Identical SMP Gets share one request on the wire, and its answer is cached for smp-cache-ms of the policy:
 * fifty guests that run ibnetdiscover together cause one sweep.
 *
 * Requests are identical if all 256 bytes except the TID, and the address, are equal; to share an outstanding
 * request, also the time-out of an attempt, so that a guest does not change how often others' requests are
 * repeated. Each waiter has its own deadline, from its retries. A flush (an admin's Set, a port event) drops
 * cached answers and raises the epoch, so that answers to earlier requests are not cached.
 *
 * States: FREE -> FLYING (its request is on the wire, may have waiters) -> KEPT (has an answer) -> FREE. If the
 * table is full, the oldest kept operation is freed.
 */
#pragma once

#include "mad-proxy/core/request.h"

struct txn;

int merge_init(struct proxy_core *core);
void merge_fini(struct proxy_core *core);
/* Joins an operation, answers from the cache, or starts an operation. False: no room, send the request itself. */
bool merge_request(struct proxy_core *core, struct txn *t, bool cacheable);
/* How long the port may hold the operation's request, and its receiver work on it, when t ends unanswered. */
uint64_t merge_costs_ms(const struct proxy_core *core, const struct txn *t);
/* Removes a waiter from its operation. */
void merge_leave(struct proxy_core *core, struct txn *t);
/* Drops cached answers; answers to outstanding requests will not be cached. */
void merge_flush(struct proxy_core *core);
/* Asserts the invariants; returns the number of its requests on the wire. */
size_t merge_check(const struct proxy_core *core);
