/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Adapters and ports as the link shows them at one moment, and umad's choice among them. */
#pragma once

#include "guest-umad/umad_lib.h"

#define GUMAD_NODE_SWITCH 2 /* NodeInfo:NodeType */

struct gumad_snapshot {
	struct gumad_port_info port[GUMAD_MAX_PORTS]; /* by name of the adapter, then by number */
	unsigned int n;
	bool failed; /* not every port could be asked */
};

/* Waits for a peer as gumad_ask() does; the lock is not held. */
void gumad_snapshot_now(struct gumad_snapshot *s);
/* The first port of each adapter stands for it. */
bool gumad_snapshot_is_first(const struct gumad_snapshot *s, unsigned int at);

/* The port takes no SMPs: another adapter of the same port GUID does (IsSMdisabled). */
bool gumad_smi_is_disabled(const struct chan_port_info *info);

/*
 * umad's choice of an adapter and a port when the caller leaves them open; the lock is held and a link
 * attached. smi: only among ports whose SMI is not disabled. 0 or -ENODEV.
 */
int gumad_resolve(const char *ca_name, int *portnum, bool smi, char ret_name[UMAD_CA_NAME_LEN]);
