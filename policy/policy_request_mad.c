/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The MAD of a REQUEST; see policy_request.h. */
#include "policy/policy_request.h"

#include <string.h>

#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/gmp.h"
#include "wire/mad.h"
#include "wire/mcmember.h"
#include "wire/path_record.h"
#include "wire/sa.h"
#include "wire/smp.h"

static uint8_t class_version(uint8_t mgmt_class)
{
	return mgmt_class == WIRE_CLASS_SA || mgmt_class == WIRE_CLASS_CM ? 2 : 1;
}

/* Admission checks the source of a path query, here the guest's own port, and that it has a destination. */
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

/* A full member's join with the guest's own GID. */
static void build_join(const struct policy_request_port *port, const uint8_t mgid[16], uint8_t *mad)
{
	struct wire_mcmember member;

	memset(&member, 0, sizeof(member));
	memcpy(member.mgid, mgid, sizeof(member.mgid));
	put_be64(member.port_gid, port->gid_prefix);
	put_be64(member.port_gid + 8, port->port_guid);
	member.join_state = WIRE_JOIN_FULL;
	wire_sa_set_comp_mask(mad, WIRE_MCMEMBER_COMP_MGID | WIRE_MCMEMBER_COMP_PORT_GID |
					   WIRE_MCMEMBER_COMP_JOIN_STATE);
	wire_mcmember_encode(&member, wire_sa_data_mut(mad));
}

static void build_req(uint64_t service_id, uint8_t *mad)
{
	struct wire_cm_req req;

	memset(&req, 0, sizeof(req));
	req.service_id = service_id;
	wire_cm_req_encode(&req, mad + WIRE_CM_DATA_OFFSET);
}

/* The lowest valid modifier of an attribute, where that is not 0. */
static uint32_t first_modifier(const struct policy_request_mad *what)
{
	const bool smp =
		what->mgmt_class == WIRE_CLASS_SUBN_LID || what->mgmt_class == WIRE_CLASS_SUBN_DR;

	if (smp && what->attribute == WIRE_SMP_VLARB_TABLE)
		return 1 << 16;
	if (what->mgmt_class != WIRE_CLASS_DEV_MGT)
		return 0;
	if (what->attribute == WIRE_DM_SERVICE_ENTRIES)
		return 1 << 16;
	return what->attribute == WIRE_DM_IO_CONTROLLER_PROFILE;
}

static uint16_t destination(const struct policy_request_mad *what,
			    const struct policy_request_port *port)
{
	if (what->mgmt_class == WIRE_CLASS_SUBN_DR)
		return WIRE_LID_PERMISSIVE;
	switch (what->target) {
	case POLICY_TARGET_OWN_PORT:
	case POLICY_TARGET_DR:
		return port->lid;
	case POLICY_TARGET_SM:
		return port->sm_lid;
	case POLICY_TARGET_LID:
		break;
	}
	if (what->lid != 0)
		return what->lid;
	/* Any LID other than the guest's means "another port". */
	return port->lid < 0x8000 ? (uint16_t)(port->lid + 0x1000) : (uint16_t)(port->lid - 0x1000);
}

/* The header of a join or a REQ, or of the requested class. */
static struct policy_request_mad head(const struct policy_request *request)
{
	static const struct policy_request_mad join = {.mgmt_class = WIRE_CLASS_SA,
						       .method = WIRE_METHOD_SET,
						       .attribute = WIRE_SA_MCMEMBER_RECORD,
						       .target = POLICY_TARGET_SM};
	static const struct policy_request_mad req = {.mgmt_class = WIRE_CLASS_CM,
						      .method = WIRE_METHOD_SEND,
						      .attribute = WIRE_CM_REQ,
						      .target = POLICY_TARGET_LID};

	if (request->kind == POLICY_REQUEST_JOIN)
		return join;
	return request->kind == POLICY_REQUEST_CONNECT ? req : request->mad;
}

void policy_request_build(const struct policy_request *request,
			  const struct policy_request_port *port, uint8_t *ret_mad,
			  uint16_t *ret_dlid)
{
	const struct policy_request_mad what = head(request);

	memset(ret_mad, 0, WIRE_MAD_BYTES);
	ret_mad[0] = 1;
	ret_mad[1] = what.mgmt_class;
	ret_mad[2] = class_version(what.mgmt_class);
	wire_mad_set_method(ret_mad, what.method);
	wire_mad_set_attribute(ret_mad, what.attribute);
	wire_mad_set_modifier(ret_mad, first_modifier(&what));
	*ret_dlid = destination(&what, port);
	if (wire_class_has_oui(what.mgmt_class))
		wire_mad_set_oui(ret_mad, WIRE_OUI_OPENIB);
	if (what.mgmt_class == WIRE_CLASS_SA && what.attribute == WIRE_SA_PATH_RECORD)
		build_path_query(port, ret_mad);
	if (request->kind == POLICY_REQUEST_JOIN)
		build_join(port, request->mgid, ret_mad);
	if (request->kind == POLICY_REQUEST_CONNECT)
		build_req(request->service.first, ret_mad);
	if (what.mgmt_class != WIRE_CLASS_SUBN_DR)
		return;
	wire_dr_set_hop_count(ret_mad, what.hops);
	wire_dr_set_lids(ret_mad, WIRE_LID_PERMISSIVE, WIRE_LID_PERMISSIVE);
	memcpy(wire_dr_initial_path_mut(ret_mad), what.path, WIRE_SMP_PATH_BYTES);
}
