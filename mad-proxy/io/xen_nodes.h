/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a device reads and writes in xenstore, for xen_device.c. Looking and reading end in a step of
 * its machine; so do writes that fail. What is written is gathered, and goes as one transaction
 * with io_xen_nodes_send(); everything happens in the order in which it was asked for.
 */
#pragma once

#include "mad-proxy/io/xen_device.h"

#define IO_XEN_SLOTS CHAN_RING_SLOTS_DEFAULT

/* The front-end's keys. */
void io_xen_nodes_read_keys(struct io_xen_device *d);

void io_xen_nodes_publish(struct io_xen_device *d);
void io_xen_nodes_show(struct io_xen_device *d, enum chan_xenbus_state state);
void io_xen_nodes_fault(struct io_xen_device *d, const struct chan_fault *why);
void io_xen_nodes_clear_fault(struct io_xen_device *d);
void io_xen_nodes_offline(struct io_xen_device *d);
void io_xen_nodes_send(struct io_xen_device *d);

/* Sends what was gathered, then F and B go. Nobody hears of the outcome. */
void io_xen_nodes_delete(struct io_xen_device *d);
