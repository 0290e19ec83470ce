/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The specification's names for numbers, for the journal, the control tool and test output. All
 * strings are constant; a number without a name gets a generic one, never NULL.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* "SubnLID", "SubnDR", "SA", "Perf", "CM", ..., "Vendor" for both ranges, "Unknown". */
const char *wire_class_name(uint8_t mgmt_class);

/* "Get", "Set", ..., with "Resp" for answers as the specification spells them; "Unknown". */
const char *wire_method_name(uint8_t mgmt_class, uint8_t method);

/* "PortInfo", "PathRecord", "REQ", ...; "Unknown". */
const char *wire_attribute_name(uint8_t mgmt_class, uint16_t attribute);

/* The attribute of that name, in upper or lower case. False: no attribute of the class has it. */
bool wire_attribute_find(uint8_t mgmt_class, const char *name, uint16_t *ret_attribute);
