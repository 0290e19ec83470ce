/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Proves that channel/abi works in a kernel with any compiler options: each header alone and all together,
 * without libc, and every field at its offset.
 */
#include "channel/abi/chan_xenbus.h"
#include "channel/abi/chan_ring.h"
#include "channel/abi/chan_slot.h"
#include "tests/unit/chan_abi_fields.h"

#define F(s, field, offset, bytes)                                                   \
	_Static_assert(__builtin_offsetof(struct s, field) == (offset), #s "." #field); \
	_Static_assert(sizeof(((struct s *)0)->field) == (bytes), #s "." #field);

CHAN_ABI_FIELDS(F)

_Static_assert(sizeof(struct chan_slot) == CHAN_SLOT_BYTES, "a slot");
_Static_assert(sizeof(struct chan_port_info) <= CHAN_MAD_BYTES, "fits in a MAD's place");
_Static_assert(sizeof(struct chan_pkeys) <= CHAN_MAD_BYTES, "fits in a MAD's place");
_Static_assert(CHAN_XENBUS_REFS(CHAN_RING_SLOTS_DEFAULT) == 21, "pages of the default ring");
_Static_assert(CHAN_XENBUS_REFS(CHAN_XENBUS_SLOTS_MAX) == CHAN_XENBUS_REFS_MAX, "and of the largest");
_Static_assert(CHAN_XENBUS_INITIALISING == 1 && CHAN_XENBUS_CLOSED == 6, "as XenbusState");
