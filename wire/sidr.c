/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/sidr.h"

/* 12.11.1: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field sidr_req_rows[] = {
	WIRE_NUM(wire_sidr_req, request_id, 0, 0, 32),
	WIRE_NUM(wire_sidr_req, pkey, 4, 0, 16),
	WIRE_NUM(wire_sidr_req, service_id, 8, 0, 64),
	WIRE_ARRAY(wire_sidr_req, private_data, 16),
};
/* clang-format on */

const struct wire_layout wire_sidr_req_layout =
	WIRE_LAYOUT("SIDR_REQ", wire_sidr_req, sidr_req_rows, WIRE_SIDR_REQ_BYTES);

/* 12.11.2: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field sidr_rep_rows[] = {
	WIRE_NUM(wire_sidr_rep, request_id, 0, 0, 32),
	WIRE_NUM(wire_sidr_rep, status, 4, 0, 8),
	WIRE_NUM(wire_sidr_rep, info_length, 5, 0, 8),
	WIRE_NUM(wire_sidr_rep, ece_vendor_id_high, 6, 0, 16),
	WIRE_NUM(wire_sidr_rep, qpn, 8, 0, 24),
	WIRE_NUM(wire_sidr_rep, ece_vendor_id_low, 11, 0, 8),
	WIRE_NUM(wire_sidr_rep, service_id, 12, 0, 64),
	WIRE_NUM(wire_sidr_rep, qkey, 20, 0, 32),
	WIRE_ARRAY(wire_sidr_rep, info, 24),
	WIRE_ARRAY(wire_sidr_rep, private_data, 96),
};
/* clang-format on */

static enum wire_verdict sidr_rep_check(const uint8_t *bytes)
{
	/* Additional Information Length is 8 bits wide, its field has 72 bytes. */
	return bytes[5] > 72 ? WIRE_BAD_VALUE : WIRE_OK;
}

const struct wire_layout wire_sidr_rep_layout = WIRE_LAYOUT_CHECKED(
	"SIDR_REP", wire_sidr_rep, sidr_rep_rows, WIRE_SIDR_REP_BYTES, sidr_rep_check);
