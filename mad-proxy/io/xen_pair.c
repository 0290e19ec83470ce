/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/xen_pair.h"

#include "channel/abi/chan_xenbus.h"

static void add_write(struct io_store_request *r, const char *dir, const char *key,
		      const char *format, ...) G_GNUC_PRINTF(4, 5);

static void add_write(struct io_store_request *r, const char *dir, const char *key,
		      const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	io_store_add(r, IO_STORE_WRITE, "%s/%s", dir, key)->value = g_strdup_vprintf(format, ap);
	va_end(ap);
}

/* Creates an empty directory; nodes made in it inherit its permissions. */
static void add_dir(struct io_store_request *r, const char *dir, uint32_t owner, uint32_t reader)
{
	struct io_store_op *op;

	io_store_add(r, IO_STORE_WRITE, "%s", dir)->value = g_strdup("");
	op = io_store_add(r, IO_STORE_PERMS, "%s", dir);
	op->owner = owner;
	op->reader = reader;
}

char *io_xen_pair_back(const struct io_xen_pair *pair)
{
	return g_strdup_printf("/local/domain/%u/" CHAN_XENBUS_BACK_DIR "/%u/%u", pair->back_id,
			       pair->front_id, pair->handle);
}

char *io_xen_pair_front(const struct io_xen_pair *pair)
{
	return g_strdup_printf("/local/domain/%u/" CHAN_XENBUS_FRONT_DIR "/%u", pair->front_id,
			       pair->handle);
}

static void make_back(struct io_store_request *r, const struct io_xen_pair *pair, const char *back,
		      const char *front)
{
	g_autofree char *above = g_path_get_dirname(back);

	/* the directory of devices gets them too: the back-end deletes it with the last device */
	if (pair->for_another)
		add_dir(r, above, pair->back_id, pair->front_id);
	add_dir(r, back, pair->back_id, pair->front_id);
	add_write(r, back, CHAN_XENBUS_FRONTEND, "%s", front);
	add_write(r, back, CHAN_XENBUS_FRONTEND_ID, "%u", pair->front_id);
	add_write(r, back, CHAN_XENBUS_ONLINE, "1");
	if (pair->name)
		add_write(r, back, CHAN_XENBUS_DOMAIN, "%s", pair->name);
	if (pair->uuid)
		add_write(r, back, CHAN_XENBUS_UUID, "%s", pair->uuid);
	if (pair->port)
		add_write(r, back, CHAN_XENBUS_PORT, "%s", pair->port);
	add_write(r, back, CHAN_XENBUS_STATE, "%u", CHAN_XENBUS_INITIALISING);
}

static void make_front(struct io_store_request *r, const struct io_xen_pair *pair, const char *back,
		       const char *front)
{
	add_dir(r, front, pair->front_id, pair->back_id);
	add_write(r, front, CHAN_XENBUS_BACKEND, "%s", back);
	add_write(r, front, CHAN_XENBUS_BACKEND_ID, "%u", pair->back_id);
	add_write(r, front, CHAN_XENBUS_HANDLE, "%u", pair->handle);
	add_write(r, front, CHAN_XENBUS_STATE, "%u", CHAN_XENBUS_INITIALISING);
}

void io_xen_pair_make(struct io_store_request *r, const struct io_xen_pair *pair)
{
	g_autofree char *back = io_xen_pair_back(pair);
	g_autofree char *front = io_xen_pair_front(pair);
	struct io_store_op *op;

	io_store_add(r, IO_STORE_NEED, "/local/domain/%u", pair->back_id);
	io_store_add(r, IO_STORE_NEED, "/local/domain/%u", pair->front_id);
	io_store_add(r, IO_STORE_REFUSE, "%s", back);
	op = io_store_add(r, IO_STORE_REFUSE_OTHER, "%s", front);
	op->child = CHAN_XENBUS_BACKEND;
	op->value = g_strdup(back);
	io_store_add(r, IO_STORE_REMOVE, "%s", front);
	make_back(r, pair, back, front);
	make_front(r, pair, back, front);
}
