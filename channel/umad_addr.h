/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The address of a umad buffer (network order, <infiniband/umad.h>) and that of a slot (host order). */
#pragma once

#include <endian.h>
#include <string.h>

#include <infiniband/umad.h>

#include "channel/abi/chan_slot.h"

/* Without a GRH its fields are zero. */
static inline void chan_addr_to_umad(struct ib_mad_addr *umad, const struct chan_addr *addr)
{
	memset(umad, 0, sizeof(*umad));
	umad->qpn = htobe32(addr->qpn);
	umad->qkey = htobe32(addr->qkey);
	umad->lid = htobe16(addr->lid);
	umad->sl = addr->sl;
	umad->path_bits = addr->path_bits;
	umad->pkey_index = addr->pkey_index;
	if (!addr->grh_present)
		return;
	umad->grh_present = 1;
	umad->gid_index = addr->gid_index;
	umad->hop_limit = addr->hop_limit;
	umad->traffic_class = addr->traffic_class;
	umad->flow_label = htobe32(addr->flow_label);
	memcpy(umad->gid, addr->gid, sizeof(umad->gid));
}

static inline void chan_addr_from_umad(struct chan_addr *addr, const struct ib_mad_addr *umad)
{
	memset(addr, 0, sizeof(*addr));
	addr->qpn = be32toh(umad->qpn);
	addr->qkey = be32toh(umad->qkey);
	addr->lid = be16toh(umad->lid);
	addr->sl = umad->sl;
	addr->path_bits = umad->path_bits;
	addr->pkey_index = umad->pkey_index;
	if (!umad->grh_present)
		return;
	addr->grh_present = 1;
	addr->gid_index = umad->gid_index;
	addr->hop_limit = umad->hop_limit;
	addr->traffic_class = umad->traffic_class;
	addr->flow_label = be32toh(umad->flow_label);
	memcpy(addr->gid, umad->gid, sizeof(addr->gid));
}
