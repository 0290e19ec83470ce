/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/xen.h"

#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/xen_pair.h"
#include "mad-proxy/io/xen_priv.h"

/* --- ports and nodes --- */

int io_xen_port_of(const struct io_xen *xen, const char *name)
{
	char own[IO_PORT_NAME_BYTES];

	for (unsigned int i = 0; i < xen->gate->ports; i++) {
		if (strcmp(io_gateway_port_name(xen->gate, (int)i, own), name) == 0)
			return (int)i;
	}
	return -1;
}

/*
 * The guest can write F, so F is removed by a request of its own: constant writes there cannot keep B. F of
 * the same number with another back-end is left alone.
 */
void io_xen_delete_nodes(struct io_xen *xen, uint32_t domid, uint32_t handle)
{
	struct io_store_request *front = io_store_request_new(NULL, NULL);
	struct io_store_request *back = io_store_request_new(NULL, NULL);
	struct io_store_op *op;

	front->alone = true;
	op = io_store_add(front, IO_STORE_REMOVE_IF,
			  "/local/domain/%u/" CHAN_XENBUS_FRONT_DIR "/%u", domid, handle);
	op->child = CHAN_XENBUS_BACKEND;
	op->value = g_strdup_printf("/local/domain/%u/" CHAN_XENBUS_BACK_DIR "/%u/%u", xen->self,
				    domid, handle);
	io_store_add(front, IO_STORE_PRUNE, "/local/domain/%u/" CHAN_XENBUS_FRONT_DIR, domid);
	io_store_send(xen->store, front);
	io_store_add(back, IO_STORE_REMOVE, CHAN_XENBUS_BACK_DIR "/%u/%u", domid, handle);
	io_store_add(back, IO_STORE_PRUNE, CHAN_XENBUS_BACK_DIR "/%u", domid);
	io_store_send(xen->store, back);
}

struct io_store_request *io_xen_attach_request(struct io_xen *xen,
					       const struct io_xen_domain *domain, uint32_t handle,
					       unsigned int port,
					       void (*done)(struct io_store_request *r), void *ctx)
{
	struct io_store_request *r = io_store_request_new(done, ctx);
	char name[IO_PORT_NAME_BYTES];
	struct io_xen_pair pair = {.back_id = xen->self,
				   .front_id = domain->domid,
				   .handle = handle,
				   .port = io_gateway_port_name(xen->gate, (int)port, name),
				   .name = domain->name,
				   .uuid = domain->uuid};

	io_xen_pair_make(r, &pair);
	return r;
}

/* --- waiting for deletion --- */

static void wait_free(struct io_xen_wait *wait)
{
	g_ptr_array_remove_fast(wait->xen->waits, wait);
	io_store_request_cancel(wait->request);
	g_free(wait->guest);
	g_free(wait);
}

static struct io_xen_wait *wait_new(struct io_xen *xen, io_xen_done done, void *ctx)
{
	struct io_xen_wait *wait = g_new0(struct io_xen_wait, 1);

	wait->xen = xen;
	wait->done = done;
	wait->ctx = ctx;
	g_ptr_array_add(xen->waits, wait);
	return wait;
}

static void wait_end(struct io_xen_wait *wait, const char *error)
{
	io_xen_done done = wait->done;
	void *ctx = wait->ctx;

	wait_free(wait);
	done(ctx, error);
}

static GPtrArray *devices_of(const struct io_xen *xen, const char *guest)
{
	GPtrArray *list = g_ptr_array_new();
	GHashTableIter iter;
	gpointer value;

	g_hash_table_iter_init(&iter, xen->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		if (strcmp(((struct io_xen_device *)value)->guest, guest) == 0)
			g_ptr_array_add(list, value);
	}
	return list;
}

static bool has_devices(const struct io_xen *xen, const char *guest)
{
	g_autoptr(GPtrArray) list = devices_of(xen, guest);

	return list->len > 0;
}

static void all_deleted(struct io_store_request *r)
{
	struct io_xen_wait *wait = r->ctx;

	wait->request = NULL;
	wait_end(wait, r->error < 0 ? g_strerror(-r->error) : NULL);
}

/* Requests are carried out in order: when this one is done, so are the deletions before it. */
static void wait_for_deletion(struct io_xen_wait *wait)
{
	wait->request = io_store_request_new(all_deleted, wait);
	io_store_add(wait->request, IO_STORE_LIST, CHAN_XENBUS_BACK_DIR);
	io_store_send(wait->xen->store, wait->request);
}

void io_xen_forget(struct io_xen *xen, struct io_xen_device *device)
{
	g_hash_table_remove(xen->devices, io_xen_key(device->domid, device->handle));
	for (guint i = 0; i < xen->waits->len; i++) {
		struct io_xen_wait *wait = g_ptr_array_index(xen->waits, i);

		if (wait->guest && !wait->request && !has_devices(xen, wait->guest))
			wait_for_deletion(wait);
	}
	/* its domain may have become another guest, which gets a new device */
	xen->survey_old = xen->survey != NULL;
	io_xen_survey(xen);
}

/* The lowest free handle; IO_XEN_HANDLES: none is free. */
static uint32_t free_handle(const struct io_xen *xen, uint32_t domid)
{
	uint32_t handle = 0;

	while (handle <= CHAN_XENBUS_HANDLE_MAX &&
	       g_hash_table_contains(xen->devices, io_xen_key(domid, handle)))
		handle++;
	return handle;
}

/* An error text to be freed; NULL: the request is valid and its fields are set. domain NULL: none. */
static char *attach_check(struct io_xen *xen, struct io_xen_attach *a,
			  const struct io_xen_domain *domain, int *ret_port)
{
	const struct io_xen_domain *rival;

	if (!io_store_connected(xen->store))
		return g_strdup_printf("xenstored cannot be reached");
	if (!domain && xen->hidden)
		return g_strdup_printf(
			"xenstore hides the names of other domains from this one (in dom0: "
			"ibgate attach "
			"--backend)");
	if (!domain)
		return g_strdup_printf("no domain '%s' (see: xl list)", a->domain);
	rival = io_xen_domain_rival(domain);
	if (rival)
		return g_strdup_printf(
			"domain %u has the name or UUID of domain %u, which is guest %s",
			domain->domid, rival->domid, rival->guest ? rival->guest : "?");
	if (!domain->guest)
		return g_strdup_printf("the policy has no section for domain %u, '%s'",
				       domain->domid, domain->name ? domain->name : "?");
	*ret_port = a->port ? io_xen_port_of(xen, a->port) : 0;
	if (*ret_port < 0)
		return g_strdup_printf("the gateway does not serve port %s (see: ibgate status)",
				       a->port);
	if (!a->handle)
		a->handle_number = free_handle(xen, domain->domid);
	else if (!io_xen_number(a->handle, CHAN_XENBUS_HANDLE_MAX, &a->handle_number))
		return g_strdup_printf("a handle is a number from 0 to %u", CHAN_XENBUS_HANDLE_MAX);
	if (a->handle_number > CHAN_XENBUS_HANDLE_MAX)
		return g_strdup_printf("domain %u has no handle free", domain->domid);
	if (g_hash_table_contains(xen->devices, io_xen_key(domain->domid, a->handle_number)))
		return g_strdup_printf("domain %u has a device %u already", domain->domid,
				       a->handle_number);
	a->domid = domain->domid;
	a->guest = g_strdup(domain->guest);
	return NULL;
}

static void attached(struct io_store_request *r)
{
	struct io_xen_wait *wait = r->ctx;
	struct io_xen *xen = wait->xen;
	const char *error = NULL;

	if (r->error == -EEXIST)
		error = "the domain has a device of that handle already";
	else if (r->error == -ENOENT)
		error = "the domain is gone";
	else if (r->error == -EACCES)
		error = "this domain may not make devices (in dom0: ibgate attach --backend)";
	else if (r->error < 0)
		error = g_strerror(-r->error);
	wait->request = NULL;
	wait_end(wait, error);
	io_xen_survey(xen);
}

bool io_xen_attach(struct io_xen *xen, struct io_xen_attach *attach, io_xen_done done, void *ctx,
		   char **ret_error)
{
	const struct io_xen_domain *domain;
	struct io_xen_wait *wait;
	int port = 0;

	if (!xen) {
		*ret_error = g_strdup_printf("this machine is not a Xen host");
		return false;
	}
	domain = io_xen_domain_find(xen, attach->domain);
	*ret_error = attach_check(xen, attach, domain, &port);
	if (*ret_error)
		return false;
	wait = wait_new(xen, done, ctx);
	wait->request = io_xen_attach_request(xen, domain, attach->handle_number,
					      (unsigned int)port, attached, wait);
	io_store_send(xen->store, wait->request);
	return true;
}

unsigned int io_xen_detach(struct io_xen *xen, const char *guest, io_xen_done done, void *ctx)
{
	g_autoptr(GPtrArray) theirs = xen ? devices_of(xen, guest) : NULL;
	const guint count = theirs ? theirs->len : 0;
	struct io_xen_wait *wait;

	if (!count)
		return 0;
	wait = wait_new(xen, done, ctx);
	wait->guest = g_strdup(guest);
	for (guint i = 0; i < count; i++)
		io_xen_device_detach(g_ptr_array_index(theirs, i), AUDIT_REASON_OPERATOR);
	return count;
}

void io_xen_each_device(const struct io_xen *xen,
			void (*each)(void *ctx, const struct io_xen_view *view), void *ctx)
{
	GHashTableIter iter;
	gpointer value;

	if (!xen)
		return;
	g_hash_table_iter_init(&iter, xen->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value)) {
		const struct io_xen_device *d = value;
		struct io_xen_view view = {.guest = d->guest,
					   .domid = d->domid,
					   .handle = d->handle,
					   .state = chan_back_state_name(d->back.state),
					   .port = d->port};

		each(ctx, &view);
	}
}

void io_xen_policy_changed(struct io_xen *xen)
{
	if (!xen)
		return;
	io_xen_domains_policy(xen);
	io_xen_survey(xen);
}

/* --- start and end --- */

static void store_connected(void *ctx)
{
	struct io_xen *xen = ctx;
	GHashTableIter iter;
	gpointer value;

	io_xen_survey(xen);
	g_hash_table_iter_init(&iter, xen->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		io_xen_device_look_at_all(value);
}

static void store_lost(void *ctx)
{
}

static void device_free(gpointer data)
{
	io_xen_device_free(data);
}

struct io_xen *io_xen_new(struct io_gateway *gate)
{
	static const struct io_store_ops ops = {.connected = store_connected, .lost = store_lost};
	struct io_xen *xen;

	if (!io_store_is_here()) {
		io_journal_note(LOG_INFO, "this machine is not a Xen host: guests connect through "
					  "their sockets only");
		return NULL;
	}
	xen = g_new0(struct io_xen, 1);
	xen->gate = gate;
	xen->devices = g_hash_table_new_full(NULL, NULL, NULL, device_free);
	xen->waits = g_ptr_array_new();
	xen->store = io_store_new(&ops, xen);
	io_xen_domains_start(xen);
	return xen;
}

void io_xen_free(struct io_xen *xen)
{
	GHashTableIter iter;
	gpointer value;

	if (!xen)
		return;
	xen->stopping = true;
	while (xen->waits->len)
		wait_end(g_ptr_array_steal_index_fast(xen->waits, 0), "the gateway stops");
	g_hash_table_iter_init(&iter, xen->devices);
	while (g_hash_table_iter_next(&iter, NULL, &value))
		io_xen_device_stop(value);
	io_xen_domains_stop(xen);
	g_hash_table_unref(xen->devices);
	io_store_free(xen->store);
	g_ptr_array_unref(xen->waits);
	g_free(xen);
}
