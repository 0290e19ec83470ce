/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Identifiers of different kinds have different types, so that they cannot be mixed up. The gateway chooses host
 * ids, which appear on the wire; a guest chooses guest ids, which are valid in its client only.
 */
#pragma once

#include <stdint.h>

/* Transaction id on the wire. It has 32 bits, because umad overwrites the upper half in requests. */
struct host_tid {
	uint32_t v;
};

/* Transaction id as the guest sent it, all 64 bits, host byte order. */
struct guest_tid {
	uint64_t v;
};

/* A session: table index and generation; not reused while the old session is remembered. */
struct session_id {
	uint32_t v;
};
