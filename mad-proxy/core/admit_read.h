/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The attributes that may be read below grade admin: those for which a Get is known to have no side effects.
 * All others are refused, because a Get can have side effects (clear counters, take a semaphore, access an
 * adapter's configuration space).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	ADMIT_READ_OWN = 1, /* of the guest's own port, from grade port on */
	ADMIT_READ_SHARE = 2, /* identical requests of several guests may share one */
	ADMIT_READ_KEEP = 4, /* the answer may be cached */
};

struct admit_read {
	uint8_t mgmt_class;
	uint16_t attribute;
	uint8_t flags;
	uint8_t modifier; /* which kind of attribute modifier it has */
};

/* The row for the attribute of this MAD, or NULL. The method is ignored. */
const struct admit_read *admit_read(const uint8_t *mad);

/* The attribute has this modifier. Not every agent looks before it counts by it, so what cannot be stays here. */
bool admit_read_in_range(const struct admit_read *read, const uint8_t *mad);

/* Some row is of this class, and for a vendor class of range 2 of this OUI. */
bool admit_reads_class(uint8_t mgmt_class, uint32_t oui);
