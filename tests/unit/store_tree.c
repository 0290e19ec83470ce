/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/store_tree.h"

#include <errno.h>
#include <string.h>

static void node_free(gpointer data)
{
	struct store_node *n = data;

	g_free(n->value);
	g_free(n);
}

GTree *store_tree_new(void)
{
	return g_tree_new_full((GCompareDataFunc)(void (*)(void))strcmp, NULL, g_free, node_free);
}

static gboolean copy_one(gpointer path, gpointer value, gpointer into)
{
	const struct store_node *from = value;
	struct store_node *n = g_new0(struct store_node, 1);

	*n = *from;
	n->value = g_malloc0(from->len + 1);
	memcpy(n->value, from->value, from->len);
	g_tree_insert(into, g_strdup(path), n);
	return FALSE;
}

GTree *store_tree_copy(GTree *from)
{
	GTree *t = store_tree_new();

	g_tree_foreach(from, copy_one, t);
	return t;
}

struct store_node *store_tree_get(GTree *t, const char *path)
{
	return g_tree_lookup(t, path);
}

/* "@releaseDomain" has none. */
static bool has_parent(const char *path)
{
	return path[0] == '/' && path[1];
}

static struct store_node *node_make(GTree *t, const char *path)
{
	struct store_node *n = g_tree_lookup(t, path), *above = NULL;
	g_autofree char *parent = NULL;

	if (n)
		return n;
	parent = g_path_get_dirname(path);
	if (has_parent(path))
		above = node_make(t, parent);
	n = g_new0(struct store_node, 1);
	n->value = g_strdup("");
	if (above) {
		n->owner = above->owner;
		n->reader = above->reader;
	}
	g_tree_insert(t, g_strdup(path), n);
	return n;
}

void store_tree_set(GTree *t, const char *path, const char *value, gsize len)
{
	struct store_node *n = node_make(t, path);

	g_free(n->value);
	n->value = g_malloc0(len + 1);
	memcpy(n->value, value, len);
	n->len = len;
}

bool store_path_is_below(const char *path, const char *top)
{
	gsize len = strlen(top);

	return strncmp(path, top, len) == 0 && (path[len] == '/' || !path[len]);
}

struct search {
	const char *path;
	GPtrArray *found;
};

static gboolean find_below(gpointer path, gpointer value, gpointer data)
{
	struct search *s = data;

	if (store_path_is_below(path, s->path))
		g_ptr_array_add(s->found, g_strdup(path));
	return FALSE;
}

GPtrArray *store_tree_below(GTree *t, const char *path)
{
	struct search s = {.path = path, .found = g_ptr_array_new_with_free_func(g_free)};

	g_tree_foreach(t, find_below, &s);
	return s.found;
}

bool store_tree_erase(GTree *t, const char *path)
{
	g_autoptr(GPtrArray) all = store_tree_below(t, path);

	for (guint i = 0; i < all->len; i++)
		g_tree_remove(t, g_ptr_array_index(all, i));
	return all->len > 0;
}

/* The node, or the nearest existing one above it. */
static const struct store_node *nearest(GTree *t, const char *path)
{
	const struct store_node *n = g_tree_lookup(t, path);
	g_autofree char *parent = NULL;

	if (n || !has_parent(path))
		return n;
	parent = g_path_get_dirname(path);
	return nearest(t, parent);
}

int store_tree_may_read(GTree *t, const char *path, unsigned int domid)
{
	const struct store_node *n = nearest(t, path);

	if (domid && n && n->owner != domid && n->reader != domid)
		return EACCES;
	return g_tree_lookup(t, path) ? 0 : ENOENT;
}

int store_tree_may_write(GTree *t, const char *path, unsigned int domid)
{
	const struct store_node *n = nearest(t, path);

	return domid && (!n || n->owner != domid) ? EACCES : 0;
}
