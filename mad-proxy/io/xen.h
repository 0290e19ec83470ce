/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface of the gateway's Xen part: attaches, detaches and lists guests that are domains. In a build
 * without Xen (xen_none.c), or on a machine that is not a Xen domain, io_xen_new() returns NULL, and all other
 * functions accept NULL.
 *
 *	xen.c		start, end, commands of the operator
 *	xen_domains.c	the domains, which guest each one is, which devices each should have
 *	xen_survey.c	reads domains and devices from xenstore
 *	xen_pair.c	the nodes of a new device
 *	xen_device.c	one device: the machine of channel/xenbus_back.h, and its session
 *	xen_nodes.c	reads and writes of a device
 *	xen_store*.c	xenstore, on a separate thread; xen_request.c: requests to it
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

struct io_gateway;
struct io_xen;

/* Starts. NULL: this machine is not a Xen domain, which is written to the journal. */
struct io_xen *io_xen_new(struct io_gateway *gate);

/* Ends all sessions of devices and sets the devices to Closed. NULL is allowed. */
void io_xen_free(struct io_xen *xen);

/* gate->policy has changed. */
void io_xen_policy_changed(struct io_xen *xen);

/* The result; error NULL: success. */
typedef void (*io_xen_done)(void *ctx, const char *error);

struct io_xen_attach {
	const char *domain; /* name, UUID or id */
	const char *port; /* CA/N; NULL: the policy's first */
	const char *handle; /* a number; NULL: the lowest that is free */
	char *guest; /* this copy and the rest are set when io_xen_attach() returns true */
	uint32_t domid;
	uint32_t handle_number;
};

/*
 * Makes a device. False: it is not allowed or not possible; *ret_error is the reason (free it), and done is
 * not called. True: done is called later.
 */
bool io_xen_attach(struct io_xen *xen, struct io_xen_attach *attach, io_xen_done done, void *ctx,
		   char **ret_error);

/*
 * Removes all devices of a guest; their sessions end at once. Returns their number; if it is not 0, done is
 * called when the devices are deleted.
 */
unsigned int io_xen_detach(struct io_xen *xen, const char *guest, io_xen_done done, void *ctx);

struct io_xen_view {
	const char *guest;
	uint32_t domid;
	uint32_t handle;
	const char *state;
	int port; /* -1: one that the gateway does not have */
};

void io_xen_each_device(const struct io_xen *xen,
			void (*each)(void *ctx, const struct io_xen_view *view), void *ctx);
