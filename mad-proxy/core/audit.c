/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Builds audit records: what they contain of a MAD (class, method, attribute, destination, multicast group
 * or service id), and the texts of the reasons.
 */
#include "mad-proxy/core/audit.h"

#include <string.h>

#include "channel/abi/chan_slot.h"
#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/mcmember.h"
#include "wire/sa.h"
#include "wire/service_record.h"
#include "wire/sidr.h"
#include "wire/smp.h"

const char *audit_reason_text(enum audit_reason reason)
{
	static const char *const text[] = {
#define X(n, t) [AUDIT_REASON_##n] = t,
		AUDIT_REASON_TABLE(X)
#undef X
	};

	return reason < AUDIT_REASONS ? text[reason] : "?";
}

struct audit_record proxy_record(enum audit_event event, enum audit_verdict verdict,
				 enum audit_reason reason)
{
	return (struct audit_record){
		.event = event, .verdict = verdict, .reason = reason, .port = -1};
}

static void say_service(struct audit_record *rec, uint64_t service_id)
{
	rec->service_id_set = true;
	rec->service_id = service_id;
}

static void say_cm(struct audit_record *rec, const uint8_t *mad)
{
	struct wire_cm_req req;
	struct wire_sidr_req sidr;

	if (rec->attribute == WIRE_CM_REQ && wire_cm_req_decode(wire_cm_data(mad), &req) == WIRE_OK)
		say_service(rec, req.service_id);
	if (rec->attribute == WIRE_CM_SIDR_REQ &&
	    wire_sidr_req_decode(wire_cm_data(mad), &sidr) == WIRE_OK)
		say_service(rec, sidr.service_id);
}

/* For requests that change the SA's state; a query is not about one object. */
static void say_sa(struct audit_record *rec, const uint8_t *mad)
{
	const struct span data = {wire_sa_data(mad), WIRE_SA_DATA_BYTES};
	struct wire_service_record service;
	struct wire_mcmember member;

	if (rec->method != WIRE_METHOD_SET && rec->method != WIRE_METHOD_DELETE)
		return;
	if (rec->attribute == WIRE_SA_SERVICE_RECORD &&
	    wire_service_record_decode(data, &service) == WIRE_OK)
		say_service(rec, service.service_id);
	if (rec->attribute == WIRE_SA_MCMEMBER_RECORD &&
	    wire_mcmember_decode(data, &member) == WIRE_OK) {
		rec->mgid_set = true;
		memcpy(rec->mgid, member.mgid, sizeof(rec->mgid));
	}
}

/* A directed-route SMP is described by its path; a LID only if the route begins with LIDs. */
static void say_smp(struct audit_record *rec, const uint8_t *mad)
{
	rec->peer_port = wire_smp_modifier_port(mad);
	if (rec->mgmt_class != WIRE_CLASS_SUBN_DR)
		return;
	if (rec->peer_lid == WIRE_LID_PERMISSIVE)
		rec->peer_lid = 0;
	rec->peer_path_set = true;
	rec->peer_hops = wire_dr_hop_count(mad) <= WIRE_SMP_MAX_HOPS ? wire_dr_hop_count(mad)
								     : WIRE_SMP_MAX_HOPS;
	memcpy(rec->peer_path, wire_dr_initial_path(mad), rec->peer_hops + 1u);
}

void proxy_record_mad(struct audit_record *rec, unsigned int port, const struct chan_addr *addr,
		      const uint8_t *mad)
{
	rec->port = (int)port;
	rec->mad_set = true;
	rec->mgmt_class = wire_mad_class(mad);
	rec->method = wire_mad_method(mad);
	rec->attribute = wire_mad_attribute(mad);
	rec->peer_lid = addr->lid;
	rec->peer_gid_set = addr->grh_present;
	memcpy(rec->peer_gid, addr->gid, sizeof(rec->peer_gid));
	if (rec->mgmt_class == WIRE_CLASS_CM)
		say_cm(rec, mad);
	if (rec->mgmt_class == WIRE_CLASS_SA)
		say_sa(rec, mad);
	if (wire_mad_is_smp(mad))
		say_smp(rec, mad);
}
