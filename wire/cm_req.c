/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of CMPath and REQ; see the header. */
#include "wire/cm_req.h"

/* 12.6.5: one of the two paths in a REQ: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_path_rows[] = {
	WIRE_NUM(wire_cm_path, local_lid, 0, 0, 16),
	WIRE_NUM(wire_cm_path, remote_lid, 2, 0, 16),
	WIRE_ARRAY(wire_cm_path, local_gid, 4),
	WIRE_ARRAY(wire_cm_path, remote_gid, 20),
	WIRE_NUM(wire_cm_path, flow_label, 36, 0, 20),
	WIRE_NUM(wire_cm_path, packet_rate, 39, 2, 6),
	WIRE_NUM(wire_cm_path, tclass, 40, 0, 8),
	WIRE_NUM(wire_cm_path, hop_limit, 41, 0, 8),
	WIRE_NUM(wire_cm_path, sl, 42, 0, 4),
	WIRE_NUM(wire_cm_path, subnet_local, 42, 4, 1),
	WIRE_NUM(wire_cm_path, local_ack_timeout, 43, 0, 5),
	WIRE_NUM(wire_cm_path, sap_supported, 43, 5, 1),
};
/* clang-format on */

const struct wire_layout wire_cm_path_layout =
	WIRE_LAYOUT("CMPath", wire_cm_path, cm_path_rows, WIRE_CM_PATH_BYTES);

enum wire_verdict wire_cm_path_decode(struct span in, struct wire_cm_path *ret)
{
	return wire_layout_decode(&wire_cm_path_layout, in, ret);
}

void wire_cm_path_encode(const struct wire_cm_path *from, uint8_t ret[static WIRE_CM_PATH_BYTES])
{
	wire_layout_encode(&wire_cm_path_layout, from, ret);
}

/* 12.6.5: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field cm_req_rows[] = {
	WIRE_NUM(wire_cm_req, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_req, ece_vendor_id, 5, 0, 24),
	WIRE_NUM(wire_cm_req, service_id, 8, 0, 64),
	WIRE_NUM(wire_cm_req, local_ca_guid, 16, 0, 64),
	WIRE_NUM(wire_cm_req, local_qkey, 28, 0, 32),
	WIRE_NUM(wire_cm_req, local_qpn, 32, 0, 24),
	WIRE_NUM(wire_cm_req, responder_resources, 35, 0, 8),
	WIRE_NUM(wire_cm_req, local_eecn, 36, 0, 24),
	WIRE_NUM(wire_cm_req, initiator_depth, 39, 0, 8),
	WIRE_NUM(wire_cm_req, remote_eecn, 40, 0, 24),
	WIRE_NUM(wire_cm_req, remote_cm_timeout, 43, 0, 5),
	WIRE_NUM(wire_cm_req, transport, 43, 5, 2),
	WIRE_NUM(wire_cm_req, flow_control, 43, 7, 1),
	WIRE_NUM(wire_cm_req, starting_psn, 44, 0, 24),
	WIRE_NUM(wire_cm_req, local_cm_timeout, 47, 0, 5),
	WIRE_NUM(wire_cm_req, retry_count, 47, 5, 3),
	WIRE_NUM(wire_cm_req, pkey, 48, 0, 16),
	WIRE_NUM(wire_cm_req, path_mtu, 50, 0, 4),
	WIRE_NUM(wire_cm_req, rdc_exists, 50, 4, 1),
	WIRE_NUM(wire_cm_req, rnr_retry_count, 50, 5, 3),
	WIRE_NUM(wire_cm_req, max_cm_retries, 51, 0, 4),
	WIRE_NUM(wire_cm_req, srq, 51, 4, 1),
	WIRE_NUM(wire_cm_req, extended_transport, 51, 5, 3),
	WIRE_NESTED(wire_cm_req, primary, 52, wire_cm_path_layout),
	WIRE_NESTED(wire_cm_req, alternate, 96, wire_cm_path_layout),
	WIRE_ARRAY(wire_cm_req, private_data, 140),
};
/* clang-format on */

const struct wire_layout wire_cm_req_layout =
	WIRE_LAYOUT("REQ", wire_cm_req, cm_req_rows, WIRE_CM_REQ_BYTES);

enum wire_verdict wire_cm_req_decode(struct span in, struct wire_cm_req *ret)
{
	return wire_layout_decode(&wire_cm_req_layout, in, ret);
}

void wire_cm_req_encode(const struct wire_cm_req *from, uint8_t ret[static WIRE_CM_REQ_BYTES])
{
	wire_layout_encode(&wire_cm_req_layout, from, ret);
}
