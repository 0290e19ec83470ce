/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CM and SIDR messages, and the private headers in their private data: the input is a MAD. The headers of
 * rdma_cm and SDP are also decoded from the input's start, truncated as it is.
 */
#include "fuzz_wire.h"

#include "wire/cm.h"
#include "wire/cm_message.h"
#include "wire/mad_layout.h"
#include "wire/rdma_cm.h"
#include "wire/sdp.h"
#include "wire/sidr.h"

static void private_headers(struct span in)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];

	if (fuzz_layout(&wire_rdma_cm_layout, in, fields)) {
		struct wire_rdma_cm header;

		memcpy(&header, fields, sizeof(header));
		fuzz_expect(header.ip_version == 4 || header.ip_version == 6);
	}
	if (fuzz_layout(&wire_sdp_hello_layout, in, fields)) {
		struct wire_sdp_hello hello;

		memcpy(&hello, fields, sizeof(hello));
		fuzz_expect(hello.ip_version == 4 || hello.ip_version == 6);
	}
}

static void service_id(uint64_t id)
{
	uint16_t space, port;

	if (!wire_rdma_cm_service(id, &space, &port))
		return;
	fuzz_expect(wire_rdma_cm_service_id(space, port) == id);
}

/* Accepted lengths inside a message never exceed their fields. */
static void message(const uint8_t *mad)
{
	struct wire_sidr_rep sidr_rep;
	struct wire_cm_rej rej;
	struct wire_cm_apr apr;
	struct wire_cm_req req;

	if (wire_cm_rej_decode(wire_cm_data(mad), &rej) == WIRE_OK)
		fuzz_expect(rej.info_length <= sizeof(rej.info));
	if (wire_cm_apr_decode(wire_cm_data(mad), &apr) == WIRE_OK)
		fuzz_expect(apr.info_length <= sizeof(apr.info));
	if (wire_sidr_rep_decode(wire_cm_data(mad), &sidr_rep) == WIRE_OK)
		fuzz_expect(sidr_rep.info_length <= sizeof(sidr_rep.info));
	if (wire_cm_req_decode(wire_cm_data(mad), &req) == WIRE_OK) {
		service_id(req.service_id);
		private_headers((struct span){req.private_data, sizeof(req.private_data)});
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_Alignas(8) uint8_t fields[WIRE_LAYOUT_MAX_STRUCT_BYTES];
	uint8_t mad[WIRE_MAD_BYTES];
	struct wire_mad_part part;

	private_headers((struct span){data, size});
	fuzz_mad(mad, data, size, WIRE_CLASS_CM);
	message(mad);
	if (!wire_mad_attribute_part(mad, &part))
		return 0;
	/* As short as the input. */
	if (size > part.offset)
		fuzz_layout(part.layout, (struct span){data + part.offset, size - part.offset},
			    fields);
	return 0;
}
