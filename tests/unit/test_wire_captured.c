/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Golden bytes: what captured MADs say, field by field, that is known of who sent them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <string.h>

#include "wire/cm_rej.h"
#include "wire/cm_rep.h"
#include "wire/cm_req.h"
#include "wire/inform_info.h"
#include "wire/mcmember.h"
#include "wire/names.h"
#include "wire/path_record.h"
#include "wire/rdma_cm.h"
#include "wire/sa.h"
#include "wire/sidr.h"
#include "wire/smp.h"
#include "wire_vectors.h"

static struct vectors v;

/* The first MAD of that kind in a file. */
static const uint8_t *mad_find(const char *file, uint8_t mgmt_class, uint8_t method,
			       uint16_t attribute)
{
	for (size_t i = 0; i < v.len; i++) {
		const uint8_t *mad = v.mads[i].mad;

		if (strcmp(v.mads[i].file, file) == 0 && wire_mad_class(mad) == mgmt_class &&
		    wire_mad_method(mad) == method && wire_mad_attribute(mad) == attribute)
			return mad;
	}
	fail_msg("%s has no %s", file, wire_attribute_name(mgmt_class, attribute));
	return NULL;
}

static struct span sa_data(const uint8_t *mad)
{
	return (struct span){wire_sa_data(mad), WIRE_SA_DATA_BYTES};
}

static void assert_gid(const uint8_t *gid, const char *text)
{
	char buf[INET6_ADDRSTRLEN];

	assert_string_equal(inet_ntop(AF_INET6, gid, buf, sizeof(buf)), text);
}

static void assert_ipv4(const uint8_t *address, const char *text)
{
	static const uint8_t zero[12];
	char buf[INET_ADDRSTRLEN];

	assert_memory_equal(address, zero, sizeof(zero));
	assert_string_equal(inet_ntop(AF_INET, address + 12, buf, sizeof(buf)), text);
}

static void a_path_query_of_rdma_cm_names_both_ends_and_the_service(void **state)
{
	const uint8_t *mad =
		mad_find("04-rping", WIRE_CLASS_SA, WIRE_METHOD_GET, WIRE_SA_PATH_RECORD);
	struct wire_path_record path;

	assert_int_equal(wire_path_record_decode(sa_data(mad), &path), WIRE_OK);
	assert_true(wire_sa_comp_mask(mad) ==
		    (WIRE_PATH_COMP_SERVICE_ID | WIRE_PATH_COMP_DGID | WIRE_PATH_COMP_SGID |
		     WIRE_PATH_COMP_REVERSIBLE | WIRE_PATH_COMP_NUM_PATH | WIRE_PATH_COMP_PKEY |
		     WIRE_PATH_COMP_QOS_CLASS));
	assert_gid(path.sgid, "fe80::10:3");
	assert_gid(path.dgid, "fe80::10:1");
	assert_true(path.service_id == wire_rdma_cm_service_id(WIRE_RDMA_PS_TCP, 7174));
	assert_true(path.reversible);
	assert_int_equal(path.num_path, 1);
	assert_int_equal(path.pkey, 0xffff);
}

static void a_path_answer_of_opensm_fills_in_the_rest(void **state)
{
	const uint8_t *mad =
		mad_find("04-rping", WIRE_CLASS_SA, WIRE_METHOD_GET_RESP, WIRE_SA_PATH_RECORD);
	struct wire_path_record path;

	assert_int_equal(wire_path_record_decode(sa_data(mad), &path), WIRE_OK);
	assert_int_equal(path.slid, 4);
	assert_int_equal(path.dlid, 3);
	assert_int_equal(path.mtu_selector, WIRE_SELECT_EXACT);
	assert_int_equal(path.rate_selector, WIRE_SELECT_EXACT);
	assert_in_range(path.mtu, 1, 5);
	assert_in_range(path.rate, 2, 18);
}

static void a_req_of_rdma_cm_carries_addresses_and_port(void **state)
{
	const uint8_t *mad = mad_find("04-rping", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_REQ);
	struct wire_cm_req req;
	struct wire_rdma_cm header;
	uint16_t space, port;

	assert_int_equal(wire_cm_req_decode(wire_cm_data(mad), &req), WIRE_OK);
	assert_int_equal(req.local_id, wire_cm_local_id(mad));
	assert_true(wire_rdma_cm_service(req.service_id, &space, &port));
	assert_string_equal(wire_port_space_name(space), "tcp");
	assert_int_equal(port, 7174);
	assert_int_equal(req.primary.local_lid, 4);
	assert_int_equal(req.primary.remote_lid, 3);
	assert_gid(req.primary.local_gid, "fe80::10:3");
	assert_gid(req.primary.remote_gid, "fe80::10:1");
	assert_true(req.primary.subnet_local);
	assert_int_equal(req.alternate.local_lid, 0);
	assert_int_equal(req.pkey, 0xffff);
	assert_int_equal(req.transport, 0);
	/* Linux ib_cm.c: 15 retries of the CM. */
	assert_int_equal(req.max_cm_retries, 15);

	assert_int_equal(
		wire_rdma_cm_decode((struct span){req.private_data, sizeof(req.private_data)},
				    &header),
		WIRE_OK);
	assert_int_equal(header.ip_version, 4);
	assert_ipv4(header.source, "10.9.0.2");
	assert_ipv4(header.destination, "10.9.0.1");
}

static void an_af_ib_connection_has_no_header_of_rdma_cm(void **state)
{
	const uint8_t *mad =
		mad_find("09-ucmatose-afib", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_REQ);
	struct wire_cm_req req;
	struct wire_rdma_cm header;

	assert_int_equal(wire_cm_req_decode(wire_cm_data(mad), &req), WIRE_OK);
	assert_int_equal(req.service_id >> 16, WIRE_RDMA_PS_IB);
	assert_int_equal(
		wire_rdma_cm_decode((struct span){req.private_data, sizeof(req.private_data)},
				    &header),
		WIRE_BAD_VERSION);
}

static void an_ipoib_connection_names_the_qp_in_its_service_id(void **state)
{
	const uint8_t *mad = mad_find("34-ipoib-cm", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_REQ);
	struct wire_cm_req req;
	uint16_t space, port;

	assert_int_equal(wire_cm_req_decode(wire_cm_data(mad), &req), WIRE_OK);
	assert_true((req.service_id & ~UINT64_C(0xffffff)) == WIRE_IPOIB_CM_SERVICE_ID);
	assert_false(wire_rdma_cm_service(req.service_id, &space, &port));
}

static void the_answers_to_a_req_name_its_comm_id(void **state)
{
	const uint8_t *req = mad_find("04-rping", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_REQ);
	const uint8_t *mad = mad_find("04-rping", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_REP);
	struct wire_cm_rep rep;

	assert_int_equal(wire_cm_rep_decode(wire_cm_data(mad), &rep), WIRE_OK);
	assert_int_equal(rep.remote_id, wire_cm_local_id(req));
	assert_int_equal(rep.local_id, wire_cm_local_id(mad));
	assert_int_equal(rep.remote_id, wire_cm_remote_id(mad));
	assert_true(rep.local_qpn != 0);
}

static void refusals_give_their_reasons(void **state)
{
	struct wire_cm_rej rej;

	assert_int_equal(wire_cm_rej_decode(wire_cm_data(mad_find("20-rej-nolisten", WIRE_CLASS_CM,
								  WIRE_METHOD_SEND, WIRE_CM_REJ)),
					    &rej),
			 WIRE_OK);
	assert_int_equal(rej.reason, WIRE_REJ_INVALID_SERVICE_ID);
	assert_int_equal(rej.local_id, 0);
	assert_int_equal(rej.message, WIRE_CM_MESSAGE_REQ);

	assert_int_equal(wire_cm_rej_decode(wire_cm_data(mad_find("33-timeout-REQ", WIRE_CLASS_CM,
								  WIRE_METHOD_SEND, WIRE_CM_REJ)),
					    &rej),
			 WIRE_OK);
	assert_int_equal(rej.reason, WIRE_REJ_TIMEOUT);
	assert_int_equal(rej.message, WIRE_CM_MESSAGE_OTHER);
	assert_int_equal(rej.remote_id, 0);
	assert_int_equal(rej.info_length, 8);
}

static void a_sidr_req_carries_the_address_that_is_asked_for(void **state)
{
	const uint8_t *mad =
		mad_find("10-udaddy", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_SIDR_REQ);
	struct wire_rdma_cm header;
	struct wire_sidr_req req;
	struct wire_sidr_rep rep;

	assert_int_equal(wire_sidr_req_decode(wire_cm_data(mad), &req), WIRE_OK);
	assert_int_equal(req.service_id >> 16, WIRE_RDMA_PS_UDP);
	assert_int_equal(req.pkey, 0xffff);
	assert_int_equal(
		wire_rdma_cm_decode((struct span){req.private_data, sizeof(req.private_data)},
				    &header),
		WIRE_OK);
	assert_int_equal(header.ip_version, 4);

	mad = mad_find("10-udaddy", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_SIDR_REP);
	assert_int_equal(wire_sidr_rep_decode(wire_cm_data(mad), &rep), WIRE_OK);
	assert_int_equal(rep.status, WIRE_SIDR_SUCCESS);
	assert_true(rep.service_id == req.service_id);
	assert_int_equal(rep.qkey, 0x01234567); /* RDMA_UDP_QKEY */

	mad = mad_find("11-udaddy-nolisten", WIRE_CLASS_CM, WIRE_METHOD_SEND, WIRE_CM_SIDR_REP);
	assert_int_equal(wire_sidr_rep_decode(wire_cm_data(mad), &rep), WIRE_OK);
	assert_int_equal(rep.status, WIRE_SIDR_UNSUPPORTED);
}

static void ipoib_joins_its_broadcast_group_with_four_components(void **state)
{
	const uint8_t *mad =
		mad_find("01-ipoib-up", WIRE_CLASS_SA, WIRE_METHOD_SET, WIRE_SA_MCMEMBER_RECORD);
	struct wire_mcmember member;

	assert_int_equal(wire_mcmember_decode(sa_data(mad), &member), WIRE_OK);
	assert_true(wire_sa_comp_mask(mad) == 0x10083);
	assert_true(wire_sa_comp_mask(mad) ==
		    (WIRE_MCMEMBER_COMP_MGID | WIRE_MCMEMBER_COMP_PORT_GID |
		     WIRE_MCMEMBER_COMP_PKEY | WIRE_MCMEMBER_COMP_JOIN_STATE));
	assert_gid(member.mgid, "ff12:401b:ffff::ffff:ffff");
	assert_int_equal(member.join_state, WIRE_JOIN_FULL);
	assert_int_equal(member.pkey, 0xffff);

	mad = mad_find("01-ipoib-up", WIRE_CLASS_SA, WIRE_METHOD_GET_RESP, WIRE_SA_MCMEMBER_RECORD);
	assert_int_equal(wire_mcmember_decode(sa_data(mad), &member), WIRE_OK);
	assert_int_equal(member.qkey, 0x0b1b);
	assert_int_equal(member.mtu, 4);
	assert_in_range(member.mlid, 0xc000, 0xfffe);
}

static void a_subscription_of_srp_daemon_names_a_trap(void **state)
{
	const uint8_t *mad =
		mad_find("41-srp_daemon", WIRE_CLASS_SA, WIRE_METHOD_SET, WIRE_SA_INFORM_INFO);
	struct wire_inform_info info;

	assert_int_equal(wire_inform_info_decode(sa_data(mad), &info), WIRE_OK);
	assert_int_equal(info.subscribe, 1);
	assert_int_equal(info.is_generic, 1);
	assert_int_equal(info.lid_begin, WIRE_INFORM_ALL_LIDS);
	assert_true(info.trap == 64 || info.trap == 144);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_path_query_of_rdma_cm_names_both_ends_and_the_service),
		cmocka_unit_test(a_path_answer_of_opensm_fills_in_the_rest),
		cmocka_unit_test(a_req_of_rdma_cm_carries_addresses_and_port),
		cmocka_unit_test(an_af_ib_connection_has_no_header_of_rdma_cm),
		cmocka_unit_test(an_ipoib_connection_names_the_qp_in_its_service_id),
		cmocka_unit_test(the_answers_to_a_req_name_its_comm_id),
		cmocka_unit_test(refusals_give_their_reasons),
		cmocka_unit_test(a_sidr_req_carries_the_address_that_is_asked_for),
		cmocka_unit_test(ipoib_joins_its_broadcast_group_with_four_components),
		cmocka_unit_test(a_subscription_of_srp_daemon_names_a_trap),
	};
	int failed;

	v = vectors_load();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	vectors_free(&v);
	return failed;
}
