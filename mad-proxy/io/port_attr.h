/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Attributes of a physical port: reads them through libibumad, and compares two readings to find events.
 */
#pragma once

#include "mad-proxy/core/core.h"

#define IO_PORT_CHANGES_MAX 6

/* IBA 14.2.5.6, table 146: PortState. */
enum { IO_PORT_STATE_DOWN = 1, IO_PORT_STATE_INIT = 2, IO_PORT_STATE_ACTIVE = 4 };

/* Reads all attributes. 0, or -ENODEV/-EIO if the port does not exist, with *ret unchanged. */
int io_port_attr_read(const char *ca_name, unsigned int port_num, struct proxy_port_attr *ret);

/* Attributes for guests while the device is gone: the same names, state Down, no LID. */
void io_port_attr_down(struct proxy_port_attr *attr);

/* Whether anything a guest can see differs. Pure. */
bool io_port_attr_equal(const struct proxy_port_attr *a, const struct proxy_port_attr *b);

/*
 * The events between two readings, in the order in which guests get them: LID, SM and P_Key changes before
 * ACTIVE, so that a guest that handles ACTIVE sees the new values; only DOWN if the port is down, because the
 * other attributes are then undefined. Returns their number. Pure.
 */
unsigned int io_port_attr_changes(const struct proxy_port_attr *before,
				  const struct proxy_port_attr *after,
				  enum chan_port_event ret[IO_PORT_CHANGES_MAX]);
