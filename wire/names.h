/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The specification's names for numbers, for the journal, the control tool and test output. All
 * strings are constant; a number without a name gets a generic one, never NULL.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "wire/field.h"

/* Room for every text that the functions with a buffer write. */
#define WIRE_NAME_BYTES 48

/* "SubnLID", "SubnDR", "SA", "Perf", "CM", ..., "Vendor" for both ranges, "Unknown". */
const char *wire_class_name(uint8_t mgmt_class);

/* "Get", "Set", ..., with "Resp" for answers as the specification spells them; "Unknown". */
const char *wire_method_name(uint8_t mgmt_class, uint8_t method);

/* "PortInfo", "PathRecord", "REQ", ...; "Unknown". */
const char *wire_attribute_name(uint8_t mgmt_class, uint16_t attribute);

/*
 * The status of a response, in `buf`, which is returned: "OK", the name of its code, or
 * "status 0x....". In directed-route SMPs bit 15 must be off already.
 */
const char *wire_status_text(uint8_t mgmt_class, uint16_t status, char *buf, size_t buf_len);

/* "DATA", "ACK", "STOP", "ABORT", "none", "Unknown". */
const char *wire_rmpp_type_name(uint8_t type);

/* The reason of a REJ: "InvalidServiceID", ...; "Unknown". */
const char *wire_rej_reason_name(uint16_t reason);

/* The status of a SIDR_REP; "Unknown". */
const char *wire_sidr_status_name(uint8_t status);

/* "tcp", "udp", "ipoib", "ib", "sdp", as the policy file has them; NULL for no port space of
 * rdma_cm. */
const char *wire_port_space_name(uint16_t port_space);

/* "ok", "short", "bad value", "bad version". */
const char *wire_verdict_name(enum wire_verdict verdict);
