/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One device of a domain (docs/protocol.md): passes values of xenstore as events to the machine of
 * channel/xenbus_back.h and carries out its actions: it maps the ring (channel/xen.h), which becomes a session
 * of the guest, and unmaps it.
 *
 * Ownership: xen->devices owns a device; a device owns its watches and timers and, while it is connected,
 * points to its session. It frees itself at the action FORGET, so any call below that passes an event may free
 * the device.
 *
 * Limits for a front-end: its state is read as often as struct chan_pace allows, one read at a time; a watch
 * that fires too often is ignored for a while (xen_store.h); records are folded (device_log.h).
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
	char *guest; /* name of its guest, constant */
	int port; /* -1: B/port is not a port of the gateway */
	struct chan_back back;
	struct io_store_watch *watch, *online; /* of F/state and B/online */
	struct chan_pace pace;
	guint pace_timer; /* of a delayed read, 0: none */
	guint timer; /* the machine's */
	bool looking, look_again;
	bool look_back; /* the next read includes B, not only F/state */
	GPtrArray *asked; /* outstanding requests with a callback */
	struct io_store_request *writes; /* of this step, not sent yet */
	struct chan_front_keys keys; /* as last read */
	struct io_session *session; /* NULL: none */
	enum audit_reason end_reason; /* the reason for the end of the session */
	struct io_device_log log;
	guint log_timer;
};

/* A device for backend/vib/DOMID/HANDLE; starts to read it. */
struct io_xen_device *io_xen_device_new(struct io_xen *xen, uint32_t domid, uint32_t handle,
					const char *guest);

/* Frees the device without changing xenstore; requests that were sent are still carried out. */
void io_xen_device_free(struct io_xen_device *device);

/* F/state may have changed; or also the toolstack's keys. */
void io_xen_device_look(struct io_xen_device *device);
void io_xen_device_look_at_all(struct io_xen_device *device);

/* Detaches the device for that reason; or: its domain has ended. */
void io_xen_device_detach(struct io_xen_device *device, enum audit_reason reason);
void io_xen_device_domain_gone(struct io_xen_device *device);

/* B was deleted. */
void io_xen_device_vanished(struct io_xen_device *device);

/* For xen_nodes.c: the machine's next event; a record of the device, and a count for its guest. */
void io_xen_device_step(struct io_xen_device *device, struct chan_back_event event);
void io_xen_device_record(struct io_xen_device *device, enum audit_verdict verdict,
			  const char *detail);
void io_xen_device_count(struct io_xen_device *device, enum proxy_counter c);

/* The gateway stops: ends the session, writes Closed, frees the device. */
void io_xen_device_stop(struct io_xen_device *device);
