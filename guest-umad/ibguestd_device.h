/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * One vib device of this domain: the shell of the front-end's machine (channel/xenbus_front.h).
 */
#pragma once

#include <stdbool.h>

#include "base/mono.h"
#include "channel/xenbus_front.h"
#include "guest-umad/ibguestd_feed.h"
#include "guest-umad/ibguestd_store.h"

#define GUESTD_EVENTS_MAX 8
/* The token of the watch on a back-end's state, before the device's handle. */
#define GUESTD_LOOK_TOKEN "look/"

struct guestd_device {
	bool used;
	bool watching; /* back/state */
	bool running; /* in the middle of a step's actions */
	bool known; /* back and back_id were read once */
	bool lent; /* the loop has the channel */
	unsigned int up; /* its number to the loop */
	unsigned int handle;
	struct guestd_store *store; /* NULL while there is no connection */
	struct guestd_feed *feed;
	struct chan_front front;
	char dir[32], name[32];
	char back[GUESTD_PATH_MAX];
	uint32_t back_id;
	struct mono_ms timer;
	struct chan_back_keys offer;
	struct chan_front_keys keys;
	struct chan *chan;
	enum chan_fault_kind
		reported; /* the last fault written, so that a repeated one is written once */
	/* events from the actions, for the next steps */
	unsigned int events;
	struct chan_front_event event[GUESTD_EVENTS_MAX];
};

/* A device of that handle appeared. */
void guestd_device_init(struct guestd_device *d, struct guestd_store *store,
			struct guestd_feed *feed, unsigned int up, unsigned int handle);

/* A watch on its own directory fired, or on the back-end's state. */
void guestd_device_find(struct guestd_device *d);
void guestd_device_look(struct guestd_device *d);

/* A new connection to xenstore, or NULL: it was lost; the session continues. */
void guestd_device_store(struct guestd_device *d, struct guestd_store *store);

/* Handles a channel that the loop returned, and the timers. */
void guestd_device_poll(struct guestd_device *d, struct mono_ms now);

/* The service ends; `used` says for how long there is something to be done. */
void guestd_device_stop(struct guestd_device *d);
/* Frees the device without waiting for the back-end any longer. */
void guestd_device_abandon(struct guestd_device *d);
