/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What may be read below grade admin: attributes that are known to change nothing by being read.
 * All others are refused, for a Get can have side effects (clear what it shows, take a semaphore,
 * read an adapter's configuration space), and what an unknown one does nobody can say.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
	ADMIT_READ_OWN = 1, /* of the guest's own port, from grade port on */
	ADMIT_READ_SHARE = 2, /* guests that ask the same may share one request */
	ADMIT_READ_KEEP = 4, /* and its answer for a moment */
};

struct admit_read {
	uint8_t mgmt_class;
	uint16_t attribute;
	uint8_t flags;
	uint8_t modifier; /* which kind of attribute modifier it has */
};

/* The row of what this MAD reads, or NULL: not known. The method is not looked at. */
const struct admit_read *admit_read(const uint8_t *mad);

/* The attribute has this modifier. Not every agent looks before it counts by it, so what cannot be stays here. */
bool admit_read_in_range(const struct admit_read *read, const uint8_t *mad);

/* Some row is of this class, and for a vendor class of range 2 of this OUI. */
bool admit_reads_class(uint8_t mgmt_class, uint32_t oui);
