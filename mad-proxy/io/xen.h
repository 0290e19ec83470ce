/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The gateway's Xen side as the rest of the shell sees it: guests that are domains, attached and
 * detached, and what they have. Built without Xen (xen_none.c), or on a machine that is not a Xen
 * domain, there is none of it: io_xen_new() returns NULL, and all others take that.
 *
 *	xen.c		this: start, end, the operator's wishes
 *	xen_domains.c	which domains there are, whose guests they are, what they should have
 *	xen_survey.c	what xenstore says of them
 *	xen_pair.c	the nodes of a new device
 *	xen_device.c	one device: channel/xenbus_back.h's machine and its session
 *	xen_nodes.c	what a device reads and writes
 *	xen_store*.c	xenstore, on a thread of its own; xen_request.c: what is asked of it
 */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/mono.h"

struct io_gateway;
struct io_xen;

/* Begins to look for domains. NULL: this is no Xen domain, which is written down. */
struct io_xen *io_xen_new(struct io_gateway *gate);

/* Ends all sessions of devices and shows their front-ends that nobody is here. NULL is fine. */
void io_xen_free(struct io_xen *xen);

/* gate->policy is another one now. */
void io_xen_policy_changed(struct io_xen *xen);

/* How it ended; error NULL: well. data: for attach, who asks then. */
typedef void (*io_xen_done)(void *ctx, const char *error);

struct io_xen_attach {
	const char *domain; /* name, UUID or id */
	const char *port; /* CA/N; NULL: the policy's first */
	const char *handle; /* a number; NULL: the lowest that is free */
	char *guest; /* set at once when the attachment is under way: a copy, and the rest */
	uint32_t domid;
	uint32_t handle_number;
};

/*
 * Makes a device. False: it may not or cannot be, *ret_error says why (to be freed), done is not
 * called. True: done is called later.
 */
bool io_xen_attach(struct io_xen *xen, struct io_xen_attach *attach, io_xen_done done, void *ctx,
		   char **ret_error);

/*
 * Removes all devices of a guest; their sessions end at once. Returns how many; if any, done is
 * called when nothing is left of them.
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
