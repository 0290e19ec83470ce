/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/xen_nodes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/xen_priv.h"

/* --- requests --- */

static struct io_store_request *ask_new(struct io_xen_device *d,
					void (*done)(struct io_store_request *request))
{
	return io_store_request_new(done, d);
}

static void ask(struct io_xen_device *d, struct io_store_request *r)
{
	g_ptr_array_add(d->asked, r);
	io_store_send(d->xen->store, r);
}

/* Every done() begins with this. */
static struct io_xen_device *answered(struct io_store_request *r)
{
	struct io_xen_device *d = r->ctx;

	g_ptr_array_remove_fast(d->asked, r);
	return d;
}

static struct chan_back_event store_failed(struct io_xen_device *d, int error)
{
	io_xen_device_count(d, PROXY_COUNT_store_failed);
	return (struct chan_back_event){
		.kind = CHAN_BACK_EV_STORE_FAILED,
		.fault = {.kind = CHAN_FAULT_STORE, .err = -error},
	};
}

static void value_of(struct io_store_request *r, guint n, struct chan_value *ret)
{
	const struct io_store_op *op = io_store_op(r, n);

	chan_value_set(ret, op->value, op->len, op->err);
}

/* --- reading --- */

enum { LOOK_STATE, LOOK_ID, LOOK_ONLINE, LOOK_PORT };

static void take_port(struct io_xen_device *d, const char *name)
{
	if (chan_back_has_ring(&d->back))
		return;
	d->port = name ? io_xen_port_of(d->xen, name) : 0;
}

/* Takes the values of B. True: they are the next event, whatever F contains. */
static bool take_back(struct io_xen_device *d, struct io_store_request *r)
{
	const char *online;

	if (io_store_op(r, LOOK_ID)->err == ENOENT) {
		io_xen_device_vanished(d);
		return true;
	}
	take_port(d, io_store_text(r, LOOK_PORT));
	online = io_store_text(r, LOOK_ONLINE);
	if (!online || strcmp(online, "0") != 0 || d->back.state == CHAN_BACK_DETACHING)
		return false;
	io_xen_device_detach(d, AUDIT_REASON_OPERATOR);
	return true;
}

static void take_look(struct io_xen_device *d, struct io_store_request *r)
{
	struct chan_value state;

	if (r->error < 0) {
		io_xen_device_step(d, store_failed(d, r->error));
		return;
	}
	if (r->ops->len > LOOK_ID && take_back(d, r))
		return;
	value_of(r, LOOK_STATE, &state);
	io_xen_device_step(d, chan_back_ev_level(chan_value_level(&state), r->tag));
}

static void look_done(struct io_store_request *r)
{
	struct io_xen_device *d = answered(r);
	gpointer key = io_xen_key(d->domid, d->handle);
	bool again = d->look_again;
	struct io_xen *xen = d->xen;

	d->looking = false;
	d->look_again = false;
	/* after reconnecting, all devices are read */
	if (r->error == -ENOTCONN)
		return;
	take_look(d, r);
	if (again && g_hash_table_lookup(xen->devices, key) == d)
		io_xen_device_look(d);
}

/* Usually only F/state has to be read; each further read is work for xenstored. */
static void look_send(struct io_xen_device *d)
{
	struct io_store_request *r = ask_new(d, look_done);

	r->tag = d->back.serial;
	r->alone = true;
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_STATE, d->front_path);
	if (d->look_back) {
		io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_FRONTEND_ID, d->back_path);
		io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_ONLINE, d->back_path);
		io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_PORT, d->back_path);
	}
	d->look_back = false;
	d->looking = true;
	ask(d, r);
}

static gboolean pace_over(gpointer data)
{
	struct io_xen_device *d = data;

	d->pace_timer = 0;
	io_xen_device_look(d);
	return G_SOURCE_REMOVE;
}

void io_xen_device_look(struct io_xen_device *d)
{
	uint32_t wait;

	if (d->looking) {
		d->look_again = true;
		return;
	}
	if (d->pace_timer)
		return;
	wait = chan_pace_take(&d->pace, io_clock_now().ms);
	if (wait == 0) {
		look_send(d);
		return;
	}
	io_xen_device_count(d, PROXY_COUNT_device_paced);
	d->pace_timer = g_timeout_add(wait, pace_over, d);
}

void io_xen_device_look_at_all(struct io_xen_device *d)
{
	d->look_back = true;
	io_xen_device_look(d);
}

/* For chan_front_keys_read(): the value that the request read under that name. */
static void give_key(void *ctx, const char *name, struct chan_value *ret)
{
	struct io_store_request *r = ctx;

	for (guint i = 0; i < r->ops->len; i++) {
		const char *path = io_store_op(r, i)->path;

		if (strcmp(strrchr(path, '/') + 1, name) == 0) {
			value_of(r, i, ret);
			return;
		}
	}
	chan_value_set(ret, NULL, 0, ENOENT);
}

/* The state machine detects a read that came too early. */
static void keys_done(struct io_store_request *r)
{
	struct io_xen_device *d = answered(r);
	struct chan_fault wrong = {.kind = CHAN_FAULT_NONE};

	if (r->error < 0) {
		io_xen_device_step(d, store_failed(d, r->error));
		return;
	}
	chan_front_keys_read(IO_XEN_SLOTS, give_key, r, &d->keys, &wrong);
	io_xen_device_step(d, chan_back_ev_keys(wrong.kind ? &wrong : NULL, r->tag));
}

/* Each key is read once, without a transaction: the front-end could make a transaction retry for ever. */
void io_xen_nodes_read_keys(struct io_xen_device *d)
{
	struct io_store_request *r = ask_new(d, keys_done);

	r->tag = d->back.serial;
	r->alone = true;
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_CHOSEN, d->front_path);
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_EVENT_CHANNEL, d->front_path);
	for (uint32_t i = 0; i < CHAN_XENBUS_REFS(IO_XEN_SLOTS); i++)
		io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_RING_REF, d->front_path, i);
	ask(d, r);
}

/* --- writing --- */

static void writes_done(struct io_store_request *r)
{
	struct io_xen_device *d = answered(r);

	if (r->error == -ENOENT)
		io_xen_device_vanished(d);
	else if (r->error < 0)
		io_xen_device_step(d, store_failed(d, r->error));
}

/* For a device whose nodes are gone nothing is written: a write would create them again. */
static struct io_store_request *writes(struct io_xen_device *d)
{
	if (!d->writes) {
		d->writes = ask_new(d, writes_done);
		io_store_add(d->writes, IO_STORE_NEED, "%s/" CHAN_XENBUS_FRONTEND_ID, d->back_path);
	}
	return d->writes;
}

int io_xen_nodes_write(void *ctx, const char *name, const char *value)
{
	struct io_xen_device *d = ctx;

	io_store_add(writes(d), IO_STORE_WRITE, "%s/%s", d->back_path, name)->value =
		g_strdup(value);
	return 0;
}

void io_xen_nodes_show(struct io_xen_device *d, enum chan_xenbus_state state)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", (unsigned int)state);
	io_xen_nodes_write(d, CHAN_XENBUS_STATE, text);
}

void io_xen_nodes_send(struct io_xen_device *d)
{
	struct io_store_request *r = d->writes;

	d->writes = NULL;
	if (r)
		ask(d, r);
}

void io_xen_nodes_clear_fault(struct io_xen_device *d)
{
	io_store_add(writes(d), IO_STORE_REMOVE, "%s/" CHAN_XENBUS_ERROR, d->back_path);
}
