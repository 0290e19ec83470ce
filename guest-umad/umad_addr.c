/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fields of a umad buffer (struct ib_user_mad, ABI 5 with P_Key index), and printing them. */
#include <endian.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include <infiniband/umad.h>

static atomic_int debug_level;

int umad_debug(int level)
{
	if (level >= 0)
		debug_level = level;
	return debug_level;
}

void *umad_get_mad(void *umad)
{
	return ((struct ib_user_mad *)umad)->data;
}

size_t umad_size(void)
{
	return sizeof(struct ib_user_mad);
}

int umad_status(void *umad)
{
	return (int)((struct ib_user_mad *)umad)->status;
}

ib_mad_addr_t *umad_get_mad_addr(void *umad)
{
	return &((struct ib_user_mad *)umad)->addr;
}

/* The flow label is in host order, the rest in network order. */
int umad_set_grh(void *umad, void *mad_addr)
{
	struct ib_mad_addr *to = umad_get_mad_addr(umad);
	const struct ib_mad_addr *from = mad_addr;

	to->grh_present = from != NULL;
	if (from) {
		to->ib_gid = from->ib_gid;
		to->flow_label = htobe32(from->flow_label);
		to->hop_limit = from->hop_limit;
		to->traffic_class = from->traffic_class;
	}
	return 0;
}

int umad_set_pkey(void *umad, int pkey_index)
{
	umad_get_mad_addr(umad)->pkey_index = (uint16_t)pkey_index;
	return 0;
}

int umad_get_pkey(void *umad)
{
	return umad_get_mad_addr(umad)->pkey_index;
}

int umad_set_addr_net(void *umad, __be16 dlid, __be32 dqp, int sl, __be32 qkey)
{
	struct ib_mad_addr *addr = umad_get_mad_addr(umad);

	addr->lid = dlid;
	addr->qpn = dqp;
	addr->sl = (uint8_t)sl;
	addr->qkey = qkey;
	return 0;
}

int umad_set_addr(void *umad, int dlid, int dqp, int sl, int qkey)
{
	return umad_set_addr_net(umad, htobe16((uint16_t)dlid), htobe32((uint32_t)dqp), sl,
				 htobe32((uint32_t)qkey));
}

void umad_addr_dump(ib_mad_addr_t *addr)
{
	char gid[2 * sizeof(addr->gid) + 1];

	for (size_t i = 0; i < sizeof(addr->gid); i++)
		snprintf(gid + 2 * i, 3, "%02x", addr->gid[i]);
	fprintf(stderr,
		"ibwarn: [%d] %s: qpn %d qkey 0x%x lid %u sl %d\n"
		"grh_present %d gid_index %d hop_limit %d traffic_class %d flow_label 0x%x "
		"pkey_index 0x%x\n"
		"Gid 0x%s\n",
		getpid(), __func__, be32toh(addr->qpn), be32toh(addr->qkey), be16toh(addr->lid),
		addr->sl, addr->grh_present, addr->gid_index, addr->hop_limit, addr->traffic_class,
		addr->flow_label, addr->pkey_index, gid);
}

void umad_dump(void *umad)
{
	const struct ib_user_mad *mad = umad;

	fprintf(stderr, "ibwarn: [%d] %s: agent id %d status %x timeout %d\n", getpid(), __func__,
		(int)mad->agent_id, mad->status, (int)mad->timeout_ms);
	umad_addr_dump(umad_get_mad_addr(umad));
}
