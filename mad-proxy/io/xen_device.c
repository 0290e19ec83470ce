/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/xen_device.h"

#include <errno.h>

#include "channel/xen.h"
#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/xen_nodes.h"
#include "mad-proxy/io/xen_priv.h"

static void write_record(void *ctx, enum audit_verdict verdict, const char *text, uint64_t repeats)
{
	struct io_xen_device *d = ctx;
	char port[IO_PORT_NAME_BYTES];
	struct audit_record r = {.event = AUDIT_DEVICE,
				 .verdict = verdict,
				 .guest = d->guest,
				 .port = d->port,
				 .device_set = true,
				 .domid = d->domid,
				 .handle = d->handle,
				 .repeats = repeats,
				 .detail = text};

	io_journal_record(&r, io_gateway_port_name(d->xen->gate, d->port, port));
}

/* Writes the counted records when their time is over. */
static gboolean log_over(gpointer data)
{
	struct io_xen_device *d = data;
	uint32_t ms = io_device_log_tick(&d->log, io_clock_now());

	d->log_timer = ms ? g_timeout_add(ms, log_over, d) : 0;
	return G_SOURCE_REMOVE;
}

void io_xen_device_record(struct io_xen_device *d, enum audit_verdict verdict, const char *detail)
{
	io_device_log_add(&d->log, io_clock_now(), verdict, detail);
	if (!d->log_timer)
		d->log_timer = g_timeout_add(DEVICE_LOG_SPAN_MS, log_over, d);
}

void io_xen_device_count(struct io_xen_device *d, enum proxy_counter c)
{
	proxy_count_for(d->xen->gate->core, d->guest, c, 1);
}

/* --- the session --- */

static enum chan_fault_kind fault_of(enum audit_reason reason)
{
	/* a switch would have to list all reasons */
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
	io_xen_device_step(d, fault(fault_of(reason), 0));
}

static struct chan_back_event map(struct io_xen_device *d)
{
	struct io_guest *guest = g_hash_table_lookup(d->xen->gate->guests, d->guest);
	struct chan_xen_peer peer = {.domid = d->domid,
				     .slots = IO_XEN_SLOTS,
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
	io_xen_device_count(d, PROXY_COUNT_device_connected);
	io_xen_device_record(d, AUDIT_ALLOW, NULL);
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

/* --- the state machine --- */

static gboolean timer_over(gpointer data)
{
	struct io_xen_device *d = data;

	d->timer = 0;
	io_xen_device_step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_TIMER});
	return G_SOURCE_REMOVE;
}

static void set_timer(struct io_xen_device *d, uint32_t ms)
{
	if (d->timer)
		g_source_remove(d->timer);
	d->timer = ms ? g_timeout_add(ms, timer_over, d) : 0;
}

static void report_fault(struct io_xen_device *d, const struct chan_fault *why)
{
	char text[CHAN_XENBUS_ERROR_MAX];

	chan_fault_print(why, text);
	io_xen_nodes_write(d, CHAN_XENBUS_ERROR, text);
	io_xen_device_count(d, PROXY_COUNT_device_faults);
	io_xen_device_record(d, AUDIT_REFUSE, text);
}

/* True: *ret_next is another event for the machine. */
static bool act(struct io_xen_device *d, const struct chan_back_action *action,
		struct chan_back_event *ret_next)
{
	switch (action->kind) {
	case CHAN_BACK_DO_LOOK:
		io_xen_nodes_send(d);
		io_xen_device_look(d);
		break;
	case CHAN_BACK_DO_READ_KEYS:
		io_xen_nodes_send(d);
		io_xen_nodes_read_keys(d);
		break;
	case CHAN_BACK_DO_MAP:
		*ret_next = map(d);
		return true;
	case CHAN_BACK_DO_UNMAP:
		unmap(d);
		break;
	case CHAN_BACK_DO_PUBLISH:
		chan_back_keys_write(IO_XEN_SLOTS, io_xen_nodes_write, d);
		break;
	case CHAN_BACK_DO_SHOW:
		io_xen_nodes_show(d, action->state);
		break;
	case CHAN_BACK_DO_ERROR:
		report_fault(d, &action->fault);
		break;
	case CHAN_BACK_DO_CLEAR_ERROR:
		io_xen_nodes_clear_fault(d);
		break;
	case CHAN_BACK_DO_OFFLINE:
		io_xen_nodes_write(d, CHAN_XENBUS_ONLINE, "0");
		break;
	case CHAN_BACK_DO_TIMER:
		set_timer(d, action->ms);
		break;
	case CHAN_BACK_DO_DELETE:
		io_xen_nodes_send(d); /* requests are carried out in order */
		io_xen_delete_nodes(d->xen, d->domid, d->handle);
		break;
	case CHAN_BACK_DO_FORGET:
	case CHAN_BACK_DO_NOTHING:
	case CHAN_BACK_ACTIONS:
		break;
	}
	return false;
}

void io_xen_device_step(struct io_xen_device *d, struct chan_back_event event)
{
	struct chan_back_todo todo;
	bool more = true;

	while (more) {
		more = false;
		chan_back_step(&d->back, &event, &todo);
		for (unsigned int i = 0; i < todo.count; i++)
			more |= act(d, &todo.action[i], &event);
	}
	io_xen_nodes_send(d);
	if (d->back.state != CHAN_BACK_GONE)
		return;
	io_device_log_flush(&d->log); /* before the final record */
	io_xen_device_record(d, AUDIT_INFO, "removed");
	io_xen_forget(d->xen, d);
}

void io_xen_device_detach(struct io_xen_device *d, enum audit_reason reason)
{
	d->end_reason = reason;
	if (d->back.state != CHAN_BACK_DETACHING)
		io_xen_device_record(d,
				     reason == AUDIT_REASON_NO_SECTION ? AUDIT_REFUSE : AUDIT_INFO,
				     audit_reason_text(reason));
	io_xen_device_step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_DETACH});
}

void io_xen_device_domain_gone(struct io_xen_device *d)
{
	d->end_reason = AUDIT_REASON_DOMAIN_GONE;
	io_xen_device_step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_DOMAIN_GONE});
}

void io_xen_device_vanished(struct io_xen_device *d)
{
	d->end_reason = AUDIT_REASON_OPERATOR;
	io_xen_device_step(d, (struct chan_back_event){.kind = CHAN_BACK_EV_NODE_GONE});
}

/* --- start and end --- */

static void fired(void *ctx)
{
	io_xen_device_look(ctx);
}

static void toolstack_wrote(void *ctx)
{
	io_xen_device_look_at_all(ctx);
}

static void flooded(void *ctx)
{
	struct io_xen_device *d = ctx;

	io_xen_device_count(d, PROXY_COUNT_store_floods);
	io_xen_device_record(
		d, AUDIT_INFO,
		"its front-end floods xenstore; ibgated does not watch it for a second");
}

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
	io_device_log_init(&d->log, write_record, d);
	chan_back_init(&d->back);
	state = g_strconcat(d->front_path, "/" CHAN_XENBUS_STATE, NULL);
	d->watch = io_store_watch_new(xen->store, &params, state);
	online = g_strconcat(d->back_path, "/" CHAN_XENBUS_ONLINE, NULL);
	params.flooded = NULL;
	params.fired = toolstack_wrote;
	d->online = io_store_watch_new(xen->store, &params, online);
	io_xen_device_look_at_all(d);
	return d;
}

void io_xen_device_free(struct io_xen_device *d)
{
	io_store_watch_free(d->watch);
	io_store_watch_free(d->online);
	set_timer(d, 0);
	if (d->pace_timer)
		g_source_remove(d->pace_timer);
	if (d->log_timer)
		g_source_remove(d->log_timer);
	io_device_log_fini(&d->log);
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
	io_xen_nodes_show(d, CHAN_XENBUS_CLOSED);
	io_xen_nodes_send(d);
}
