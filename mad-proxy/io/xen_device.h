/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One device of a domain (docs/protocol.md): drives channel/xenbus_back.h's machine with what
 * stands in xenstore, and carries out what it says: the ring is mapped (channel/xen.h) and becomes
 * a session of the guest, or is let go.
 *
 * Ownership: xen->devices owns it; it owns its watch, its timers and, while it is connected, names
 * its session. It frees itself when the machine says FORGET: after any of the calls below that
 * tells it something, it may be no more.
 *
 * What a front-end does can cost only this much: it is looked at as often as struct chan_pace
 * lets, one look at a time; a watch that fires too often is not heard (xen_store.h); records are
 * folded (device_log.h).
 */
#pragma once

#include "base/mono.h"
#include "channel/xenbus_back.h"
#include "mad-proxy/core/core.h"
#include "mad-proxy/io/device_log.h"
#include "mad-proxy/io/guest_listen.h"
#include "mad-proxy/io/xen_store.h"

struct io_xen;

struct io_xen_device {
	struct io_xen *xen;
	uint32_t domid;
	uint32_t handle;
	char *back_path; /* B, relative */
	char *front_path; /* F */
	char *guest; /* whose; fixed for the device's life */
	int port; /* -1: B/port names none of the gateway's */
	struct chan_back back;
	struct io_store_watch *watch, *online; /* of F/state and B/online */
	struct chan_pace pace;
	guint pace_timer; /* the next look, 0: none is put off */
	guint timer; /* the machine's */
	bool looking, look_again;
	bool look_back; /* the next look is at B too, not at F/state alone */
	GPtrArray *asked; /* requests under way that call back */
	struct io_store_request *writes; /* of this step, not sent yet */
	struct chan_front_keys keys; /* as last read */
	struct io_session *session; /* NULL: none */
	enum audit_reason end_reason; /* what the session's end will say */
	struct io_device_log log;
	guint log_timer;
};

/* What stands under backend/vib/DOMID/HANDLE; begins to look at it. */
struct io_xen_device *io_xen_device_new(struct io_xen *xen, uint32_t domid, uint32_t handle,
					const char *guest);

/* Forgets it, leaving xenstore as it is; what was sent is still carried out. */
void io_xen_device_free(struct io_xen_device *device);

/* F/state may have changed; what the toolstack wrote, as well. */
void io_xen_device_look(struct io_xen_device *device);
void io_xen_device_look_at_all(struct io_xen_device *device);

/* It is to go, why; its domain is gone. */
void io_xen_device_detach(struct io_xen_device *device, enum audit_reason reason);
void io_xen_device_domain_gone(struct io_xen_device *device);

/* B is gone. */
void io_xen_device_vanished(struct io_xen_device *device);

/* For xen_nodes.c: the machine's next event; a record of the device, and a count for its guest. */
void io_xen_device_step(struct io_xen_device *device, struct chan_back_event event);
void io_xen_device_record(struct io_xen_device *device, enum audit_verdict verdict,
			  const char *detail);
void io_xen_device_count(struct io_xen_device *device, enum proxy_counter c);

/* The gateway ends: its session is ended, its front-end is shown Closed; then it is freed. */
void io_xen_device_stop(struct io_xen_device *device);
