/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "guest-umad/ibguestd_device.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "channel/xen.h"

/* --- events --- */

static void happened(struct guestd_device *d, struct chan_front_event event)
{
	assert(d->events < GUESTD_EVENTS_MAX);
	d->event[d->events++] = event;
}

static void happened_kind(struct guestd_device *d, enum chan_front_event_kind kind)
{
	happened(d, (struct chan_front_event){.kind = kind});
}

static void happened_fault(struct guestd_device *d, enum chan_front_event_kind kind,
			   enum chan_fault_kind fault, int err)
{
	happened(d, (struct chan_front_event){.kind = kind, .fault = {.kind = fault, .err = err}});
}

static void store_failed(struct guestd_device *d, int err)
{
	happened_fault(d, CHAN_FRONT_EV_STORE_FAILED, CHAN_FAULT_STORE, err);
}

/* --- actions --- */

static void watch_back(struct guestd_device *d, bool on)
{
	char path[GUESTD_PATH_MAX], token[32];

	snprintf(path, sizeof(path), "%.*s/" CHAN_XENBUS_STATE,
		 (int)(sizeof(path) - sizeof(CHAN_XENBUS_STATE) - 1), d->back);
	snprintf(token, sizeof(token), GUESTD_LOOK_TOKEN "%u", d->handle);
	if (!on && d->watching && d->store)
		guestd_store_unwatch(d->store, path, token);
	if (on && !d->watching && d->store)
		on = guestd_store_watch(d->store, path, token) == 0;
	d->watching = on;
}

/* Reads where the back-end is; *ret_moved: its path changed. 0 or -errno. */
static int find_back(struct guestd_device *d, bool *ret_moved)
{
	char back[GUESTD_PATH_MAX];
	struct chan_fault fault;
	struct chan_value value;
	uint32_t id;
	int rc = guestd_store_read_path(d->store, d->dir, CHAN_XENBUS_BACKEND, back);

	if (rc < 0)
		return rc;
	guestd_store_read(d->store, d->dir, CHAN_XENBUS_BACKEND_ID, &value);
	if (guestd_store_is_trouble(value.err))
		return -value.err;
	if (!chan_value_number(&value, 0, CHAN_XENBUS_DOMID_MAX, &id, &fault))
		return -ENOENT;
	*ret_moved = d->known && (strcmp(back, d->back) != 0 || id != d->back_id);
	if (*ret_moved)
		watch_back(d, false);
	snprintf(d->back, sizeof(d->back), "%s", back);
	d->back_id = id;
	d->known = true;
	watch_back(d, true);
	return d->watching ? 0 : -EIO;
}

static void do_find(struct guestd_device *d)
{
	struct chan_value value;
	bool moved = false;
	int rc = find_back(d, &moved);

	if (rc < 0 && guestd_store_is_trouble(-rc)) {
		store_failed(d, -rc);
		return;
	}
	if (rc < 0) {
		happened_kind(d, CHAN_FRONT_EV_OWN_GONE);
		return;
	}
	guestd_store_read(d->store, d->dir, CHAN_XENBUS_STATE, &value);
	if (guestd_store_is_trouble(value.err))
		store_failed(d, value.err);
	else
		happened(d, chan_front_ev_own(&d->front, chan_value_level(&value), moved));
}

static void do_look(struct guestd_device *d)
{
	struct chan_value value;

	guestd_store_read(d->store, d->back, CHAN_XENBUS_STATE, &value);
	if (guestd_store_is_trouble(value.err))
		store_failed(d, value.err);
	else
		happened(d, chan_front_ev_level(chan_value_level(&value)));
}

struct offer_reader {
	struct guestd_device *d;
	int trouble;
};

static void read_offer(void *ctx, const char *name, struct chan_value *ret)
{
	struct offer_reader *reader = ctx;

	guestd_store_read(reader->d->store, reader->d->back, name, ret);
	if (guestd_store_is_trouble(ret->err))
		reader->trouble = ret->err;
}

static void do_read_offer(struct guestd_device *d)
{
	struct chan_front_event event = {.kind = CHAN_FRONT_EV_OFFER};
	struct offer_reader reader = {.d = d};

	chan_back_keys_read(read_offer, &reader, &d->offer, &event.fault);
	if (reader.trouble)
		store_failed(d, reader.trouble);
	else
		happened(d, event);
}

static void do_make(struct guestd_device *d)
{
	int rc;

	assert(!d->chan);
	d->keys = (struct chan_front_keys){
		.version = d->offer.version,
		.slots = d->offer.slots,
		.ref_count = CHAN_XEN_REFS(d->offer.slots),
	};
	rc = chan_xen_guest_new(d->back_id, d->offer.slots, &d->chan, d->keys.ref,
				&d->keys.event_channel);
	if (rc == 0) {
		happened_kind(d, CHAN_FRONT_EV_MADE);
		return;
	}
	d->chan = NULL;
	if (d->reported != CHAN_FAULT_MAP)
		guestd_log("%s: cannot grant %u pages: %s%s", d->name, d->keys.ref_count,
			   strerror(-rc),
			   rc == -ENOSPC   ? " (raise /sys/module/xen_gntalloc/parameters/limit)"
			   : rc == -ENOENT ? " (modprobe xen_gntalloc xen_evtchn)"
					   : "");
	d->reported = CHAN_FAULT_MAP;
	happened_fault(d, CHAN_FRONT_EV_FAULT, CHAN_FAULT_MAP, -rc);
}

static void do_drop(struct guestd_device *d)
{
	if (d->lent)
		guestd_feed_take_back(d->feed, d->up);
	d->lent = false;
	chan_free(d->chan);
	d->chan = NULL;
}

static void do_show(struct guestd_device *d, const struct chan_front_keys *keys, unsigned int state)
{
	int rc = d->store ? guestd_store_show(d->store, d->dir, keys, state) : -EIO;

	if (rc == -ENOENT)
		happened_kind(d, CHAN_FRONT_EV_OWN_GONE);
	else if (rc < 0)
		store_failed(d, -rc);
}

static void do_forget(struct guestd_device *d)
{
	do_drop(d);
	watch_back(d, false);
	d->used = false;
	d->events = 0;
}

static void act(struct guestd_device *d, const struct chan_front_action *action)
{
	const bool reads = action->kind == CHAN_FRONT_DO_FIND ||
			   action->kind == CHAN_FRONT_DO_LOOK ||
			   action->kind == CHAN_FRONT_DO_READ_OFFER;

	if (reads && !d->store) {
		store_failed(d, EIO);
		return;
	}
	switch (action->kind) {
	case CHAN_FRONT_DO_FIND:
		do_find(d);
		break;
	case CHAN_FRONT_DO_LOOK:
		do_look(d);
		break;
	case CHAN_FRONT_DO_READ_OFFER:
		do_read_offer(d);
		break;
	case CHAN_FRONT_DO_MAKE:
		do_make(d);
		break;
	case CHAN_FRONT_DO_OFFER:
		do_show(d, &d->keys, CHAN_XENBUS_INITIALISED);
		break;
	case CHAN_FRONT_DO_SHOW:
		do_show(d, NULL, action->state);
		break;
	case CHAN_FRONT_DO_RUN:
		guestd_feed_offer(d->feed, d->up, d->chan, d->name);
		d->lent = true;
		break;
	case CHAN_FRONT_DO_DROP:
		do_drop(d);
		break;
	case CHAN_FRONT_DO_TIMER:
		d->timer = mono_add(guestd_now(), action->ms);
		break;
	case CHAN_FRONT_DO_STOP_TIMER:
		d->timer = MONO_NEVER;
		break;
	case CHAN_FRONT_DO_FORGET:
		do_forget(d);
		break;
	case CHAN_FRONT_DO_NOTHING:
	case CHAN_FRONT_ACTIONS:
		break;
	}
}

/* Logs each fault once: it may recur at every attempt. */
static void report(struct guestd_device *d, const struct chan_fault *fault)
{
	char text[CHAN_XENBUS_ERROR_MAX];

	if (fault->kind == CHAN_FAULT_NONE || fault->kind == d->reported)
		return;
	d->reported = fault->kind;
	chan_fault_print(fault, text);
	guestd_log("%s: %s", d->name, text);
}

/* Feeds events to the state machine and acts, until no event is left. */
static void settle(struct guestd_device *d)
{
	struct chan_front_todo todo;

	if (d->running)
		return;
	d->running = true;
	while (d->used && d->events) {
		struct chan_front_event event = d->event[0];

		memmove(d->event, d->event + 1, --d->events * sizeof(event));
		report(d, &event.fault);
		chan_front_step(&d->front, &event, &todo);
		for (unsigned int i = 0; i < todo.count && d->used; i++)
			act(d, &todo.action[i]);
	}
	d->running = false;
}

/* --- called by the connector --- */

void guestd_device_init(struct guestd_device *d, struct guestd_store *store,
			struct guestd_feed *feed, unsigned int up, unsigned int handle)
{
	*d = (struct guestd_device){.used = true,
				    .store = store,
				    .feed = feed,
				    .up = up,
				    .handle = handle,
				    .timer = MONO_NEVER};
	snprintf(d->dir, sizeof(d->dir), CHAN_XENBUS_FRONT_DIR "/%u", handle);
	snprintf(d->name, sizeof(d->name), "vib device %u", handle);
	chan_front_init(&d->front);
	guestd_device_find(d);
}

void guestd_device_find(struct guestd_device *d)
{
	do_find(d);
	settle(d);
}

void guestd_device_look(struct guestd_device *d)
{
	do_look(d);
	settle(d);
}

void guestd_device_store(struct guestd_device *d, struct guestd_store *store)
{
	d->store = store;
	d->watching = false; /* a watch ends with its connection */
	if (store)
		guestd_device_find(d);
}

/* The reason for which the loop returned the session. */
static void came_back(struct guestd_device *d, enum guestd_why why)
{
	d->lent = false;
	if (why == GUESTD_RECALL)
		return;
	happened_fault(d, CHAN_FRONT_EV_FAULT,
		       why == GUESTD_HELLO ? CHAN_FAULT_HELLO : CHAN_FAULT_RING, 0);
}

void guestd_device_poll(struct guestd_device *d, struct mono_ms now)
{
	enum guestd_why why;

	if (d->lent && guestd_feed_settled(d->feed, d->up)) {
		d->reported = CHAN_FAULT_NONE;
		happened_kind(d, CHAN_FRONT_EV_SETTLED);
	}
	if (d->lent && guestd_feed_back(d->feed, d->up, &why))
		came_back(d, why);
	if (!mono_before(now, d->timer)) {
		d->timer = MONO_NEVER;
		happened_kind(d, CHAN_FRONT_EV_TIMER);
	}
	settle(d);
}

void guestd_device_stop(struct guestd_device *d)
{
	happened_kind(d, CHAN_FRONT_EV_STOP);
	settle(d);
}

void guestd_device_abandon(struct guestd_device *d)
{
	do_forget(d);
}
