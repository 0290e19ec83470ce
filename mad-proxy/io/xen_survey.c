/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A survey: which domains exist, their names, and which devices are under backend/vib. One runs at a time;
 * xen_domains.c compares the result and corrects differences.
 *
 * all	our own id, the domains, those with devices
 * details	of each its name, UUID and handles
 * who	the toolstack's nodes beside a device: for domains that may not be read, and for
 * those that were attached before this gateway started
 *
 * dom0 may read everything. A driver domain may list the domains only if dom0 allows it; otherwise it knows
 * those that have a directory under its own backend/vib. It may not read another domain's name; it uses
 * B/domain and B/uuid, which the front-end cannot write. Where libxl created its nodes it cannot write its
 * own name and UUID; a domain that can has neither.
 */
#include <errno.h>
#include <string.h>
#include <syslog.h>

#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/xen_priv.h"

/* The UUID at the end of "/vm/UUID". */
static char *uuid_of(const char *vm)
{
	const char *slash = vm ? strrchr(vm, '/') : NULL;

	return slash && slash[1] ? g_ascii_strdown(slash + 1, -1) : NULL;
}

static void seen_free(gpointer data)
{
	struct io_xen_seen *seen = data;

	g_free(seen->name);
	g_free(seen->uuid);
	g_free(seen->was);
	g_strfreev(seen->handles);
	g_free(seen);
}

static void survey_end(struct io_xen *xen)
{
	xen->survey = NULL;
	g_clear_pointer(&xen->seen, g_ptr_array_unref);
	if (xen->survey_again)
		io_xen_survey(xen);
}

/* xen->survey stays set until the end: changes meanwhile are read by the next survey. */
static void report_seen(struct io_xen *xen)
{
	io_xen_domains_seen(xen, xen->seen);
	survey_end(xen);
}

/* Publishes that another domain has to make the devices that this one serves. */
static void set_hidden(struct io_xen *xen)
{
	if (!xen->hidden)
		io_journal_note(LOG_INFO, "xenstore hides other domains from this one: devices are "
					  "attached in dom0 (ibgate attach --backend)");
	xen->hidden = true;
}

enum { WHO_NAME, WHO_UUID, WHO_COUNT };

/* The nodes beside a device of a destroyed domain do not describe the domain that has its id now. */
static void take_who(struct io_xen_seen *seen, const char *name, const char *uuid)
{
	g_autofree char *lower = uuid ? g_ascii_strdown(uuid, -1) : NULL;

	if (seen->hidden) {
		seen->name = g_strdup(name);
		seen->uuid = g_steal_pointer(&lower);
	} else if (lower && g_strcmp0(lower, seen->uuid) == 0) {
		seen->was = g_strdup(name);
	}
}

static void who_done(struct io_store_request *r)
{
	struct io_xen *xen = r->ctx;

	if (r->error == -ENOTCONN) {
		survey_end(xen);
		return;
	}
	for (guint at = 0; at + WHO_COUNT <= r->ops->len; at += WHO_COUNT)
		take_who(g_ptr_array_index(xen->seen, io_store_op(r, at)->owner),
			 io_store_text(r, at + WHO_NAME), io_store_text(r, at + WHO_UUID));
	report_seen(xen);
}

static bool is_asked(const struct io_xen *xen, const struct io_xen_seen *seen)
{
	return seen->handles && seen->handles[0] &&
	       (seen->hidden ||
		!g_hash_table_contains(xen->domains, GUINT_TO_POINTER(seen->domid)));
}

/* Reads it from any of the domain's devices. */
static void ask_who(struct io_xen *xen)
{
	struct io_store_request *r = io_store_request_new(who_done, xen);

	r->alone = true;
	for (guint i = 0; i < xen->seen->len; i++) {
		const struct io_xen_seen *seen = g_ptr_array_index(xen->seen, i);

		if (!is_asked(xen, seen))
			continue;
		io_store_add(r, IO_STORE_READ, CHAN_XENBUS_BACK_DIR "/%u/%s/" CHAN_XENBUS_DOMAIN,
			     seen->domid, seen->handles[0])
			->owner = i;
		io_store_add(r, IO_STORE_READ, CHAN_XENBUS_BACK_DIR "/%u/%s/" CHAN_XENBUS_UUID,
			     seen->domid, seen->handles[0]);
	}
	if (!r->ops->len) {
		io_store_request_free(r);
		report_seen(xen);
		return;
	}
	xen->survey = r;
	io_store_send(xen->store, r);
}

/* What is read of each domain, in this order. */
enum { OF_NAME, OF_VM, OF_HANDLES, OF_COUNT };

static void take_details(struct io_xen *xen, struct io_store_request *r, guint at)
{
	struct io_xen_seen *seen = g_new0(struct io_xen_seen, 1);

	seen->domid = io_store_op(r, at)->owner;
	seen->handles = g_steal_pointer(&io_store_op(r, at + OF_HANDLES)->children);
	seen->hidden = io_store_op(r, at + OF_NAME)->err == EACCES;
	seen->self_named = io_store_op(r, at + OF_NAME)->err == EPERM ||
			   io_store_op(r, at + OF_VM)->err == EPERM;
	if (!seen->self_named) {
		seen->name = g_strdup(io_store_text(r, at + OF_NAME));
		seen->uuid = uuid_of(io_store_text(r, at + OF_VM));
	}
	if (seen->hidden)
		set_hidden(xen);
	g_ptr_array_add(xen->seen, seen);
}

static void details_done(struct io_store_request *r)
{
	struct io_xen *xen = r->ctx;

	/* domains that ended before they were read appear in the next survey if they exist again */
	xen->seen = g_ptr_array_new_with_free_func(seen_free);
	for (guint at = 0; r->error != -ENOTCONN && at + OF_COUNT <= r->ops->len; at += OF_COUNT)
		take_details(xen, r, at);
	ask_who(xen);
}

static void ask_details(struct io_xen *xen, char **living)
{
	struct io_store_request *r = io_store_request_new(details_done, xen);

	r->alone = true;
	for (; living && *living; living++) {
		struct io_store_op *op;
		uint32_t domid;

		if (!io_xen_number(*living, CHAN_XENBUS_DOMID_MAX, &domid) || domid == xen->self)
			continue;
		op = io_store_add(r, IO_STORE_READ_TRUSTED, "/local/domain/%u/name", domid);
		op->owner = op->reader = domid;
		io_store_add(r, IO_STORE_READ_TRUSTED, "/local/domain/%u/vm", domid)->reader =
			domid;
		io_store_add(r, IO_STORE_LIST, CHAN_XENBUS_BACK_DIR "/%u", domid);
	}
	xen->survey = r;
	io_store_send(xen->store, r);
}

/* --- all --- */

enum { ALL_SELF, ALL_LIVING, ALL_WITH_DEVICES };

static void all_done(struct io_store_request *r)
{
	struct io_xen *xen = r->ctx;
	const char *self = io_store_text(r, ALL_SELF);
	const struct io_store_op *listed = io_store_op(r, ALL_LIVING);
	char **with_devices = io_store_op(r, ALL_WITH_DEVICES)->children;
	char **living = listed->children;
	bool own_only = !living && listed->err == EACCES;

	if (r->error < 0 || (!living && !own_only)) {
		/* xenstored is gone or not ready: its watches start the next survey */
		if (r->error < 0 && r->error != -ENOTCONN)
			io_journal_note(LOG_WARNING, "xenstore: cannot list the domains: %s",
					g_strerror(-r->error));
		survey_end(xen);
		return;
	}
	if (self)
		io_xen_number(self, CHAN_XENBUS_DOMID_MAX, &xen->self);
	if (own_only) {
		living = with_devices;
		set_hidden(xen);
	}
	io_xen_domains_drop_dead(xen, living, with_devices);
	ask_details(xen, living);
}

void io_xen_survey(struct io_xen *xen)
{
	struct io_store_request *r;

	xen->survey_again = xen->survey != NULL;
	if (xen->survey || xen->stopping || !io_store_connected(xen->store))
		return;
	xen->survey_old = false;
	r = io_store_request_new(all_done, xen);
	r->alone = true;
	io_store_add(r, IO_STORE_READ, "domid");
	io_store_add(r, IO_STORE_LIST, "/local/domain");
	io_store_add(r, IO_STORE_LIST, CHAN_XENBUS_BACK_DIR);
	xen->survey = r;
	io_store_send(xen->store, r);
}

void io_xen_survey_stop(struct io_xen *xen)
{
	io_store_request_cancel(xen->survey);
	xen->survey = NULL;
	g_clear_pointer(&xen->seen, g_ptr_array_unref);
}
