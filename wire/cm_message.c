/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The rows of the messages: byte, bit below the top one, width. */
#include "wire/cm_message.h"

/* clang-format off */
/* 12.6.5: one of the two paths in a REQ. */
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

const struct wire_layout wire_cm_path_layout =
	WIRE_LAYOUT("CMPath", wire_cm_path, cm_path_rows, WIRE_CM_PATH_BYTES);

/* 12.6.5 */
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

const struct wire_layout wire_cm_req_layout =
	WIRE_LAYOUT("REQ", wire_cm_req, cm_req_rows, WIRE_CM_DATA_BYTES);

/* 12.6.6 */
static const struct wire_field cm_mra_rows[] = {
	WIRE_NUM(wire_cm_mra, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_mra, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_mra, message, 8, 0, 2),
	WIRE_NUM(wire_cm_mra, service_timeout, 9, 0, 5),
	WIRE_ARRAY(wire_cm_mra, private_data, 10),
};

const struct wire_layout wire_cm_mra_layout =
	WIRE_LAYOUT("MRA", wire_cm_mra, cm_mra_rows, WIRE_CM_DATA_BYTES);

/* 12.6.7 */
static const struct wire_field cm_rej_rows[] = {
	WIRE_NUM(wire_cm_rej, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_rej, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_rej, message, 8, 0, 2),
	WIRE_NUM(wire_cm_rej, info_length, 9, 0, 7),
	WIRE_NUM(wire_cm_rej, reason, 10, 0, 16),
	WIRE_ARRAY(wire_cm_rej, info, 12),
	WIRE_ARRAY(wire_cm_rej, private_data, 84),
};

static enum wire_verdict cm_rej_check(const uint8_t *bytes)
{
	/* Rejected Info Length is 7 bits wide, its field has 72 bytes. */
	return bytes[9] >> 1 > 72 ? WIRE_BAD_VALUE : WIRE_OK;
}

const struct wire_layout wire_cm_rej_layout =
	WIRE_LAYOUT_CHECKED("REJ", wire_cm_rej, cm_rej_rows, WIRE_CM_DATA_BYTES, cm_rej_check);

/* 12.6.8 */
static const struct wire_field cm_rep_rows[] = {
	WIRE_NUM(wire_cm_rep, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_rep, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_rep, local_qkey, 8, 0, 32),
	WIRE_NUM(wire_cm_rep, local_qpn, 12, 0, 24),
	WIRE_NUM(wire_cm_rep, ece_vendor_id_high, 15, 0, 8),
	WIRE_NUM(wire_cm_rep, local_eecn, 16, 0, 24),
	WIRE_NUM(wire_cm_rep, ece_vendor_id_mid, 19, 0, 8),
	WIRE_NUM(wire_cm_rep, starting_psn, 20, 0, 24),
	WIRE_NUM(wire_cm_rep, ece_vendor_id_low, 23, 0, 8),
	WIRE_NUM(wire_cm_rep, responder_resources, 24, 0, 8),
	WIRE_NUM(wire_cm_rep, initiator_depth, 25, 0, 8),
	WIRE_NUM(wire_cm_rep, target_ack_delay, 26, 0, 5),
	WIRE_NUM(wire_cm_rep, failover_accepted, 26, 5, 2),
	WIRE_NUM(wire_cm_rep, flow_control, 26, 7, 1),
	WIRE_NUM(wire_cm_rep, rnr_retry_count, 27, 0, 3),
	WIRE_NUM(wire_cm_rep, srq, 27, 3, 1),
	WIRE_NUM(wire_cm_rep, local_ca_guid, 28, 0, 64),
	WIRE_ARRAY(wire_cm_rep, private_data, 36),
};

const struct wire_layout wire_cm_rep_layout =
	WIRE_LAYOUT("REP", wire_cm_rep, cm_rep_rows, WIRE_CM_DATA_BYTES);

/* 12.6.9 */
static const struct wire_field cm_rtu_rows[] = {
	WIRE_NUM(wire_cm_rtu, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_rtu, remote_id, 4, 0, 32),
	WIRE_ARRAY(wire_cm_rtu, private_data, 8),
};

const struct wire_layout wire_cm_rtu_layout =
	WIRE_LAYOUT("RTU", wire_cm_rtu, cm_rtu_rows, WIRE_CM_DATA_BYTES);

/* 12.6.10 */
static const struct wire_field cm_dreq_rows[] = {
	WIRE_NUM(wire_cm_dreq, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_dreq, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_dreq, remote_qpn, 8, 0, 24),
	WIRE_ARRAY(wire_cm_dreq, private_data, 12),
};

const struct wire_layout wire_cm_dreq_layout =
	WIRE_LAYOUT("DREQ", wire_cm_dreq, cm_dreq_rows, WIRE_CM_DATA_BYTES);

/* 12.6.11 */
static const struct wire_field cm_drep_rows[] = {
	WIRE_NUM(wire_cm_drep, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_drep, remote_id, 4, 0, 32),
	WIRE_ARRAY(wire_cm_drep, private_data, 8),
};

const struct wire_layout wire_cm_drep_layout =
	WIRE_LAYOUT("DREP", wire_cm_drep, cm_drep_rows, WIRE_CM_DATA_BYTES);

/* 12.8.1 */
static const struct wire_field cm_lap_rows[] = {
	WIRE_NUM(wire_cm_lap, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_lap, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_lap, remote_qpn, 12, 0, 24),
	WIRE_NUM(wire_cm_lap, remote_cm_timeout, 15, 0, 5),
	WIRE_NUM(wire_cm_lap, local_lid, 20, 0, 16),
	WIRE_NUM(wire_cm_lap, remote_lid, 22, 0, 16),
	WIRE_ARRAY(wire_cm_lap, local_gid, 24),
	WIRE_ARRAY(wire_cm_lap, remote_gid, 40),
	WIRE_NUM(wire_cm_lap, flow_label, 56, 0, 20),
	WIRE_NUM(wire_cm_lap, tclass, 59, 0, 8),
	WIRE_NUM(wire_cm_lap, hop_limit, 60, 0, 8),
	WIRE_NUM(wire_cm_lap, packet_rate, 61, 2, 6),
	WIRE_NUM(wire_cm_lap, sl, 62, 0, 4),
	WIRE_NUM(wire_cm_lap, subnet_local, 62, 4, 1),
	WIRE_NUM(wire_cm_lap, local_ack_timeout, 63, 0, 5),
	WIRE_ARRAY(wire_cm_lap, private_data, 64),
};

const struct wire_layout wire_cm_lap_layout =
	WIRE_LAYOUT("LAP", wire_cm_lap, cm_lap_rows, WIRE_CM_DATA_BYTES);

/* 12.8.2 */
static const struct wire_field cm_apr_rows[] = {
	WIRE_NUM(wire_cm_apr, local_id, 0, 0, 32),
	WIRE_NUM(wire_cm_apr, remote_id, 4, 0, 32),
	WIRE_NUM(wire_cm_apr, info_length, 8, 0, 8),
	WIRE_NUM(wire_cm_apr, ap_status, 9, 0, 8),
	WIRE_ARRAY(wire_cm_apr, info, 12),
	WIRE_ARRAY(wire_cm_apr, private_data, 84),
};

static enum wire_verdict cm_apr_check(const uint8_t *bytes)
{
	/* Additional Information Length is 8 bits wide, its field has 72 bytes. */
	return bytes[8] > 72 ? WIRE_BAD_VALUE : WIRE_OK;
}

const struct wire_layout wire_cm_apr_layout =
	WIRE_LAYOUT_CHECKED("APR", wire_cm_apr, cm_apr_rows, WIRE_CM_DATA_BYTES, cm_apr_check);
