/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/rdma_cm.h"

/* A11: RDMA IP CM private data: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field rdma_cm_rows[] = {
	WIRE_NUM(wire_rdma_cm, major, 0, 0, 4),
	WIRE_NUM(wire_rdma_cm, minor, 0, 4, 4),
	WIRE_NUM(wire_rdma_cm, ip_version, 1, 0, 4),
	WIRE_NUM(wire_rdma_cm, port, 2, 0, 16),
	WIRE_ARRAY(wire_rdma_cm, source, 4),
	WIRE_ARRAY(wire_rdma_cm, destination, 20),
};
/* clang-format on */

static enum wire_verdict rdma_cm_check(const uint8_t *bytes)
{
	if (bytes[0] >> 4 != 0 || (bytes[1] >> 4 != 4 && bytes[1] >> 4 != 6))
		return WIRE_BAD_VERSION;
	return WIRE_OK;
}

const struct wire_layout wire_rdma_cm_layout = WIRE_LAYOUT_CHECKED(
	"RDMACM", wire_rdma_cm, rdma_cm_rows, WIRE_RDMA_CM_BYTES, rdma_cm_check);

bool wire_rdma_cm_service(uint64_t service_id, uint16_t *ret_port_space, uint16_t *ret_port)
{
	uint64_t space = service_id >> 16;

	if (space != WIRE_RDMA_PS_SDP && space != WIRE_RDMA_PS_IPOIB && space != WIRE_RDMA_PS_IB &&
	    space != WIRE_RDMA_PS_TCP && space != WIRE_RDMA_PS_UDP)
		return false;
	*ret_port_space = (uint16_t)space;
	*ret_port = (uint16_t)service_id;
	return true;
}
