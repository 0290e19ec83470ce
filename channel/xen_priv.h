/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the two ends of a Xen channel share; xen.c has the functions. */
#pragma once

#include <xenevtchn.h>
#include <xentoollog.h>

#include "channel/xen.h"

#define CHAN_XEN_DOMIDS 0x7ff0u /* xen.h's DOMID_FIRST_RESERVED */

/* The event channel of one end. */
struct chan_xen_events {
	xenevtchn_handle *handle; /* non-blocking */
	evtchn_port_t port;
};

/* A logger for the libraries that writes nothing: a front-end's bad reference is an error of its device. */
extern struct xentoollog_logger chan_xen_quiet;

/* -errno of a failed call of the libraries; not every call sets errno. */
int chan_xen_failure(void);

/* A handle without a port. 0 or -errno; close it in either case. */
int chan_xen_events_open(struct chan_xen_events *events);
void chan_xen_events_close(struct chan_xen_events *events);

/* Stores the result of a bind. 0 or -errno. */
int chan_xen_events_bound(struct chan_xen_events *events, xenevtchn_port_or_error_t port);

/* 1: it rang, and is masked until it is unmasked; 0: it did not; -errno. */
int chan_xen_events_take(struct chan_xen_events *events);
