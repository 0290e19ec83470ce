/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/cli_driver.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <xenstore.h>

#include "base/mono.h"
#include "channel/xenbus_back.h"
#include "mad-proxy/io/clock.h"
#include "mad-proxy/io/xen_pair.h"
#include "policy/policy.h"

/* The back-end waits CHAN_BACK_DETACH_MS for the front-end; later it has failed or does not run. */
#define GONE_MS (CHAN_BACK_DETACH_MS + 2000)

/* --- requests --- */

static void nothing(void *ctx)
{
}

/* Frees it. False: *error is set. */
static bool carry_out(struct xs_handle *xs, struct io_store_request *r, GError **error)
{
	int rc;

	io_store_request_run(r, xs, nothing, NULL);
	rc = r->error;
	io_store_request_free(r);
	if (rc == -EEXIST)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "the domain has a device of that handle already");
	else if (rc == -ENOENT)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "the domain is gone");
	else if (rc < 0)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "xenstore: %s",
			    g_strerror(-rc));
	return rc == 0;
}

/* The value as a string; NULL: missing, or no valid string. */
static char *get(struct xs_handle *xs, const char *path)
{
	unsigned int len;
	char *value = xs_read(xs, XBT_NULL, path, &len);
	char *text = value && strlen(value) == len ? g_strdup(value) : NULL;

	free(value);
	return text;
}

/* The child nodes whose names are numbers up to max, as strings. */
static GPtrArray *numbers_in(struct xs_handle *xs, const char *path, uint32_t max)
{
	GPtrArray *list = g_ptr_array_new_with_free_func(g_free);
	unsigned int count = 0;
	char **names = xs_directory(xs, XBT_NULL, path, &count);

	for (unsigned int i = 0; names && i < count; i++) {
		uint32_t number;

		if (io_xen_number(names[i], max, &number))
			g_ptr_array_add(list, g_strdup(names[i]));
	}
	free(names);
	return list;
}

static bool has(const GPtrArray *names, const char *name)
{
	for (guint i = 0; i < names->len; i++) {
		if (strcmp(g_ptr_array_index(names, i), name) == 0)
			return true;
	}
	return false;
}

/* --- domains --- */

struct domain {
	uint32_t domid;
	char *name, *uuid; /* NULL: unknown */
};

static void domain_clear(struct domain *who)
{
	g_clear_pointer(&who->name, g_free);
	g_clear_pointer(&who->uuid, g_free);
}

static void domain_read(struct xs_handle *xs, const char *domid, struct domain *ret)
{
	g_autofree char *name = g_strdup_printf("/local/domain/%s/name", domid);
	g_autofree char *vm_path = g_strdup_printf("/local/domain/%s/vm", domid);
	g_autofree char *vm = get(xs, vm_path);
	const char *slash = vm ? strrchr(vm, '/') : NULL;

	domain_clear(ret);
	ret->domid = (uint32_t)strtoul(domid, NULL, 10);
	ret->name = get(xs, name);
	ret->uuid = slash && slash[1] ? g_ascii_strdown(slash + 1, -1) : NULL;
}

/* By id, then by UUID, then by name. If several domains have the name, the caller reports an error. */
static bool domain_is(const struct domain *who, const char *word)
{
	g_autofree char *lower = g_ascii_strdown(word, -1);
	uint32_t domid;

	if (io_xen_number(word, CHAN_XENBUS_DOMID_MAX, &domid))
		return who->domid == domid;
	if (policy_guest_name_is_uuid(word))
		return g_strcmp0(who->uuid, lower) == 0;
	return g_strcmp0(who->name, word) == 0;
}

/* dead: accept the id of a domain that no longer exists. */
static bool domain_find(struct xs_handle *xs, const char *word, bool dead, struct domain *ret,
			GError **error)
{
	g_autoptr(GPtrArray) all = numbers_in(xs, "/local/domain", CHAN_XENBUS_DOMID_MAX);
	unsigned int found = 0;

	for (guint i = 0; i < all->len; i++) {
		struct domain who = {0};

		domain_read(xs, g_ptr_array_index(all, i), &who);
		if (domain_is(&who, word) && !found++)
			*ret = who;
		else
			domain_clear(&who);
	}
	if (found == 1 || (dead && io_xen_number(word, CHAN_XENBUS_DOMID_MAX, &ret->domid)))
		return true;
	if (found)
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "%u domains are called '%s': name one by its id (see: xl list)", found,
			    word);
	else
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "no domain '%s' (see: xl list)", word);
	return false;
}

/* --- both ends --- */

struct ends {
	struct xs_handle *xs;
	struct domain back, front;
	char *back_dir, *front_dir; /* the directories of their devices */
};

static void ends_clear(struct ends *ends)
{
	if (ends->xs)
		xs_close(ends->xs);
	domain_clear(&ends->back);
	domain_clear(&ends->front);
	g_free(ends->back_dir);
	g_free(ends->front_dir);
}

static bool ends_find(struct ends *ends, const struct io_cli_driver *driver, bool dead,
		      GError **error)
{
	ends->xs = xs_open(XS_UNWATCH_FILTER);
	if (!ends->xs) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "xenstored cannot be reached: %s", g_strerror(errno));
		return false;
	}
	if (!domain_find(ends->xs, driver->backend, dead, &ends->back, error) ||
	    !domain_find(ends->xs, driver->domain, dead, &ends->front, error))
		return false;
	if (ends->back.domid == ends->front.domid) {
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "domain %u is the back-end itself", ends->front.domid);
		return false;
	}
	ends->back_dir = g_strdup_printf("/local/domain/%u/" CHAN_XENBUS_BACK_DIR "/%u",
					 ends->back.domid, ends->front.domid);
	ends->front_dir =
		g_strdup_printf("/local/domain/%u/" CHAN_XENBUS_FRONT_DIR, ends->front.domid);
	return true;
}

/* False also for the remains of a device whose back-end is gone: attach replaces them. */
static bool front_lives(const struct ends *ends, const char *handle)
{
	g_autofree char *path =
		g_strdup_printf("%s/%s/" CHAN_XENBUS_BACKEND, ends->front_dir, handle);
	g_autofree char *backend = get(ends->xs, path);
	g_autofree char *value = backend && backend[0] == '/' ? get(ends->xs, backend) : NULL;

	return value;
}

/* The device's handle; -1: *error is set. */
static int handle_of(const struct ends *ends, const char *word, GError **error)
{
	g_autoptr(GPtrArray) front = numbers_in(ends->xs, ends->front_dir, CHAN_XENBUS_HANDLE_MAX);
	g_autoptr(GPtrArray) back = numbers_in(ends->xs, ends->back_dir, CHAN_XENBUS_HANDLE_MAX);
	uint32_t number;

	if (word) {
		if (io_xen_number(word, CHAN_XENBUS_HANDLE_MAX, &number))
			return (int)number;
		g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED,
			    "a handle is a number from 0 to %u", CHAN_XENBUS_HANDLE_MAX);
		return -1;
	}
	for (int handle = 0; handle <= CHAN_XENBUS_HANDLE_MAX; handle++) {
		g_autofree char *name = g_strdup_printf("%d", handle);

		if (!has(back, name) && !(has(front, name) && front_lives(ends, name)))
			return handle;
	}
	g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "no handle is free");
	return -1;
}

/*
 * Lets the back-end's domain see the list of domains and watch their end. It works without either, so a
 * failure is ignored. xenstored does not return who may watch @releaseDomain; it is set to those who may
 * see the list, which are the domains that ibgate added.
 */
static void grant_visibility(const struct ends *ends)
{
	unsigned int count = 0;
	struct xs_permissions *perms =
		xs_get_permissions(ends->xs, XBT_NULL, "/local/domain", &count);
	struct xs_permissions *all;
	bool may = false;

	if (!perms)
		return;
	/* the first entry is the owner's, and the default for others */
	for (unsigned int i = 1; i < count; i++)
		may |= perms[i].id == ends->back.domid && perms[i].perms & XS_PERM_READ;
	all = g_new0(struct xs_permissions, count + 1);
	memcpy(all, perms, count * sizeof(*perms));
	free(perms);
	if (!may)
		all[count++] =
			(struct xs_permissions){.id = ends->back.domid, .perms = XS_PERM_READ};
	xs_set_permissions(ends->xs, XBT_NULL, "/local/domain", all, count);
	xs_set_permissions(ends->xs, XBT_NULL, "@releaseDomain", all, count);
	g_free(all);
}

static const char *front_name(const struct ends *ends)
{
	return ends->front.name ? ends->front.name : "?";
}

GVariant *io_cli_driver_attach(const struct io_cli_driver *driver, GError **error)
{
	__attribute__((cleanup(ends_clear))) struct ends ends = {0};
	struct io_store_request *r;
	struct io_xen_pair pair = {.port = driver->port};
	int handle;

	if (!ends_find(&ends, driver, false, error))
		return NULL;
	handle = handle_of(&ends, driver->handle, error);
	if (handle < 0)
		return NULL;
	pair.back_id = ends.back.domid;
	pair.front_id = ends.front.domid;
	pair.handle = (uint32_t)handle;
	pair.name = ends.front.name;
	pair.uuid = ends.front.uuid;
	pair.for_another = true;
	grant_visibility(&ends);
	r = io_store_request_new(NULL, NULL);
	io_xen_pair_make(r, &pair);
	if (!carry_out(ends.xs, r, error))
		return NULL;
	return g_variant_ref_sink(g_variant_new_parsed(
		"{'guest': <%s>, 'domid': <%u>, 'backend': <%u>, 'handle': <%u>}",
		front_name(&ends), ends.front.domid, ends.back.domid, pair.handle));
}

/* --- detaching --- */

static bool is_there(const struct ends *ends, const char *path)
{
	g_autofree char *value = get(ends->xs, path);

	return value;
}

/* Waits until the back-end has removed the device, or GONE_MS. */
static void wait_until_gone(const struct ends *ends, const char *back)
{
	struct mono_ms end = mono_add(io_clock_now(), GONE_MS);

	if (!xs_watch(ends->xs, back, "gone"))
		return;
	while (is_there(ends, back)) {
		struct pollfd fd = {.fd = xs_fileno(ends->xs), .events = POLLIN};
		uint64_t left = mono_until(io_clock_now(), end);

		if (!left || poll(&fd, 1, (int)left) < 0)
			break;
		free(xs_check_watch(ends->xs));
	}
	xs_unwatch(ends->xs, back, "gone");
}

static bool detach_one(const struct ends *ends, uint32_t handle, GError **error)
{
	struct io_xen_pair pair = {
		.back_id = ends->back.domid, .front_id = ends->front.domid, .handle = handle};
	struct io_store_request *r = io_store_request_new(NULL, NULL);
	g_autofree char *front = io_xen_pair_front(&pair);
	g_autofree char *back = io_xen_pair_back(&pair);
	struct io_store_op *op;

	/* if it is gone by now, do not create it again */
	io_store_add(r, IO_STORE_NEED, "%s/" CHAN_XENBUS_FRONTEND_ID, back);
	io_store_add(r, IO_STORE_WRITE, "%s/" CHAN_XENBUS_ONLINE, back)->value = g_strdup("0");
	carry_out(ends->xs, r, NULL);
	wait_until_gone(ends, back);
	r = io_store_request_new(NULL, NULL);
	r->alone = true;
	op = io_store_add(r, IO_STORE_REMOVE_IF, "%s", front);
	op->child = CHAN_XENBUS_BACKEND;
	op->value = g_strdup(back);
	io_store_add(r, IO_STORE_PRUNE, "%s", ends->front_dir);
	io_store_add(r, IO_STORE_REMOVE, "%s", back);
	io_store_add(r, IO_STORE_PRUNE, "%s", ends->back_dir);
	return carry_out(ends->xs, r, error);
}

/* Whether the front-end's nodes refer to this back-end; they may be left of another. */
static bool refers_to_back(const struct ends *ends, const char *handle)
{
	g_autofree char *path =
		g_strdup_printf("%s/%s/" CHAN_XENBUS_BACKEND, ends->front_dir, handle);
	g_autofree char *ours = g_strdup_printf("%s/%s", ends->back_dir, handle);
	g_autofree char *backend = get(ends->xs, path);

	return g_strcmp0(backend, ours) == 0;
}

static GPtrArray *handles_of(const struct ends *ends)
{
	GPtrArray *back = numbers_in(ends->xs, ends->back_dir, CHAN_XENBUS_HANDLE_MAX);
	g_autoptr(GPtrArray) front = numbers_in(ends->xs, ends->front_dir, CHAN_XENBUS_HANDLE_MAX);

	for (guint i = 0; i < front->len; i++) {
		const char *handle = g_ptr_array_index(front, i);

		if (!has(back, handle) && refers_to_back(ends, handle))
			g_ptr_array_add(back, g_strdup(handle));
	}
	return back;
}

GVariant *io_cli_driver_detach(const struct io_cli_driver *driver, GError **error)
{
	g_autoptr(GPtrArray) handles = NULL;
	__attribute__((cleanup(ends_clear))) struct ends ends = {0};
	guint removed = 0;
	int only = -1;

	if (!ends_find(&ends, driver, true, error))
		return NULL;
	if (driver->handle) {
		only = handle_of(&ends, driver->handle, error);
		if (only < 0)
			return NULL;
	}
	handles = handles_of(&ends);
	for (guint i = 0; i < handles->len; i++) {
		uint32_t handle;

		if (!io_xen_number(g_ptr_array_index(handles, i), CHAN_XENBUS_HANDLE_MAX,
				   &handle) ||
		    (only >= 0 && handle != (uint32_t)only))
			continue;
		if (!detach_one(&ends, handle, error))
			return NULL;
		removed++;
	}
	return g_variant_ref_sink(g_variant_new_parsed("{'guest': <%s>, 'domid': <%u>, 'backend': "
						       "<%u>, 'devices': <%u>, 'sessions': <%u>}",
						       front_name(&ends), ends.front.domid,
						       ends.back.domid, removed, 0u));
}
