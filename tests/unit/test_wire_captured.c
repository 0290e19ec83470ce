/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Golden bytes: fields of captured MADs whose senders are known. */
#include <arpa/inet.h>

#include "wire/cm_message.h"
#include "wire/mad_layout.h"
#include "wire/names.h"
#include "wire/path_record.h"
#include "wire/rdma_cm.h"
#include "wire/sa.h"
#include "wire/sidr.h"
#include "wire_vectors.h"
#define TEST_OWN_MAIN
#include "tests/unit/test.h"

#define CM WIRE_CLASS_CM, WIRE_METHOD_SEND
#define SA_GET WIRE_CLASS_SA, WIRE_METHOD_GET
#define SA_SET WIRE_CLASS_SA, WIRE_METHOD_SET
#define SA_RESP WIRE_CLASS_SA, WIRE_METHOD_GET_RESP

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

/* "primary.local_lid": a field, or one of a nested layout; *at moves to the start of its layout. */
static const struct wire_field *field_find(const struct wire_layout *layout, char *name,
					   const uint8_t **at)
{
	char *inner = strchr(name, '.');
	const struct wire_field *f;

	if (inner)
		*inner++ = '\0';
	f = wire_layout_field(layout, name);
	if (!f)
		fail_msg("%s has no %s", layout->name, name);
	if (!inner)
		return f;
	*at += f->bit / 8;
	return field_find(f->nested, inner, at);
}

static void expect_field(const uint8_t *mad, char *name, const char *value)
{
	struct wire_mad_part part;
	const struct wire_field *f;
	const uint8_t *at;
	uint8_t gid[16];

	if (strcmp(name, "mask") == 0) {
		assert_true(wire_sa_comp_mask(mad) == strtoull(value, NULL, 0));
		return;
	}
	assert_true(wire_mad_attribute_part(mad, &part));
	at = mad + part.offset;
	f = field_find(part.layout, name, &at);
	if (f->count == 16) {
		assert_int_equal(inet_pton(AF_INET6, value, gid), 1);
		assert_memory_equal(at + f->bit / 8, gid, 16);
	} else if (wire_field_get(f, at, 0) != strtoull(value, NULL, 0)) {
		fail_msg("%s is not %s", name, value);
	}
}

TEST(captured_mads_say_what_is_known_of_their_senders)
{
	static const struct {
		const char *file;
		uint8_t mgmt_class, method;
		uint16_t attribute;
		const char *fields;
	} rows[] = {
		/* rdma_cm: both ends, port 7174 of TCP, number of paths, partition, QoS class */
		{"04-rping", SA_GET, WIRE_SA_PATH_RECORD,
		 "mask=0x780f sgid=fe80::10:3 dgid=fe80::10:1 service_id=0x1061c06 reversible=1 "
		 "num_path=1 pkey=0xffff"},
		{"04-rping", SA_RESP, WIRE_SA_PATH_RECORD,
		 "slid=4 dlid=3 mtu_selector=2 rate_selector=2 mtu=4"},
		/* Linux ib_cm.c: 15 retries of the CM */
		{"04-rping", CM, WIRE_CM_REQ,
		 "service_id=0x1061c06 primary.local_lid=4 primary.remote_lid=3 "
		 "primary.local_gid=fe80::10:3 primary.remote_gid=fe80::10:1 "
		 "primary.subnet_local=1 alternate.local_lid=0 pkey=0xffff transport=0 "
		 "max_cm_retries=15"},
		{"20-rej-nolisten", CM, WIRE_CM_REJ, "reason=8 local_id=0 message=0"},
		{"33-timeout-REQ", CM, WIRE_CM_REJ, "reason=4 message=2 remote_id=0 info_length=8"},
		{"10-udaddy", CM, WIRE_CM_SIDR_REQ, "pkey=0xffff"},
		{"10-udaddy", CM, WIRE_CM_SIDR_REP, "status=0 qkey=0x01234567"},
		{"11-udaddy-nolisten", CM, WIRE_CM_SIDR_REP, "status=1"},
		/* IPoIB: MGID, PortGID, P_Key, join state */
		{"01-ipoib-up", SA_SET, WIRE_SA_MCMEMBER_RECORD,
		 "mask=0x10083 mgid=ff12:401b:ffff::ffff:ffff join_state=1 pkey=0xffff"},
		{"01-ipoib-up", SA_RESP, WIRE_SA_MCMEMBER_RECORD, "qkey=0x0b1b mtu=4 mlid=0xc000"},
		{"41-srp_daemon", SA_SET, WIRE_SA_INFORM_INFO,
		 "subscribe=1 is_generic=1 lid_begin=0xffff trap=64"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const uint8_t *mad = mad_find(rows[i].file, rows[i].mgmt_class, rows[i].method,
					      rows[i].attribute);
		char *fields = strdup(rows[i].fields), *save = NULL;

		for (char *word = strtok_r(fields, " ", &save); word;
		     word = strtok_r(NULL, " ", &save)) {
			char *value = strchr(word, '=');

			*value++ = '\0';
			expect_field(mad, word, value);
		}
		free(fields);
	}
}

/* rdma_cm's header in the private data of a REQ, and the port space of its service id. */
static enum wire_verdict rdma_cm_of(const char *file, uint16_t *ret_space,
				    struct wire_rdma_cm *header)
{
	struct wire_cm_req req;

	assert_int_equal(wire_cm_req_decode(wire_cm_data(mad_find(file, CM, WIRE_CM_REQ)), &req),
			 WIRE_OK);
	*ret_space = (uint16_t)(req.service_id >> 16);
	return wire_rdma_cm_decode((struct span){req.private_data, sizeof(req.private_data)},
				   header);
}

TEST(the_header_of_rdma_cm_is_in_ip_connections_alone)
{
	static const uint8_t source[16] = {[12] = 10, 9, 0, 2},
			     destination[16] = {[12] = 10, 9, 0, 1};
	struct wire_rdma_cm header;
	struct wire_sidr_req sidr;
	uint16_t space;

	assert_int_equal(rdma_cm_of("04-rping", &space, &header), WIRE_OK);
	assert_int_equal(space, WIRE_RDMA_PS_TCP);
	assert_int_equal(header.ip_version, 4);
	assert_memory_equal(header.source, source, 16);
	assert_memory_equal(header.destination, destination, 16);
	assert_int_equal(rdma_cm_of("09-ucmatose-afib", &space, &header), WIRE_BAD_VERSION);
	assert_int_equal(space, WIRE_RDMA_PS_IB);

	wire_sidr_req_decode(wire_cm_data(mad_find("10-udaddy", CM, WIRE_CM_SIDR_REQ)), &sidr);
	assert_int_equal(sidr.service_id >> 16, WIRE_RDMA_PS_UDP);
	assert_int_equal(
		wire_rdma_cm_decode((struct span){sidr.private_data, sizeof(sidr.private_data)},
				    &header),
		WIRE_OK);
	assert_int_equal(header.ip_version, 4);
}

TEST(an_ipoib_connection_names_the_qp_in_its_service_id)
{
	struct wire_cm_req req;
	uint16_t space, port;

	wire_cm_req_decode(wire_cm_data(mad_find("34-ipoib-cm", CM, WIRE_CM_REQ)), &req);
	assert_true((req.service_id & ~UINT64_C(0xffffff)) == WIRE_IPOIB_CM_SERVICE_ID);
	assert_false(wire_rdma_cm_service(req.service_id, &space, &port));
}

TEST(the_answers_to_a_req_name_its_comm_id)
{
	const uint8_t *req = mad_find("04-rping", CM, WIRE_CM_REQ);
	const uint8_t *rep = mad_find("04-rping", CM, WIRE_CM_REP);

	assert_int_equal(wire_cm_remote_id(rep), wire_cm_local_id(req));
}

int main(void)
{
	int failed;

	v = vectors_load();
	failed = test_run(NULL, NULL);
	vectors_free(&v);
	return failed;
}
