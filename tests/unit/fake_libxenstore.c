/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The functions of libxenstore, on the xenstored of fake_xenstore.h. */
#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenstore.h>

#include "tests/unit/fake_xenstore_priv.h"

static char *absolute(const char *path)
{
	if (path[0] == '/' || path[0] == '@')
		return g_strdup(path);
	return g_strdup_printf("/local/domain/%u/%s", xenstored.client_id, path);
}

/* False: the handle is dead (and not locked). */
static bool enter(struct xs_handle *h)
{
	g_mutex_lock(&xenstored.lock);
	xenstored.calls++;
	while (xenstored.stopped)
		g_cond_wait(&xenstored.moved, &xenstored.lock);
	if (!h->dead)
		return true;
	g_mutex_unlock(&xenstored.lock);
	errno = EBADF;
	return false;
}

static void leave(int error)
{
	g_mutex_unlock(&xenstored.lock);
	errno = error;
}

/* The tree that contains that path. */
static GTree *tree_for(xs_transaction_t t, const char *path)
{
	if (t == XBT_NULL)
		return xenstored.tree;
	if (xenstored.contended && store_path_is_below(path, xenstored.contended))
		xenstored.must_conflict = true;
	return xenstored.scratch;
}

static void tell(xs_transaction_t t, const char *path, bool removed)
{
	if (t == XBT_NULL) {
		xenstored.generation++;
		fake_xenstored_fire(path, removed);
		return;
	}
	g_ptr_array_add(xenstored.changed, g_strdup_printf("%c%s", removed ? '-' : '+', path));
}

struct xs_handle *xs_open(unsigned long flags)
{
	struct xs_handle *h = NULL;

	g_mutex_lock(&xenstored.lock);
	while (xenstored.stopped)
		g_cond_wait(&xenstored.moved, &xenstored.lock);
	if (!xenstored.away) {
		h = g_new0(struct xs_handle, 1);
		h->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		xenstored.client = h;
	}
	g_mutex_unlock(&xenstored.lock);
	errno = ENOENT;
	return h;
}

void xs_close(struct xs_handle *h)
{
	g_mutex_lock(&xenstored.lock);
	if (xenstored.client == h) {
		xenstored.client = NULL;
		store_watches_clear(&xenstored.watches);
	}
	g_mutex_unlock(&xenstored.lock);
	close(h->fd);
	g_free(h);
}

int xs_fileno(struct xs_handle *h)
{
	return h->fd;
}

void *xs_read(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *len)
{
	g_autofree char *abs = absolute(path);
	char *value = NULL;
	struct store_node *n;
	int error;

	if (!enter(h))
		return NULL;
	error = GPOINTER_TO_INT(g_hash_table_lookup(xenstored.broken, abs));
	if (!error)
		error = store_tree_may_read(tree_for(t, abs), abs, xenstored.client_id);
	if (!error) {
		n = store_tree_get(tree_for(t, abs), abs);
		value = malloc(n->len + 1);
		memcpy(value, n->value, n->len + 1);
		*len = (unsigned int)n->len;
	}
	leave(error);
	return value;
}

bool xs_write(struct xs_handle *h, xs_transaction_t t, const char *path, const void *data,
	      unsigned int len)
{
	g_autofree char *abs = absolute(path);
	int error;

	if (!enter(h))
		return false;
	error = store_tree_may_write(tree_for(t, abs), abs, xenstored.client_id);
	if (!error) {
		store_tree_set(tree_for(t, abs), abs, data, len);
		tell(t, abs, false);
	}
	leave(error);
	return !error;
}

bool xs_rm(struct xs_handle *h, xs_transaction_t t, const char *path)
{
	g_autofree char *abs = absolute(path);
	int error;

	if (!enter(h))
		return false;
	error = store_tree_may_read(tree_for(t, abs), abs, xenstored.client_id);
	if (!error)
		error = store_tree_may_write(tree_for(t, abs), abs, xenstored.client_id);
	if (!error) {
		tell(t, abs, true);
		store_tree_erase(tree_for(t, abs), abs);
	}
	leave(error);
	return !error;
}

char **xs_directory(struct xs_handle *h, xs_transaction_t t, const char *path, unsigned int *num)
{
	g_autofree char *abs = absolute(path);
	g_autoptr(GPtrArray) all = NULL;
	gsize len = strlen(abs);
	char **names;
	char *text;
	int error;

	if (!enter(h))
		return NULL;
	error = store_tree_may_read(tree_for(t, abs), abs, xenstored.client_id);
	if (error) {
		leave(error);
		return NULL;
	}
	all = store_tree_below(tree_for(t, abs), abs);
	/* one allocation, as in the library */
	names = calloc(1, (all->len + 1) * sizeof(char *) + all->len * 64);
	text = (char *)(names + all->len + 1);
	*num = 0;
	for (guint i = 0; i < all->len; i++) {
		const char *child = (char *)g_ptr_array_index(all, i) + len;

		if (!child[0] || strchr(child + 1, '/'))
			continue;
		names[(*num)++] = strncpy(text, child + 1, 63);
		text += 64;
	}
	leave(0);
	return names;
}

struct xs_permissions *xs_get_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
					  unsigned int *num)
{
	g_autofree char *abs = absolute(path);
	struct xs_permissions *perms = NULL;
	const struct store_node *n;
	int error;

	if (!enter(h))
		return NULL;
	/* as xenstored does */
	error = abs[0] == '@' ? EINVAL
			      : store_tree_may_read(tree_for(t, abs), abs, xenstored.client_id);
	if (!error) {
		n = store_tree_get(tree_for(t, abs), abs);
		perms = calloc(2, sizeof(*perms));
		perms[0].id = n->owner;
		perms[1] = (struct xs_permissions){.id = n->reader, .perms = XS_PERM_READ};
		*num = n->reader == n->owner ? 1 : 2;
	}
	leave(error);
	return perms;
}

bool xs_set_permissions(struct xs_handle *h, xs_transaction_t t, const char *path,
			struct xs_permissions *perms, unsigned int num_perms)
{
	g_autofree char *abs = absolute(path);
	struct store_node *n;
	int error;

	if (!enter(h))
		return false;
	error = store_tree_may_write(tree_for(t, abs), abs, xenstored.client_id);
	n = store_tree_get(tree_for(t, abs), abs);
	if (!error && !n)
		error = ENOENT;
	if (!error) {
		n->owner = perms[0].id;
		n->reader = num_perms > 1 ? perms[1].id : perms[0].id;
	}
	leave(error);
	return !error;
}

xs_transaction_t xs_transaction_start(struct xs_handle *h)
{
	if (!enter(h))
		return XBT_NULL;
	g_clear_pointer(&xenstored.scratch, g_tree_unref);
	xenstored.scratch = store_tree_copy(xenstored.tree);
	g_clear_pointer(&xenstored.changed, g_ptr_array_unref);
	xenstored.changed = g_ptr_array_new_with_free_func(g_free);
	xenstored.started_at = xenstored.generation;
	xenstored.must_conflict = false;
	leave(0);
	return 1;
}

static void fire_changed(char how)
{
	for (guint i = 0; i < xenstored.changed->len; i++) {
		const char *c = g_ptr_array_index(xenstored.changed, i);

		if (c[0] == how)
			fake_xenstored_fire(c + 1, how == '-');
	}
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	bool disturbed;

	if (!enter(h))
		return false;
	disturbed = xenstored.disturb > 0 || xenstored.must_conflict ||
		    xenstored.generation != xenstored.started_at;
	if (xenstored.disturb)
		xenstored.disturb--;
	if (!abort && !disturbed) {
		xenstored.generation++;
		fire_changed('-');
		g_tree_unref(xenstored.tree);
		xenstored.tree = g_steal_pointer(&xenstored.scratch);
		fire_changed('+');
	}
	g_clear_pointer(&xenstored.scratch, g_tree_unref);
	leave(disturbed && !abort ? EAGAIN : 0);
	return abort || !disturbed;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	g_autofree char *abs = absolute(path);
	int error;

	if (!enter(h))
		return false;
	error = GPOINTER_TO_INT(g_hash_table_lookup(xenstored.broken, abs));
	if (!error)
		store_watch_add(&xenstored.watches, abs, path, token);
	leave(error);
	return !error;
}

/* Always with XS_UNWATCH_FILTER. */
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	if (!enter(h))
		return false;
	store_watch_remove(&xenstored.watches, path, token);
	leave(0);
	return true;
}

char **xs_check_watch(struct xs_handle *h)
{
	struct store_event *e;
	char **result;
	gsize path;

	g_mutex_lock(&xenstored.lock);
	e = h->dead ? NULL : store_event_take(&xenstored.watches);
	if (!e) {
		eventfd_t ignored;

		eventfd_read(h->fd, &ignored);
		leave(h->dead ? EBADF : EAGAIN);
		return NULL;
	}
	path = strlen(e->path) + 1;
	result = malloc(2 * sizeof(char *) + path + strlen(e->token) + 1);
	result[XS_WATCH_PATH] = (char *)(result + 2);
	result[XS_WATCH_TOKEN] = result[XS_WATCH_PATH] + path;
	memcpy(result[XS_WATCH_PATH], e->path, path);
	strcpy(result[XS_WATCH_TOKEN], e->token);
	store_event_free(e);
	leave(0);
	return result;
}
