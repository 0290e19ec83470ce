/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The address of a MAD: the channel's form <-> umad's (struct ib_mad_addr; network byte order but
 * for pkey_index). Pure.
 */
#pragma once

#include <infiniband/umad.h>

#include "channel/abi/chan_slot.h"

void io_umad_addr_put(struct ib_mad_addr *umad, const struct chan_addr *addr);
void io_umad_addr_get(struct chan_addr *addr, const struct ib_mad_addr *umad);
