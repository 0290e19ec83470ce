/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Who may send what, by grade (design: none | port | fabric | admin):
 *
 *             own port Get   any Get   SA path query   SA state, CM   Set
 *   none                               own to one
 *   port      yes                      own to one
 *   fabric    yes            yes       any
 *   admin     yes            yes       any             yes            yes
 */
#include "mad-proxy/core/admit.h"

#include <string.h>

#include "wire/mad.h"
#include "wire/path_record.h"
#include "wire/perf.h"
#include "wire/sa.h"
#include "wire/smp.h"

#define PATH_SGID_AT (WIRE_SA_DATA_OFFSET + 24)
#define PATH_SLID_AT (WIRE_SA_DATA_OFFSET + 42)

static struct admit_verdict allow(enum policy_grade grade)
{
	return (struct admit_verdict){.verdict = AUDIT_ALLOW,
				      .keyless = grade < POLICY_GRADE_ADMIN};
}

static struct admit_verdict refuse(enum audit_reason reason, uint16_t status)
{
	return (struct admit_verdict){.verdict = AUDIT_REFUSE, .reason = reason, .status = status};
}

static bool is_own_lid(const struct admit_port *port, uint16_t lid)
{
	uint16_t mask = (uint16_t) ~((1u << (port->lmc & 7)) - 1);

	return lid != 0 && (lid & mask) == (port->lid & mask);
}

/* A CA answers for its other ports too, when the modifier names one (IBA 14.2.5.6, 14.2.5.9). */
static bool modifier_names_own_port(const struct admit_port *port, const uint8_t *mad)
{
	uint8_t number = (uint8_t)wire_mad_modifier(mad);

	switch (wire_mad_attribute(mad)) {
	case WIRE_SMP_PORT_INFO:
	case WIRE_SMP_VLARB_TABLE:
	case WIRE_SMP_MLNX_EXT_PORT_INFO:
		return !number || !port->port_num || number == port->port_num;
	default:
		return true;
	}
}

static bool smp_is_for_own_port(const struct admit_port *port, const struct chan_addr *addr,
				const uint8_t *mad)
{
	if (!modifier_names_own_port(port, mad))
		return false;
	if (wire_mad_class(mad) != WIRE_CLASS_SUBN_DR)
		return is_own_lid(port, addr->lid);
	/* no hops, and no LID by which it would leave the port all the same */
	return wire_dr_hop_count(mad) == 0 && wire_dr_slid(mad) == WIRE_LID_PERMISSIVE &&
	       wire_dr_dlid(mad) == WIRE_LID_PERMISSIVE &&
	       (addr->lid == WIRE_LID_PERMISSIVE || !addr->lid || is_own_lid(port, addr->lid));
}

static bool counters_are_of_own_port(const struct admit_port *port, const struct chan_addr *addr,
				     const uint8_t *mad)
{
	uint8_t number = wire_perf_port_select(mad);

	if (!is_own_lid(port, addr->lid))
		return false;
	switch (wire_mad_attribute(mad)) {
	case WIRE_PERF_CLASS_PORT_INFO:
	case WIRE_PERF_PORT_SAMPLES_RESULT:
	case WIRE_PERF_PORT_SAMPLES_RESULT_EXT:
		return true; /* they select no port */
	default:
		return !number || !port->port_num || number == port->port_num ||
		       (number == WIRE_PERF_ALL_PORTS && port->ca_ports <= 1);
	}
}

static struct admit_verdict admit_smp(enum policy_grade grade, const struct admit_port *port,
				      const struct chan_addr *addr, const uint8_t *mad)
{
	struct admit_verdict v = allow(grade);

	if (grade == POLICY_GRADE_ADMIN) {
		v.changes_fabric = wire_mad_method(mad) != WIRE_METHOD_GET;
		return v;
	}
	if (grade == POLICY_GRADE_NONE)
		return refuse(AUDIT_REASON_GRADE, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	if (wire_mad_method(mad) != WIRE_METHOD_GET)
		return refuse(AUDIT_REASON_SET_NOT_ALLOWED, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	if (grade == POLICY_GRADE_PORT && !smp_is_for_own_port(port, addr, mad))
		return refuse(AUDIT_REASON_NOT_OWN_PORT, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	v.mergeable = true;
	v.cacheable = wire_mad_attribute(mad) != WIRE_SMP_SM_INFO;
	return v;
}

/* PerfMgt, BM, DevMgt, vendor classes and the like: Get reads, everything else changes. */
static struct admit_verdict admit_gmp(enum policy_grade grade, const struct admit_port *port,
				      const struct chan_addr *addr, const uint8_t *mad)
{
	if (grade == POLICY_GRADE_ADMIN)
		return allow(grade);
	if (grade == POLICY_GRADE_NONE)
		return refuse(AUDIT_REASON_GRADE, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	if (wire_mad_method(mad) != WIRE_METHOD_GET)
		return refuse(AUDIT_REASON_SET_NOT_ALLOWED, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	if (grade == POLICY_GRADE_PORT) {
		if (wire_mad_class(mad) != WIRE_CLASS_PERF)
			return refuse(AUDIT_REASON_GRADE, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
		if (!counters_are_of_own_port(port, addr, mad))
			return refuse(AUDIT_REASON_NOT_OWN_PORT, WIRE_STATUS_ATTRIBUTE_UNSUPPORTED);
	}
	return allow(grade);
}

static bool path_query_is_from_own_port(const struct admit_port *port, const uint8_t *mad)
{
	uint64_t mask = wire_sa_comp_mask(mad);
	bool own = false;

	if (mask & WIRE_PATH_COMP_SGID) {
		if (get_be64(mad + PATH_SGID_AT) != port->gid_prefix ||
		    get_be64(mad + PATH_SGID_AT + 8) != port->port_guid)
			return false;
		own = true;
	}
	if (mask & WIRE_PATH_COMP_SLID) {
		if (!is_own_lid(port, get_be16(mad + PATH_SLID_AT)))
			return false;
		own = true;
	}
	return own;
}

/* Without a destination the answer would be a list of all there is on the fabric. */
static bool path_query_has_destination(const uint8_t *mad)
{
	return wire_sa_comp_mask(mad) & (WIRE_PATH_COMP_DGID | WIRE_PATH_COMP_DLID);
}

/* What a guest needs to talk at all, whatever its grade. */
static struct admit_verdict admit_sa_below_fabric(enum policy_grade grade,
						  const struct admit_port *port,
						  const struct chan_addr *addr, const uint8_t *mad)
{
	if (addr->lid != port->sm_lid)
		return refuse(AUDIT_REASON_GRADE, WIRE_SA_STATUS_DENIED);
	switch (wire_mad_attribute(mad)) {
	case WIRE_SA_CLASS_PORT_INFO:
		return allow(grade);
	case WIRE_SA_PATH_RECORD:
		if (!path_query_is_from_own_port(port, mad))
			return refuse(AUDIT_REASON_SOURCE, WIRE_SA_STATUS_DENIED);
		if (!path_query_has_destination(mad))
			return refuse(AUDIT_REASON_GRADE, WIRE_SA_STATUS_DENIED);
		return allow(grade);
	default:
		return refuse(AUDIT_REASON_GRADE, WIRE_SA_STATUS_DENIED);
	}
}

static struct admit_verdict admit_sa(enum policy_grade grade, const struct admit_port *port,
				     const struct chan_addr *addr, const uint8_t *mad)
{
	if (grade == POLICY_GRADE_ADMIN)
		return allow(grade);
	switch (wire_mad_method(mad)) {
	case WIRE_METHOD_GET:
	case WIRE_METHOD_GET_TABLE:
	case WIRE_METHOD_GET_TRACE_TABLE:
	case WIRE_METHOD_GET_MULTI:
		if (grade == POLICY_GRADE_FABRIC)
			return allow(grade);
		return admit_sa_below_fabric(grade, port, addr, mad);
	case WIRE_METHOD_SET:
	case WIRE_METHOD_DELETE:
		return refuse(AUDIT_REASON_NO_OWNER_YET, WIRE_SA_STATUS_DENIED);
	default:
		return refuse(AUDIT_REASON_METHOD_UNKNOWN, WIRE_STATUS_METHOD_UNSUPPORTED);
	}
}

struct admit_verdict admit_request(enum policy_grade grade, const struct admit_port *port,
				   const struct chan_addr *addr, const uint8_t *mad)
{
	uint8_t mgmt_class = wire_mad_class(mad);

	switch (mgmt_class) {
	case WIRE_CLASS_SUBN_LID:
	case WIRE_CLASS_SUBN_DR:
		return admit_smp(grade, port, addr, mad);
	case WIRE_CLASS_SA:
		return admit_sa(grade, port, addr, mad);
	case WIRE_CLASS_CM:
		if (grade == POLICY_GRADE_ADMIN)
			return allow(grade);
		return refuse(AUDIT_REASON_NO_OWNER_YET, 0);
	case WIRE_CLASS_PERF:
	case WIRE_CLASS_BM:
	case WIRE_CLASS_DEV_MGT:
	case WIRE_CLASS_SNMP:
	case WIRE_CLASS_CC:
		return admit_gmp(grade, port, addr, mad);
	default:
		if ((mgmt_class >= WIRE_CLASS_VENDOR1_FIRST &&
		     mgmt_class <= WIRE_CLASS_VENDOR1_LAST) ||
		    wire_class_has_oui(mgmt_class))
			return admit_gmp(grade, port, addr, mad);
		return refuse(AUDIT_REASON_CLASS_UNKNOWN, WIRE_STATUS_METHOD_UNSUPPORTED);
	}
}

struct admit_verdict admit_register(enum policy_grade grade, const struct chan_register *reg)
{
	const uint32_t *m = reg->method_mask;

	if (!(m[0] | m[1] | m[2] | m[3]) || grade == POLICY_GRADE_ADMIN)
		return allow(grade);
	if (grade == POLICY_GRADE_FABRIC && wire_class_has_oui(reg->mgmt_class))
		return allow(grade);
	return refuse(AUDIT_REASON_GRADE, 0);
}
