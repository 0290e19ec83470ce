/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Adapters as pairs of an SMI and a GSI (IBUMAD_1.3 and 1.4), declared for builds with older headers. */
#pragma once

#include <stddef.h>
#include <stdint.h>

#include <infiniband/umad.h>

#ifndef HAVE_UMAD_CA_PAIR
struct umad_ca_pair {
	char smi_name[UMAD_CA_NAME_LEN];
	uint32_t smi_preferred_port;
	char gsi_name[UMAD_CA_NAME_LEN];
	uint32_t gsi_preferred_port;
};

int umad_open_smi_port(const char *ca_name, int portnum);
int umad_get_smi_gsi_pairs(struct umad_ca_pair cas[], size_t max);
int umad_get_smi_gsi_pair_by_ca_name(const char *devname, uint8_t portnum,
				     struct umad_ca_pair *ca_pair, unsigned enforce_smi);
#endif

_Static_assert(offsetof(struct umad_ca_pair, smi_name) == 0 &&
		       offsetof(struct umad_ca_pair, smi_preferred_port) == 20 &&
		       offsetof(struct umad_ca_pair, gsi_name) == 24 &&
		       offsetof(struct umad_ca_pair, gsi_preferred_port) == 44 &&
		       sizeof(struct umad_ca_pair) == 48,
	       "the layout that callers were compiled with");
