/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The MAD that a REQUEST stands for; see policy_request.h.
 */
#include "policy/policy_request.h"

#include <string.h>

#include "wire/mad.h"
#include "wire/path_record.h"
#include "wire/sa.h"
#include "wire/smp.h"

#define OPENIB_OUI 0x001405 /* of the ping and sysstat classes (infiniband-diags) */

static uint8_t class_version(uint8_t mgmt_class)
{
	return mgmt_class == WIRE_CLASS_SA || mgmt_class == WIRE_CLASS_CM ? 2 : 1;
}

/* A query for paths is admitted by its source, here the guest's own, and for having a destination. */
static void build_path_query(const struct policy_request_port *port, uint8_t *mad)
{
	struct wire_path_record path;

	memset(&path, 0, sizeof(path));
	put_be64(path.sgid, port->gid_prefix);
	put_be64(path.sgid + 8, port->port_guid);
	path.num_path = 1;
	path.reversible = true;
	wire_sa_set_comp_mask(mad, WIRE_PATH_COMP_DGID | WIRE_PATH_COMP_SGID |
					   WIRE_PATH_COMP_NUM_PATH | WIRE_PATH_COMP_REVERSIBLE);
	wire_path_record_encode(&path, wire_sa_data_mut(mad));
}

void policy_request_build(const struct policy_request_mad *request,
			  const struct policy_request_port *port, uint8_t *ret_mad,
			  uint16_t *ret_dlid)
{
	memset(ret_mad, 0, WIRE_MAD_BYTES);
	ret_mad[0] = 1;
	ret_mad[1] = request->mgmt_class;
	ret_mad[2] = class_version(request->mgmt_class);
	ret_mad[3] = request->method;
	put_be16(ret_mad + 16, request->attribute);
	if (wire_class_has_oui(request->mgmt_class))
		put_be24(ret_mad + 37, OPENIB_OUI);
	if (request->mgmt_class == WIRE_CLASS_SA && request->attribute == WIRE_SA_PATH_RECORD)
		build_path_query(port, ret_mad);
	if (request->mgmt_class == WIRE_CLASS_SUBN_DR) {
		ret_mad[7] = request->hops;
		put_be16(ret_mad + 32, WIRE_LID_PERMISSIVE);
		put_be16(ret_mad + 34, WIRE_LID_PERMISSIVE);
		memcpy(wire_dr_initial_path_mut(ret_mad), request->path, WIRE_SMP_PATH_BYTES);
		*ret_dlid = WIRE_LID_PERMISSIVE;
		return;
	}
	switch (request->target) {
	case POLICY_TARGET_OWN_PORT:
	case POLICY_TARGET_DR:
		*ret_dlid = port->lid;
		break;
	case POLICY_TARGET_SM:
		*ret_dlid = port->sm_lid;
		break;
	case POLICY_TARGET_LID:
		/* Any LID that is not the guest's stands for "another port". */
		*ret_dlid = request->lid != 0	 ? request->lid
			    : port->lid < 0x8000 ? (uint16_t)(port->lid + 0x1000)
						 : (uint16_t)(port->lid - 0x1000);
		break;
	}
}
