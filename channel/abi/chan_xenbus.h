/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The guest/host ABI on Xen: the keys in xenstore (docs/protocol.md is the specification).
 *
 *	B	backend/vib/FRONTID/HANDLE, under the back-end domain's own path
 *	F	/local/domain/FRONTID/device/vib/HANDLE
 *
 * The toolstack (ibgated) makes both in one transaction, F/state last; B is readable by the
 * front-end, F belongs to the front-end and is readable by the back-end. Numbers are decimal
 * as "%u" prints them: no sign, no blank, no leading zero, at most 10 digits.
 *
 * Included by the kernel front-end as well: constants only, no libc.
 */
#pragma once

#include "chan_ring.h"

#define CHAN_XENBUS_CLASS "vib"
#define CHAN_XENBUS_VERSION 1

/* Relative to the home of the domain that reads or writes (driver domains). */
#define CHAN_XENBUS_BACK_DIR "backend/vib"
#define CHAN_XENBUS_FRONT_DIR "device/vib"

/* B, by the toolstack */
#define CHAN_XENBUS_FRONTEND "frontend" /* path of F */
#define CHAN_XENBUS_FRONTEND_ID "frontend-id"
#define CHAN_XENBUS_ONLINE "online" /* 1; 0: the device is being removed */
#define CHAN_XENBUS_PORT "port" /* CA/N: the host's port of this device */
/* the front-end's domain, for a back-end that cannot read it in xenstore (a driver domain) */
#define CHAN_XENBUS_DOMAIN "domain" /* its name */
#define CHAN_XENBUS_UUID "uuid"

/* B, by the back-end, before it shows InitWait */
#define CHAN_XENBUS_VERSIONS "versions" /* list of versions, separated by one space */
#define CHAN_XENBUS_RING_KINDS "ring-kinds" /* list of words; "mad" is the first ring */
#define CHAN_XENBUS_MAD_SLOTS "mad-slots" /* slots of each direction of the MAD ring */
/* B, by the back-end, after a fault; removed at the next connection */
#define CHAN_XENBUS_ERROR "error"

/* F, by the toolstack */
#define CHAN_XENBUS_BACKEND "backend" /* path of B */
#define CHAN_XENBUS_BACKEND_ID "backend-id"
#define CHAN_XENBUS_HANDLE "handle"

/* F, by the front-end, before it shows Initialised */
#define CHAN_XENBUS_CHOSEN "version"
#define CHAN_XENBUS_RING_REF "ring-ref%u" /* 0 .. CHAN_XENBUS_REFS(slots) - 1 */
#define CHAN_XENBUS_EVENT_CHANNEL "event-channel"

/* B and F */
#define CHAN_XENBUS_STATE "state" /* enum chan_xenbus_state */

#define CHAN_XENBUS_KIND_MAD "mad"

/* The states of Xen's public/io/xenbus.h; 7 and 8 are not used. */
enum chan_xenbus_state {
	CHAN_XENBUS_INITIALISING = 1,
	CHAN_XENBUS_INIT_WAIT = 2, /* back-end only: its keys are written */
	CHAN_XENBUS_INITIALISED = 3, /* front-end only: its keys are written */
	CHAN_XENBUS_CONNECTED = 4,
	CHAN_XENBUS_CLOSING = 5,
	CHAN_XENBUS_CLOSED = 6,
};

/* Limits: bytes of a value, digits of a number, and so on. */
#define CHAN_XENBUS_VALUE_MAX 64
#define CHAN_XENBUS_DIGITS_MAX 10
#define CHAN_XENBUS_ERROR_MAX 128
#define CHAN_XENBUS_HANDLE_MAX 255
#define CHAN_XENBUS_DOMID_MAX 32751 /* below DOMID_FIRST_RESERVED */
#define CHAN_XENBUS_EVENT_CHANNEL_MAX 131071 /* ports of the FIFO ABI, 0 is none */
#define CHAN_XENBUS_SLOTS_MAX 1024

/* Pages, and so grant references, of a MAD ring: 21 for 128 slots. Reference i is page i. */
#define CHAN_XENBUS_REFS(slots) (CHAN_RING_MAP_BYTES(slots) / CHAN_RING_PAGE_BYTES)
#define CHAN_XENBUS_REFS_MAX 161 /* CHAN_XENBUS_REFS(CHAN_XENBUS_SLOTS_MAX) */
