/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_xenstore.h"

#include <string.h>
#include <sys/eventfd.h>

#include "tests/unit/fake_xenstore_priv.h"

struct fake_xenstored xenstored;

static void wake_client(void)
{
	if (xenstored.client)
		eventfd_write(xenstored.client->fd, 1);
}

void fake_xenstored_fire(const char *path, bool removed)
{
	store_watches_fire(&xenstored.watches, path, removed, xenstored.tree, xenstored.client_id);
}

void fake_xenstore_reset(void)
{
	g_mutex_lock(&xenstored.lock);
	if (xenstored.watches.watch)
		store_watches_fini(&xenstored.watches);
	g_clear_pointer(&xenstored.tree, g_tree_unref);
	g_clear_pointer(&xenstored.scratch, g_tree_unref);
	g_clear_pointer(&xenstored.changed, g_ptr_array_unref);
	g_clear_pointer(&xenstored.broken, g_hash_table_unref);
	xenstored.tree = store_tree_new();
	store_watches_init(&xenstored.watches, wake_client);
	xenstored.broken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	store_tree_set(xenstored.tree, "/local/domain/0/name", "Domain-0", 8);
	store_tree_set(xenstored.tree, "/local/domain/0/domid", "0", 1);
	store_tree_set(xenstored.tree, "@introduceDomain", "", 0);
	store_tree_set(xenstored.tree, "@releaseDomain", "", 0);
	g_clear_pointer(&xenstored.contended, g_free);
	xenstored.calls = xenstored.disturb = xenstored.client_id = 0;
	xenstored.stopped = xenstored.away = false;
	if (xenstored.client)
		xenstored.client->dead = true;
	xenstored.client = NULL;
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_set(const char *path, const char *value)
{
	g_mutex_lock(&xenstored.lock);
	xenstored.generation++;
	if (value)
		store_tree_set(xenstored.tree, path, value, strlen(value));
	fake_xenstored_fire(path, !value);
	if (!value)
		store_tree_erase(xenstored.tree, path);
	g_mutex_unlock(&xenstored.lock);
}

char *fake_xenstore_get(const char *path)
{
	char *value = NULL;
	struct store_node *n;

	g_mutex_lock(&xenstored.lock);
	n = store_tree_get(xenstored.tree, path);
	if (n)
		value = g_strdup(n->value);
	g_mutex_unlock(&xenstored.lock);
	return value;
}

char *fake_xenstore_perms(const char *path)
{
	char *text = NULL;
	struct store_node *n;

	g_mutex_lock(&xenstored.lock);
	n = store_tree_get(xenstored.tree, path);
	if (n && n->reader != n->owner)
		text = g_strdup_printf("n%u r%u", n->owner, n->reader);
	else if (n)
		text = g_strdup_printf("n%u", n->owner);
	g_mutex_unlock(&xenstored.lock);
	return text;
}

unsigned int fake_xenstore_nodes(const char *path)
{
	g_autoptr(GPtrArray) all = NULL;

	g_mutex_lock(&xenstored.lock);
	all = store_tree_below(xenstored.tree, path);
	g_mutex_unlock(&xenstored.lock);
	return all->len;
}

void fake_xenstore_fire(const char *special)
{
	g_mutex_lock(&xenstored.lock);
	fake_xenstored_fire(special, false);
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_be(unsigned int domid)
{
	g_autofree char *home = g_strdup_printf("/local/domain/%u", domid);
	g_autofree char *own = g_strdup_printf("%s/domid", home);
	g_autofree char *text = g_strdup_printf("%u", domid);
	struct store_node *n;

	g_mutex_lock(&xenstored.lock);
	xenstored.client_id = domid;
	store_tree_set(xenstored.tree, home, "", 0);
	n = store_tree_get(xenstored.tree, home);
	n->reader = domid;
	store_tree_set(xenstored.tree, own, text, strlen(text));
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_chmod(const char *path, unsigned int owner, unsigned int reader)
{
	struct store_node *n;

	g_mutex_lock(&xenstored.lock);
	n = store_tree_get(xenstored.tree, path);
	n->owner = owner;
	n->reader = reader;
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_disturb(unsigned int transactions)
{
	g_mutex_lock(&xenstored.lock);
	xenstored.disturb = transactions;
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_contend(const char *path)
{
	g_mutex_lock(&xenstored.lock);
	g_free(xenstored.contended);
	xenstored.contended = g_strdup(path);
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_break(const char *path, int error)
{
	g_mutex_lock(&xenstored.lock);
	g_hash_table_replace(xenstored.broken, g_strdup(path), GINT_TO_POINTER(error));
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_stop(bool stop)
{
	g_mutex_lock(&xenstored.lock);
	xenstored.stopped = stop;
	g_cond_broadcast(&xenstored.moved);
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_away(bool is)
{
	g_mutex_lock(&xenstored.lock);
	xenstored.away = is;
	g_mutex_unlock(&xenstored.lock);
}

void fake_xenstore_die(void)
{
	g_mutex_lock(&xenstored.lock);
	store_watches_clear(&xenstored.watches);
	g_clear_pointer(&xenstored.scratch, g_tree_unref);
	if (xenstored.client) {
		xenstored.client->dead = true;
		eventfd_write(xenstored.client->fd, 1);
	}
	xenstored.client = NULL;
	g_mutex_unlock(&xenstored.lock);
}

static unsigned int read_locked(const unsigned int *value)
{
	unsigned int v;

	g_mutex_lock(&xenstored.lock);
	v = *value;
	g_mutex_unlock(&xenstored.lock);
	return v;
}

unsigned int fake_xenstore_calls(void)
{
	return read_locked(&xenstored.calls);
}

unsigned int fake_xenstore_events(void)
{
	return read_locked(&xenstored.watches.event_count);
}

unsigned int fake_xenstore_watches(void)
{
	unsigned int n;

	g_mutex_lock(&xenstored.lock);
	n = xenstored.watches.watch->len;
	g_mutex_unlock(&xenstored.lock);
	return n;
}
