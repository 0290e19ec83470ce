/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/xen_device.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "channel/xen.h"
#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/xen_priv.h"

#define DEVICE_RECORDS 16 /* in ten seconds */
#define RECORDS_SPAN_MS 10000
#define SLOTS CHAN_RING_SLOTS_DEFAULT

static void step(struct io_xen_device *d, struct chan_back_event event);

/* --- the journal --- */

static void record(struct io_xen_device *d, enum audit_verdict verdict, const char *detail)
{
	struct io_gateway *gate = d->xen->gate;
	struct mono_ms now = io_clock_now();
	char port[IO_PORT_NAME_BYTES];
	struct audit_record r = {.event = AUDIT_DEVICE,
				 .verdict = verdict,
				 .guest = d->guest,
				 .port = d->port,
				 .device_set = true,
				 .domid = d->domid,
				 .handle = d->handle,
				 .repeats = d->records_left_out,
				 .detail = detail};

	if (mono_until(d->records_since, now) >= RECORDS_SPAN_MS) {
		d->records_since = now;
		d->records = 0;
	}
	if (++d->records > DEVICE_RECORDS) {
		d->records_left_out++;
		return;
	}
	d->records_left_out = 0;
	io_journal_record(&r, io_gateway_port_name(gate, d->port, port));
}

static void count(struct io_xen_device *d, enum proxy_counter c)
{
	proxy_count_for(d->xen->gate->core, d->guest, c, 1);
}

/* --- asking xenstore --- */

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

/* First thing that a done() does. */
static struct io_xen_device *answered(struct io_store_request *r)
{
	struct io_xen_device *d = r->ctx;

	g_ptr_array_remove_fast(d->asked, r);
	return d;
}

static struct chan_back_event store_failed(struct io_xen_device *d, int error)
{
	count(d, PROXY_COUNT_store_failed);
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

/* --- looking --- */

enum { LOOK_ID, LOOK_ONLINE, LOOK_PORT, LOOK_STATE };

static void look_send(struct io_xen_device *d);

static void look_again(struct io_xen_device *d)
{
	if (!d->look_again)
		return;
	d->look_again = false;
	io_xen_device_look(d);
}

static void take_port(struct io_xen_device *d, const char *name)
{
	if (chan_back_has_ring(&d->back))
		return;
	d->port = name ? io_xen_port_of(d->xen, name) : 0;
}

static void look_done(struct io_store_request *r)
{
	struct io_xen_device *d = answered(r);
	const char *online;
	struct chan_value state;

	d->looking = false;
	/* when it is connected again, all devices are looked at */
	if (r->error == -ENOTCONN)
		return;
	look_again(d);
	if (r->error < 0) {
		step(d, store_failed(d, r->error));
		return;
	}
	if (io_store_op(r, LOOK_ID)->err == ENOENT) {
		io_xen_device_vanished(d);
		return;
	}
	take_port(d, io_store_text(r, LOOK_PORT));
	online = io_store_text(r, LOOK_ONLINE);
	if (online && strcmp(online, "0") == 0 && d->back.state != CHAN_BACK_DETACHING) {
		io_xen_device_detach(d, AUDIT_REASON_OPERATOR);
		return;
	}
	value_of(r, LOOK_STATE, &state);
	step(d, chan_back_ev_level(chan_value_level(&state), r->tag));
}

static void look_send(struct io_xen_device *d)
{
	struct io_store_request *r = ask_new(d, look_done);

	r->tag = d->back.serial;
	r->alone = true;
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_FRONTEND_ID, d->back_path);
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_ONLINE, d->back_path);
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_PORT, d->back_path);
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_STATE, d->front_path);
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
	count(d, PROXY_COUNT_device_paced);
	d->pace_timer = g_timeout_add(wait, pace_over, d);
}

static void fired(void *ctx)
{
	io_xen_device_look(ctx);
}

static void flooded(void *ctx)
{
	struct io_xen_device *d = ctx;

	count(d, PROXY_COUNT_store_floods);
	record(d, AUDIT_INFO, "its front-end floods xenstore; not watched for a second");
}

/* --- the front-end's keys --- */

/* For chan_front_keys_read(): what the request has read under that name. */
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

/* The machine finds out itself if that was read too early. */
static void keys_done(struct io_store_request *r)
{
	struct io_xen_device *d = answered(r);
	struct chan_fault wrong = {.kind = CHAN_FAULT_NONE};

	if (r->error < 0 && r->error != -EAGAIN) {
		step(d, store_failed(d, r->error));
		return;
	}
	if (r->error == -EAGAIN)
		wrong.kind = CHAN_FAULT_KEY_RESTLESS;
	else
		chan_front_keys_read(SLOTS, give_key, r, &d->keys, &wrong);
	step(d, chan_back_ev_keys(wrong.kind ? &wrong : NULL, r->tag));
}

/* All at one moment, or not at all: a transaction. */
static void read_keys(struct io_xen_device *d)
{
	struct io_store_request *r = ask_new(d, keys_done);

	r->tag = d->back.serial;
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_CHOSEN, d->front_path);
	io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_EVENT_CHANNEL, d->front_path);
	for (uint32_t i = 0; i < CHAN_XEN_REFS(SLOTS); i++)
		io_store_add(r, IO_STORE_READ, "%s/" CHAN_XENBUS_RING_REF, d->front_path, i);
	ask(d, r);
}

/* --- the session --- */

static enum chan_fault_kind fault_of(enum audit_reason reason)
{
	/* a switch would name them all */
	if (reason == AUDIT_REASON_BAD_INDEX)
		return CHAN_FAULT_RING;
	if (reason == AUDIT_REASON_CLOSED)
		return CHAN_FAULT_BIND;
	if (reason == AUDIT_REASON_POLICY_CHANGED || reason == AUDIT_REASON_NO_SECTION ||
	    reason == AUDIT_REASON_OPERATOR || reason == AUDIT_REASON_SHUTDOWN)
		return CHAN_FAULT_POLICY;
	return CHAN_FAULT_SLOT;
}

static struct chan_back_event fault(enum chan_fault_kind kind, int error)
{
	return (struct chan_back_event){.kind = CHAN_BACK_EV_FAULT,
					.fault = {.kind = kind, .err = error}};
}

static void session_gone(void *device, enum audit_reason reason)
{
	struct io_xen_device *d = device;

	d->session = NULL;
	step(d, fault(fault_of(reason), 0));
}

static struct chan_back_event map(struct io_xen_device *d)
{
	struct io_guest *guest = g_hash_table_lookup(d->xen->gate->guests, d->guest);
	struct chan_xen_peer peer = {.domid = d->domid,
				     .slots = SLOTS,
				     .refs = d->keys.ref_count,
				     .ref = d->keys.ref,
				     .port = d->keys.event_channel};
	struct chan *chan;
	int rc;

	if (!guest || d->port < 0)
		return fault(CHAN_FAULT_POLICY, 0);
	rc = chan_xen_host_new(&peer, &chan);
	if (rc < 0)
		return fault(rc == -ENOMEM ? CHAN_FAULT_MEMORY : CHAN_FAULT_MAP, -rc);
	d->end_reason = AUDIT_REASON_CLOSED;
	d->xen->gate->now = io_clock_now();
	d->session = io_session_of_device(guest, chan, (unsigned int)d->port, session_gone, d);
	if (!d->session) {
		chan_free(chan);
		return fault(CHAN_FAULT_BUSY, 0);
	}
	count(d, PROXY_COUNT_device_connected);
	record(d, AUDIT_ALLOW, NULL);
	return (struct chan_back_event){.kind = CHAN_BACK_EV_MAPPED};
}

static void unmap(struct io_xen_device *d)
{
	struct io_session *session = d->session;

	if (!session)
		return;
	d->session = NULL;
	d->xen->gate->now = io_clock_now();
	io_session_end(session, d->end_reason);
}

/* --- writing --- */

static void writes_done(struct io_store_request *r)
{
	struct io_xen_device *d = answered(r);

	if (r->error == -ENOENT)
		io_xen_device_vanished(d);
	else if (r->error < 0)
		step(d, store_failed(d, r->error));
}

/* Of a device that is gone nothing is written: that would make it anew. */
static struct io_store_request *writes(struct io_xen_device *d)
{
	if (!d->writes) {
		d->writes = ask_new(d, writes_done);
		io_store_add(d->writes, IO_STORE_NEED, "%s/" CHAN_XENBUS_FRONTEND_ID, d->back_path);
	}
	return d->writes;
}

static int write_key(void *ctx, const char *name, const char *value)
{
	struct io_xen_device *d = ctx;

	io_store_add(writes(d), IO_STORE_WRITE, "%s/%s", d->back_path, name)->value =
		g_strdup(value);
	return 0;
}

static void show(struct io_xen_device *d, enum chan_xenbus_state state)
{
	char text[12];

	snprintf(text, sizeof(text), "%u", (unsigned int)state);
	write_key(d, CHAN_XENBUS_STATE, text);
}

static void writes_send(struct io_xen_device *d)
{
	struct io_store_request *r = d->writes;

	d->writes = NULL;
	if (r)
		ask(d, r);
}

static void tell_fault(struct io_xen_device *d, const struct chan_fault *why)
{
	char text[CHAN_XENBUS_ERROR_MAX];

	chan_fault_print(why, text);
	write_key(d, CHAN_XENBUS_ERROR, text);
	count(d, PROXY_COUNT_device_faults);
	record(d, AUDIT_REFUSE, text);
}

/* Nobody waits for these: they are sent after all else, and carried out in this order. */
static void delete_nodes(struct io_xen_device *d)
{
	writes_send(d);
	io_xen_delete_nodes(d->xen, d->domid, d->handle);
}

/* --- the machine --- */

static gboolean timer_over(gpointer data)
{
	struct io_xen_device *d = data;

	d->timer = 0;
	step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_TIMER});
	return G_SOURCE_REMOVE;
}

static void set_timer(struct io_xen_device *d, uint32_t ms)
{
	if (d->timer)
		g_source_remove(d->timer);
	d->timer = ms ? g_timeout_add(ms, timer_over, d) : 0;
}

/* True: there is another event to step with, in *ret_next. */
static bool act(struct io_xen_device *d, const struct chan_back_action *action,
		struct chan_back_event *ret_next)
{
	switch (action->kind) {
	case CHAN_BACK_DO_LOOK:
		writes_send(d);
		io_xen_device_look(d);
		break;
	case CHAN_BACK_DO_READ_KEYS:
		writes_send(d);
		read_keys(d);
		break;
	case CHAN_BACK_DO_MAP:
		*ret_next = map(d);
		return true;
	case CHAN_BACK_DO_UNMAP:
		unmap(d);
		break;
	case CHAN_BACK_DO_PUBLISH:
		chan_back_keys_write(SLOTS, write_key, d);
		break;
	case CHAN_BACK_DO_SHOW:
		show(d, action->state);
		break;
	case CHAN_BACK_DO_ERROR:
		tell_fault(d, &action->fault);
		break;
	case CHAN_BACK_DO_CLEAR_ERROR:
		io_store_add(writes(d), IO_STORE_REMOVE, "%s/" CHAN_XENBUS_ERROR, d->back_path);
		break;
	case CHAN_BACK_DO_OFFLINE:
		write_key(d, CHAN_XENBUS_ONLINE, "0");
		break;
	case CHAN_BACK_DO_TIMER:
		set_timer(d, action->ms);
		break;
	case CHAN_BACK_DO_DELETE:
		delete_nodes(d);
		break;
	case CHAN_BACK_DO_FORGET:
	case CHAN_BACK_DO_NOTHING:
	case CHAN_BACK_ACTIONS:
		break;
	}
	return false;
}

static void step(struct io_xen_device *d, struct chan_back_event event)
{
	struct chan_back_todo todo;
	bool more = true;

	while (more) {
		more = false;
		chan_back_step(&d->back, &event, &todo);
		for (unsigned int i = 0; i < todo.count; i++)
			more |= act(d, &todo.action[i], &event);
	}
	writes_send(d);
	if (d->back.state != CHAN_BACK_GONE)
		return;
	record(d, AUDIT_INFO, "removed");
	io_xen_forget(d->xen, d);
}

void io_xen_device_detach(struct io_xen_device *d, enum audit_reason reason)
{
	d->end_reason = reason;
	step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_DETACH});
}

void io_xen_device_domain_gone(struct io_xen_device *d)
{
	d->end_reason = AUDIT_REASON_DOMAIN_GONE;
	step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_DOMAIN_GONE});
}

void io_xen_device_vanished(struct io_xen_device *d)
{
	d->end_reason = AUDIT_REASON_OPERATOR;
	step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_NODE_GONE});
}

/* --- life --- */

struct io_xen_device *io_xen_device_new(struct io_xen *xen, uint32_t domid, uint32_t handle,
					const char *guest)
{
	struct io_xen_device *d = g_new0(struct io_xen_device, 1);
	struct io_store_watch_params params = {.fired = fired, .flooded = flooded, .ctx = d};
	g_autofree char *state = NULL, *online = NULL;

	d->xen = xen;
	d->domid = domid;
	d->handle = handle;
	d->guest = g_strdup(guest);
	d->port = -1;
	d->back_path = g_strdup_printf(CHAN_XENBUS_BACK_DIR "/%u/%u", domid, handle);
	d->front_path =
		g_strdup_printf("/local/domain/%u/" CHAN_XENBUS_FRONT_DIR "/%u", domid, handle);
	d->asked = g_ptr_array_new();
	chan_back_init(&d->back);
	state = g_strconcat(d->front_path, "/" CHAN_XENBUS_STATE, NULL);
	d->watch = io_store_watch_new(xen->store, &params, state);
	online = g_strconcat(d->back_path, "/" CHAN_XENBUS_ONLINE, NULL);
	params.flooded = NULL;
	d->online = io_store_watch_new(xen->store, &params, online);
	io_xen_device_look(d);
	return d;
}

void io_xen_device_free(struct io_xen_device *d)
{
	io_store_watch_free(d->watch);
	io_store_watch_free(d->online);
	set_timer(d, 0);
	if (d->pace_timer)
		g_source_remove(d->pace_timer);
	for (guint i = 0; i < d->asked->len; i++)
		io_store_request_cancel(g_ptr_array_index(d->asked, i));
	g_ptr_array_unref(d->asked);
	g_free(d->back_path);
	g_free(d->front_path);
	g_free(d->guest);
	g_free(d);
}

void io_xen_device_stop(struct io_xen_device *d)
{
	d->end_reason = AUDIT_REASON_SHUTDOWN;
	unmap(d);
	show(d, CHAN_XENBUS_CLOSED);
	writes_send(d);
}
