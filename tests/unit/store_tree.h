/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The nodes of fake_xenstore.c: a tree in memory, with the permissions that class vib uses (an owner with
 * all rights, and possibly one reader) and xenstored's rules. Domain 0 may do anything. Paths are absolute.
 * Errors are positive errno, 0: none.
 */
#pragma once

#include <glib.h>
#include <stdbool.h>

struct store_node {
	char *value;
	gsize len;
	unsigned int owner, reader; /* reader == owner: only the owner */
};

GTree *store_tree_new(void);
GTree *store_tree_copy(GTree *from);

/* NULL: there is none. */
struct store_node *store_tree_get(GTree *t, const char *path);
/* Sets a value; missing nodes above inherit the permissions of the nearest existing one. */
void store_tree_set(GTree *t, const char *path, const char *value, gsize len);
/* Removes a node with all below. False: there was none. */
bool store_tree_erase(GTree *t, const char *path);
/* Paths of the node and of all below. */
GPtrArray *store_tree_below(GTree *t, const char *path);

/* For a missing node the nearest one above decides: ENOENT if it is readable, otherwise EACCES. */
int store_tree_may_read(GTree *t, const char *path, unsigned int domid);
/* A missing node may be created by those who may write to the nearest one above. */
int store_tree_may_write(GTree *t, const char *path, unsigned int domid);

bool store_path_is_below(const char *path, const char *top);
