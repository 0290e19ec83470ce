/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attributes of a physical port: read through libibumad, compared to find out what happened.
 */
#pragma once

#include "mad-proxy/core/core.h"

#define IO_PORT_CHANGES_MAX 6

/* IBA 14.2.5.6, table 146: PortState. */
enum { IO_PORT_STATE_DOWN = 1, IO_PORT_STATE_INIT = 2, IO_PORT_STATE_ACTIVE = 4 };

/* Reads all of it. 0, or -ENODEV/-EIO when the port is not there; *ret untouched then. */
int io_port_attr_read(const char *ca_name, unsigned int port_num, struct proxy_port_attr *ret);

/* The port as guests see it while it is gone: known by name, down, without a LID. */
void io_port_attr_down(struct proxy_port_attr *attr);

/* Whether anything a guest can see differs. Pure. */
bool io_port_attr_equal(const struct proxy_port_attr *a, const struct proxy_port_attr *b);

/*
 * What happened between two readings, in the order guests should hear of it: LID, SM and P_Key
 * changes before ACTIVE, so that who wakes up finds all of it true; DOWN alone, as nothing else
 * holds on a port that is down. Returns their number. Pure.
 */
unsigned int io_port_attr_changes(const struct proxy_port_attr *before,
				  const struct proxy_port_attr *after,
				  enum chan_port_event ret[IO_PORT_CHANGES_MAX]);
