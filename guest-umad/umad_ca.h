/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A snapshot of the adapters and ports of the link, and umad's choice among them. */
#pragma once

#include "guest-umad/umad_lib.h"

#define GUMAD_NODE_SWITCH 2 /* NodeInfo:NodeType */

struct gumad_snapshot {
	struct gumad_port_info port[GUMAD_MAX_PORTS]; /* sorted by adapter name, then by number */
	unsigned int n;
	bool failed; /* not every port could be read */
};

/* Waits for a peer as gumad_call_begin() does; called without the lock. */
void gumad_snapshot_now(struct gumad_snapshot *s);
/* Whether this is the first port of its adapter. */
bool gumad_snapshot_is_first(const struct gumad_snapshot *s, unsigned int at);

/* The port takes no SMPs; another adapter with the same port GUID does (IsSMdisabled). */
bool gumad_smi_is_disabled(const struct chan_port_info *info);

/*
 * umad's choice of an adapter and a port if the caller gives none; lock held, link attached. smi: only
 * ports whose SMI is not disabled. 0 or -ENODEV.
 */
int gumad_resolve(const char *ca_name, int *portnum, bool smi, char ret_name[UMAD_CA_NAME_LEN]);
