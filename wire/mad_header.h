/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The common MAD header as a struct (IBA 13.4.3). wire/mad.h has the same fields in place.
 */
#pragma once

#include "wire/field.h"

#define WIRE_MAD_HEADER_BYTES 24

/* The 24 bytes that start every MAD. */
struct wire_mad_header {
	uint8_t base_version;
	uint8_t mgmt_class;
	uint8_t class_version;
	uint8_t method; /* with the response bit */
	uint16_t status;
	uint16_t class_specific; /* directed route: hop pointer and hop count */
	uint64_t tid;
	uint16_t attribute;
	uint32_t modifier;
};

extern const struct wire_layout wire_mad_header_layout;
