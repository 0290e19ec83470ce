/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads and writes of a device in xenstore, for xen_device.c. Each read, and each write that fails, gives the
 * device's machine an event. Writes are collected, and io_xen_nodes_send() sends them as one transaction.
 * Requests are carried out in the order in which they were made.
 */
#pragma once

#include "mad-proxy/io/xen_device.h"

#define IO_XEN_SLOTS CHAN_RING_SLOTS_DEFAULT

/* The front-end's keys. */
void io_xen_nodes_read_keys(struct io_xen_device *d);

/* Writes a key of B; ctx is the device. Returns 0, as chan_keys_write_fn. */
int io_xen_nodes_write(void *ctx, const char *name, const char *value);
void io_xen_nodes_show(struct io_xen_device *d, enum chan_xenbus_state state);
void io_xen_nodes_clear_fault(struct io_xen_device *d);
void io_xen_nodes_send(struct io_xen_device *d);
