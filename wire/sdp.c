/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire/sdp.h"

/* A4: BSDH and Hello header: byte, bit below the top one, width. */
/* clang-format off */
static const struct wire_field sdp_hello_rows[] = {
	WIRE_NUM(wire_sdp_hello, mid, 0, 0, 8),
	WIRE_NUM(wire_sdp_hello, flags, 1, 0, 8),
	WIRE_NUM(wire_sdp_hello, buffers, 2, 0, 16),
	WIRE_NUM(wire_sdp_hello, length, 4, 0, 32),
	WIRE_NUM(wire_sdp_hello, mseq, 8, 0, 32),
	WIRE_NUM(wire_sdp_hello, mseq_ack, 12, 0, 32),
	WIRE_NUM(wire_sdp_hello, major, 16, 0, 4),
	WIRE_NUM(wire_sdp_hello, minor, 16, 4, 4),
	WIRE_NUM(wire_sdp_hello, ip_version, 17, 0, 4),
	WIRE_NUM(wire_sdp_hello, capability, 17, 4, 4),
	WIRE_NUM(wire_sdp_hello, max_adverts, 19, 0, 8),
	WIRE_NUM(wire_sdp_hello, desired_receive_size, 20, 0, 32),
	WIRE_NUM(wire_sdp_hello, local_receive_size, 24, 0, 32),
	WIRE_NUM(wire_sdp_hello, port, 28, 0, 16),
	WIRE_ARRAY(wire_sdp_hello, source, 32),
	WIRE_ARRAY(wire_sdp_hello, destination, 48),
	WIRE_NUM(wire_sdp_hello, extended_max_adverts, 66, 0, 16),
};
/* clang-format on */

static enum wire_verdict sdp_hello_check(const uint8_t *bytes)
{
	if (bytes[0] != WIRE_SDP_MID_HELLO)
		return WIRE_BAD_VALUE;
	if (bytes[17] >> 4 != 4 && bytes[17] >> 4 != 6)
		return WIRE_BAD_VERSION;
	return WIRE_OK;
}

const struct wire_layout wire_sdp_hello_layout = WIRE_LAYOUT_CHECKED(
	"SDPHello", wire_sdp_hello, sdp_hello_rows, WIRE_SDP_HELLO_BYTES, sdp_hello_check);
