/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Identifiers that must not be mixed: each is a type of its own. A host id is ours and stands on
 * the wire; a guest id is what a guest sent and means nothing outside its client.
 */
#pragma once

#include <stdint.h>

/* Transaction id on the wire. Only 32 bits are ours: umad overwrites the upper half of requests. */
struct host_tid {
	uint32_t v;
};

/* Transaction id as the guest sent it, all 64 bits, host byte order. */
struct guest_tid {
	uint64_t v;
};

/* One channel from a guest to the gateway: slot and generation, never reused while remembered. */
struct session_id {
	uint32_t v;
};
