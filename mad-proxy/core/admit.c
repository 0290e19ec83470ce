/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who may send what, by grade, and by the keys of the policy that say more:
 *
 *             own port Get   any Get   SA path query   SA tables   Set   and also
 *   none                               own to one                        pkeys
 *   port      yes                      own to one                        pkeys
 *   fabric    yes            yes       any             yes               pkeys (what it sends by)
 *   admin     yes            yes       any             yes         yes
 *   any       joins: multicast; connections: connect, listen, map; subscriptions, service records
 *
 * "Get" is what admit_read.h knows to be harmless. What a service of the gateway's does for a guest
 * has a route of its own; where that service is not there yet, its requests are refused, but those
 * of an admin are sent as they are.
 */
#include "mad-proxy/core/admit.h"

#include <string.h>

#include "mad-proxy/core/admit_read.h"
#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/mad.h"
#include "wire/mcmember.h"
#include "wire/path_record.h"
#include "wire/perf.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/sidr.h"
#include "wire/smp.h"

#define GSI_QPN 1
#define GSI_QKEY 0x80010000u /* IBA 3.5.10: well-known, privileged */
#define MULTICAST_QPN 0xffffffu

/* --- services --- */

/* `reason`: why requests of this route are refused until its service exists. */
static const struct {
	bool there;
	enum audit_reason reason;
} routes[ADMIT_ROUTES] = {
	[ADMIT_FORWARD] = {.there = true},
	[ADMIT_MERGE] = {.there = true},
	[ADMIT_PATH] = {.reason = AUDIT_REASON_NONE}, /* forwarded until then */
	[ADMIT_MULTICAST] = {.reason = AUDIT_REASON_NO_JOINS_YET},
	[ADMIT_REPORT] = {.reason = AUDIT_REASON_NO_REPORTS_YET},
	[ADMIT_SERVICE] = {.reason = AUDIT_REASON_NO_SERVICES_YET},
	[ADMIT_CM] = {.reason = AUDIT_REASON_NO_CONNECTIONS_YET},
};

bool admit_serves(enum admit_route route)
{
	return routes[route].there;
}

bool admit_looks_at(const struct policy_guest *guest, enum policy_key key)
{
	const bool admin = guest && guest->grade == POLICY_GRADE_ADMIN;

	switch (key) {
	case POLICY_KEY_CONNECT:
		return admin || admit_serves(ADMIT_CM);
	case POLICY_KEY_LISTEN:
	case POLICY_KEY_MAP:
	case POLICY_KEY_ADDRESS:
	case POLICY_KEY_CONNECTIONS:
		return admit_serves(ADMIT_CM);
	case POLICY_KEY_MULTICAST:
		return admin || admit_serves(ADMIT_MULTICAST);
	case POLICY_KEY_JOINS:
		return admit_serves(ADMIT_MULTICAST);
	case POLICY_KEY_GID:
		return admit_serves(ADMIT_PATH);
	case POLICY_KEY_SECTION:
	case POLICY_KEY_ACCESS:
	case POLICY_KEY_PKEYS:
	case POLICY_KEY_OUTSTANDING:
	case POLICY_KEY_MAD_RATE:
	case POLICY_KEYS:
		break;
	}
	return true;
}

/* --- verdicts --- */

static bool is_admin(const struct policy_guest *guest)
{
	return guest->grade == POLICY_GRADE_ADMIN;
}

static struct admit_verdict allow(const struct policy_guest *guest, enum admit_route route)
{
	return (struct admit_verdict){.verdict = AUDIT_ALLOW,
				      .key = POLICY_KEY_ACCESS,
				      .route = route,
				      .keyless = !is_admin(guest)};
}

static struct admit_verdict refuse(enum audit_reason reason, enum policy_key key, uint16_t status)
{
	return (struct admit_verdict){
		.verdict = AUDIT_REFUSE, .reason = reason, .key = key, .status = status};
}

static struct admit_verdict refuse_attribute(enum audit_reason reason)
{
	return refuse(reason, POLICY_KEY_ACCESS, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
}

static struct admit_verdict refuse_sa(enum audit_reason reason, enum policy_key key)
{
	return refuse(reason, key, WIRE_SA_STATUS_DENIED);
}

/* Whether `key` lets the guest use a service. */
static struct admit_verdict to_service(const struct policy_guest *guest, enum admit_route route,
				       enum policy_key key, uint16_t status)
{
	struct admit_verdict v = allow(guest, route);

	v.key = key;
	if (routes[route].there)
		return v;
	v.route = ADMIT_FORWARD;
	if (is_admin(guest) || routes[route].reason == AUDIT_REASON_NONE)
		return v;
	return refuse(routes[route].reason, POLICY_KEY_ACCESS, status);
}

/* --- addressed to the guest's own port --- */

static bool is_own_lid(const struct admit_port *port, uint16_t lid)
{
	uint16_t mask = (uint16_t) ~((1u << (port->lmc & 7)) - 1);

	return lid != 0 && (lid & mask) == (port->lid & mask);
}

/* A CA also answers for its other ports if the request names one (IBA 14.2.5.6, 14.2.5.9). */
static bool is_own_number(const struct admit_port *port, uint8_t number)
{
	return !number || !port->port_num || number == port->port_num;
}

static bool smp_is_for_own_port(const struct admit_ask *ask)
{
	const uint16_t lid = ask->addr->lid;

	if (!is_own_number(ask->port, wire_smp_modifier_port(ask->mad)))
		return false;
	if (wire_mad_class(ask->mad) != WIRE_CLASS_SUBN_DR)
		return is_own_lid(ask->port, lid);
	/* no hops, and no LID that would send it off the port */
	return wire_dr_hop_count(ask->mad) == 0 && wire_dr_slid(ask->mad) == WIRE_LID_PERMISSIVE &&
	       wire_dr_dlid(ask->mad) == WIRE_LID_PERMISSIVE &&
	       (lid == WIRE_LID_PERMISSIVE || !lid || is_own_lid(ask->port, lid));
}

static bool counters_are_of_own_port(const struct admit_ask *ask)
{
	uint8_t number = wire_perf_port_select(ask->mad);

	if (!is_own_lid(ask->port, ask->addr->lid))
		return false;
	switch (wire_mad_attribute(ask->mad)) {
	case WIRE_PERF_CLASS_PORT_INFO:
	case WIRE_PERF_PORT_SAMPLES_RESULT:
	case WIRE_PERF_PORT_SAMPLES_RESULT_EXT:
		return true; /* these attributes select no port */
	default:
		return is_own_number(ask->port, number) ||
		       (number == WIRE_PERF_ALL_PORTS && ask->port->ca_ports <= 1);
	}
}

static bool is_of_own_port(const struct admit_ask *ask)
{
	return wire_mad_is_smp(ask->mad) ? smp_is_for_own_port(ask) : counters_are_of_own_port(ask);
}

/* --- SMPs and GMPs other than SA and CM --- */

static struct admit_verdict admit_read_only(const struct admit_ask *ask)
{
	const enum policy_grade grade = ask->guest->grade;
	struct admit_verdict v = allow(ask->guest, ADMIT_FORWARD);
	const struct admit_read *read = admit_read(ask->mad);

	if (is_admin(ask->guest)) {
		v.changes_fabric =
			wire_mad_is_smp(ask->mad) && wire_mad_method(ask->mad) != WIRE_METHOD_GET;
		return v;
	}
	if (grade == POLICY_GRADE_NONE)
		return refuse_attribute(AUDIT_REASON_GRADE);
	if (wire_mad_method(ask->mad) != WIRE_METHOD_GET)
		return refuse_attribute(AUDIT_REASON_SET_NOT_ALLOWED);
	if (!read)
		return refuse_attribute(AUDIT_REASON_NOT_KNOWN_HARMLESS);
	if (!admit_read_in_range(read, ask->mad))
		return refuse(AUDIT_REASON_MODIFIER, POLICY_KEY_ACCESS, WIRE_STATUS_INVALID_VALUE);
	if (grade == POLICY_GRADE_PORT && !(read->flags & ADMIT_READ_OWN))
		return refuse_attribute(AUDIT_REASON_GRADE);
	if (grade == POLICY_GRADE_PORT && !is_of_own_port(ask))
		return refuse_attribute(AUDIT_REASON_NOT_OWN_PORT);
	if (read->flags & ADMIT_READ_SHARE)
		v.route = ADMIT_MERGE;
	v.cacheable = read->flags & ADMIT_READ_KEEP;
	return v;
}

static bool is_in_range(const uint8_t *mad)
{
	return wire_mad_class(mad) != WIRE_CLASS_SUBN_DR ||
	       wire_dr_hop_count(mad) <= WIRE_SMP_MAX_HOPS;
}

static struct admit_verdict admit_smp(const struct admit_ask *ask)
{
	/* no node routes it, and its path would be outside the MAD */
	if (!is_in_range(ask->mad))
		return refuse(AUDIT_REASON_HOPS, POLICY_KEY_SECTION, WIRE_STATUS_INVALID_VALUE);
	return admit_read_only(ask);
}

/* --- SA --- */

static bool gid_is_own(const struct admit_port *port, const uint8_t gid[16])
{
	return get_be64(gid) == port->gid_prefix && get_be64(gid + 8) == port->port_guid;
}

/* From its own port to one named port: without a destination the SA would list the whole fabric. */
static struct admit_verdict admit_own_path(const struct admit_ask *ask)
{
	const uint64_t mask = wire_sa_comp_mask(ask->mad);
	struct wire_path_record path;

	wire_path_record_decode((struct span){wire_sa_data(ask->mad), WIRE_SA_DATA_BYTES}, &path);
	if (!(mask & (WIRE_PATH_COMP_SGID | WIRE_PATH_COMP_SLID)) ||
	    ((mask & WIRE_PATH_COMP_SGID) && !gid_is_own(ask->port, path.sgid)) ||
	    ((mask & WIRE_PATH_COMP_SLID) && !is_own_lid(ask->port, path.slid)))
		return refuse_sa(AUDIT_REASON_SOURCE, POLICY_KEY_ACCESS);
	if (!(mask & (WIRE_PATH_COMP_DGID | WIRE_PATH_COMP_DLID)))
		return refuse_sa(AUDIT_REASON_GRADE, POLICY_KEY_ACCESS);
	if ((mask & WIRE_PATH_COMP_PKEY) && !admit_pkey(ask->guest, ask->port, path.pkey))
		return refuse_sa(AUDIT_REASON_PKEY, POLICY_KEY_PKEYS);
	return to_service(ask->guest, ADMIT_PATH, POLICY_KEY_ACCESS, WIRE_SA_STATUS_DENIED);
}

/* What a guest of any grade needs to communicate. No tables: they cost the SA most. */
static struct admit_verdict admit_sa_below_fabric(const struct admit_ask *ask)
{
	if (ask->addr->lid != ask->port->sm_lid || wire_mad_method(ask->mad) != WIRE_METHOD_GET ||
	    wire_rmpp_active(ask->mad))
		return refuse_sa(AUDIT_REASON_GRADE, POLICY_KEY_ACCESS);
	switch (wire_mad_attribute(ask->mad)) {
	case WIRE_SA_CLASS_PORT_INFO:
		return allow(ask->guest, ADMIT_FORWARD);
	case WIRE_SA_PATH_RECORD:
		return admit_own_path(ask);
	default:
		return refuse_sa(AUDIT_REASON_GRADE, POLICY_KEY_ACCESS);
	}
}

static struct admit_verdict admit_sa_read(const struct admit_ask *ask)
{
	const struct admit_read *read = admit_read(ask->mad);

	if (!is_admin(ask->guest) && !read)
		return refuse_attribute(AUDIT_REASON_NOT_KNOWN_HARMLESS);
	if (!is_admin(ask->guest) && !admit_read_in_range(read, ask->mad))
		return refuse(AUDIT_REASON_MODIFIER, POLICY_KEY_ACCESS, WIRE_STATUS_INVALID_VALUE);
	if (ask->guest->grade < POLICY_GRADE_FABRIC)
		return admit_sa_below_fabric(ask);
	switch (wire_mad_attribute(ask->mad)) {
	case WIRE_SA_PATH_RECORD:
	case WIRE_SA_MULTI_PATH_RECORD:
		return to_service(ask->guest, ADMIT_PATH, POLICY_KEY_ACCESS, WIRE_SA_STATUS_DENIED);
	default:
		return allow(ask->guest, ADMIT_FORWARD);
	}
}

static struct admit_verdict admit_join(const struct admit_ask *ask)
{
	struct wire_mcmember member;

	wire_mcmember_decode((struct span){wire_sa_data(ask->mad), WIRE_SA_DATA_BYTES}, &member);
	if (!policy_multicast_allowed(ask->guest, member.mgid))
		return refuse_sa(AUDIT_REASON_MULTICAST, POLICY_KEY_MULTICAST);
	return to_service(ask->guest, ADMIT_MULTICAST, POLICY_KEY_MULTICAST, WIRE_SA_STATUS_DENIED);
}

/* State that the SA keeps for a port: the gateway's services keep it on behalf of guests. */
static struct admit_verdict admit_sa_change(const struct admit_ask *ask)
{
	switch (wire_mad_attribute(ask->mad)) {
	case WIRE_SA_MCMEMBER_RECORD:
		return admit_join(ask);
	case WIRE_SA_INFORM_INFO:
		return to_service(ask->guest, ADMIT_REPORT, POLICY_KEY_ACCESS,
				  WIRE_SA_STATUS_DENIED);
	case WIRE_SA_SERVICE_RECORD:
		return to_service(ask->guest, ADMIT_SERVICE, POLICY_KEY_ACCESS,
				  WIRE_SA_STATUS_DENIED);
	default:
		if (is_admin(ask->guest))
			return allow(ask->guest, ADMIT_FORWARD);
		return refuse_sa(AUDIT_REASON_SET_NOT_ALLOWED, POLICY_KEY_ACCESS);
	}
}

static struct admit_verdict admit_sa(const struct admit_ask *ask)
{
	switch (wire_mad_method(ask->mad)) {
	case WIRE_METHOD_GET:
	case WIRE_METHOD_GET_TABLE:
	case WIRE_METHOD_GET_TRACE_TABLE:
	case WIRE_METHOD_GET_MULTI:
		return admit_sa_read(ask);
	case WIRE_METHOD_SET:
	case WIRE_METHOD_DELETE:
		return admit_sa_change(ask);
	default:
		if (is_admin(ask->guest))
			return allow(ask->guest, ADMIT_FORWARD);
		return refuse(AUDIT_REASON_METHOD_UNKNOWN, POLICY_KEY_ACCESS,
			      WIRE_STATUS_METHOD_UNSUPPORTED);
	}
}

/* --- CM --- */

static struct admit_verdict admit_call(const struct admit_ask *ask, uint64_t service_id)
{
	if (!policy_services_contain(&ask->guest->connect, service_id))
		return refuse(AUDIT_REASON_CONNECT, POLICY_KEY_CONNECT, 0);
	return to_service(ask->guest, ADMIT_CM, POLICY_KEY_CONNECT, 0);
}

static struct admit_verdict admit_cm(const struct admit_ask *ask)
{
	struct wire_cm_req req;
	struct wire_sidr_req sidr;

	switch (wire_mad_attribute(ask->mad)) {
	case WIRE_CM_REQ:
		wire_cm_req_decode(wire_cm_data(ask->mad), &req);
		return admit_call(ask, req.service_id);
	case WIRE_CM_SIDR_REQ:
		wire_sidr_req_decode(wire_cm_data(ask->mad), &sidr);
		return admit_call(ask, sidr.service_id);
	default:
		return to_service(ask->guest, ADMIT_CM, POLICY_KEY_ACCESS, 0);
	}
}

/* `id` is the guest's number, `wire` the one on the wire. */
static struct admit_verdict admit_listener(const struct policy_guest *guest, bool listens,
					   uint64_t id, uint64_t wire)
{
	/* an admin registers for the class and receives what arrives */
	if (is_admin(guest) && !admit_serves(ADMIT_CM))
		return allow(guest, ADMIT_FORWARD);
	if (!listens)
		return refuse(AUDIT_REASON_LISTEN, POLICY_KEY_LISTEN, 0);
	return to_service(guest, ADMIT_CM, wire == id ? POLICY_KEY_LISTEN : POLICY_KEY_MAP, 0);
}

struct admit_verdict admit_listen(const struct policy_guest *guest, uint64_t service_id)
{
	uint64_t wire = service_id;
	bool listens = policy_service_to_wire(guest, service_id, &wire);

	return admit_listener(guest, listens, service_id, wire);
}

struct admit_verdict admit_called(const struct policy_guest *guest, uint64_t wire)
{
	uint64_t id = wire;
	bool listens = policy_service_to_guest(guest, wire, &id);

	return admit_listener(guest, listens, id, wire);
}

/* --- P_Keys and addresses --- */

bool admit_pkey(const struct policy_guest *guest, const struct admit_port *port, uint16_t pkey)
{
	return policy_pkey_allowed(guest, pkey, port->pkeys ? port->pkey[0] : 0);
}

bool admit_sees_pkey(const struct policy_guest *guest, const struct admit_port *port, uint16_t i)
{
	if (is_admin(guest))
		return true;
	/* an admin also sees free entries, which keep the table's layout */
	return (port->pkey[i] & 0x7fff) && admit_pkey(guest, port, port->pkey[i]);
}

/* The port's index of the guest's entry `index`; -1: the guest has fewer entries. */
static int pkey_index(const struct admit_ask *ask, unsigned int index)
{
	/* fast path: nearly every MAD uses the first entry */
	for (uint16_t i = 0; i < ask->port->pkeys; i++)
		if (admit_sees_pkey(ask->guest, ask->port, i) && index-- == 0)
			return i;
	return -1;
}

/*
 * A manager may have redirected the guest to another queue pair (IBA 13.5.3). Any queue pair is allowed,
 * but only with the Q_Key of the general services: a queue pair accepts only its own Q_Key, and this one is
 * privileged. So managers receive it, never the queue pairs of IPoIB, rdma_cm or unprivileged processes,
 * and the gateway need not record redirections.
 */
static uint32_t gsi_qpn(uint32_t asked)
{
	return asked > GSI_QPN && asked < MULTICAST_QPN ? asked : GSI_QPN;
}

void admit_address(const struct admit_ask *ask, const struct admit_verdict *v,
		   struct chan_addr *ret)
{
	*ret = *ask->addr;
	ret->pkey_index = v->pkey_index;
	ret->sl &= 15;
	ret->path_bits &= (uint8_t)((1u << (ask->port->lmc & 7)) - 1);
	ret->gid_index = 0;
	ret->grh_present = ret->grh_present != 0;
	if (!ret->grh_present) { /* without a GRH its fields are undefined */
		ret->flow_label = 0;
		ret->hop_limit = 0;
		ret->traffic_class = 0;
		memset(ret->gid, 0, sizeof(ret->gid));
	}
	memset(ret->reserved, 0, sizeof(ret->reserved));
	if (wire_mad_is_smp(ask->mad)) {
		ret->qpn = 0;
		ret->qkey = 0;
	} else if (!is_admin(ask->guest)) {
		ret->qpn = gsi_qpn(ret->qpn);
		ret->qkey = GSI_QKEY;
	}
}

/*
 * Switches copy packets to a group's LID to all members. Managers do not listen there; so below admin these
 * LIDs are refused, also in the LID-routed parts of a directed route.
 */
static bool is_group(uint16_t lid)
{
	return lid >= WIRE_LID_MULTICAST_FIRST && lid != WIRE_LID_PERMISSIVE;
}

static bool goes_to_group(const struct admit_ask *ask)
{
	return is_group(ask->addr->lid) || (ask->addr->grh_present && ask->addr->gid[0] == 0xff) ||
	       (wire_mad_class(ask->mad) == WIRE_CLASS_SUBN_DR &&
		(is_group(wire_dr_slid(ask->mad)) || is_group(wire_dr_dlid(ask->mad))));
}

/* --- all --- */

static struct admit_verdict admit_class(const struct admit_ask *ask)
{
	const uint8_t mgmt_class = wire_mad_class(ask->mad);

	switch (mgmt_class) {
	case WIRE_CLASS_SUBN_LID:
	case WIRE_CLASS_SUBN_DR:
		return admit_smp(ask);
	case WIRE_CLASS_SA:
		return admit_sa(ask);
	case WIRE_CLASS_CM:
		return admit_cm(ask);
	case WIRE_CLASS_PERF:
	case WIRE_CLASS_BM:
	case WIRE_CLASS_DEV_MGT:
	case WIRE_CLASS_SNMP:
	case WIRE_CLASS_CC:
		return admit_read_only(ask);
	default:
		if (wire_class_is_vendor1(mgmt_class) || wire_class_has_oui(mgmt_class))
			return admit_read_only(ask);
		if (is_admin(ask->guest))
			return allow(ask->guest, ADMIT_FORWARD);
		return refuse(AUDIT_REASON_CLASS_UNKNOWN, POLICY_KEY_ACCESS,
			      WIRE_STATUS_METHOD_UNSUPPORTED);
	}
}

struct admit_verdict admit_request(const struct admit_ask *ask)
{
	struct admit_verdict v;
	int index;

	if (!is_admin(ask->guest) && goes_to_group(ask))
		return refuse(AUDIT_REASON_TO_GROUP, POLICY_KEY_ACCESS, WIRE_STATUS_INVALID_VALUE);
	v = admit_class(ask);
	if (v.verdict != AUDIT_ALLOW || wire_mad_is_smp(ask->mad))
		return v;
	index = pkey_index(ask, ask->addr->pkey_index);
	if (index < 0)
		return refuse(AUDIT_REASON_PKEY, POLICY_KEY_PKEYS,
			      wire_mad_class(ask->mad) == WIRE_CLASS_SA
				      ? WIRE_SA_STATUS_DENIED
				      : WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	v.pkey_index = (uint16_t)index;
	return v;
}

struct admit_verdict admit_register(const struct policy_guest *guest,
				    const struct chan_register *reg)
{
	const uint32_t *m = reg->method_mask;

	if (!(m[0] | m[1] | m[2] | m[3]) || is_admin(guest))
		return allow(guest, ADMIT_FORWARD);
	/* the servers for what the grade may ask others: ibping, ibsysstat */
	if (guest->grade == POLICY_GRADE_FABRIC && wire_class_has_oui(reg->mgmt_class) &&
	    admit_reads_class(reg->mgmt_class, get_be24(reg->oui)))
		return allow(guest, ADMIT_FORWARD);
	return refuse(AUDIT_REASON_GRADE, POLICY_KEY_ACCESS, 0);
}
