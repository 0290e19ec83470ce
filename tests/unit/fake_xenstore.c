/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/fake_xenstore.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <xenstore.h>

#include "tests/unit/store_tree.h"
#include "tests/unit/store_watch.h"

struct xs_handle {
	int fd;
	bool dead;
};

static GMutex lock;
static GCond moved;
static GTree *tree;
static GTree *scratch; /* of the transaction under way; one client, so one at a time */
static GPtrArray *changed; /* paths that the transaction changed */
static struct store_watches watches;
static unsigned int calls, disturb;
static guint64 generation, started_at;
static struct xs_handle *client;
static unsigned int client_id; /* its domain */
static GHashTable *broken;
static bool stopped, away;
static char *contended; /* who writes there, does so all the time */
static bool doomed; /* the transaction under way met that */

static char *absolute(const char *path)
{
	if (path[0] == '/' || path[0] == '@')
		return g_strdup(path);
	return g_strdup_printf("/local/domain/%u/%s", client_id, path);
}

static void wake_client(void)
{
	if (client)
		eventfd_write(client->fd, 1);
}

/* What is removed is told before it is, as what one could read counts. */
static void fire(const char *path, bool removed)
{
	store_watches_fire(&watches, path, removed, tree, client_id);
}

/* --- the test's side --- */

void fake_xenstore_reset(void)
{
	g_mutex_lock(&lock);
	if (watches.watch)
		store_watches_fini(&watches);
	g_clear_pointer(&tree, g_tree_unref);
	g_clear_pointer(&scratch, g_tree_unref);
	g_clear_pointer(&changed, g_ptr_array_unref);
	g_clear_pointer(&broken, g_hash_table_unref);
	tree = store_tree_new();
	store_watches_init(&watches, wake_client);
	broken = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	store_tree_set(tree, "/local/domain/0/name", "Domain-0", 8);
	store_tree_set(tree, "/local/domain/0/domid", "0", 1);
	store_tree_set(tree, "@introduceDomain", "", 0);
	store_tree_set(tree, "@releaseDomain", "", 0);
	g_clear_pointer(&contended, g_free);
	calls = disturb = client_id = 0;
	stopped = away = false;
	if (client)
		client->dead = true;
	client = NULL;
	g_mutex_unlock(&lock);
}

void fake_xenstore_set(const char *path, const char *value)
{
	g_mutex_lock(&lock);
	generation++;
	if (value)
		store_tree_set(tree, path, value, strlen(value));
	fire(path, !value);
	if (!value)
		store_tree_erase(tree, path);
	g_mutex_unlock(&lock);
}

char *fake_xenstore_get(const char *path)
{
	char *value = NULL;
	struct store_node *n;

	g_mutex_lock(&lock);
	n = store_tree_get(tree, path);
	if (n)
		value = g_strdup(n->value);
	g_mutex_unlock(&lock);
	return value;
}

char *fake_xenstore_perms(const char *path)
{
	char *text = NULL;
	struct store_node *n;

	g_mutex_lock(&lock);
	n = store_tree_get(tree, path);
	if (n && n->reader != n->owner)
		text = g_strdup_printf("n%u r%u", n->owner, n->reader);
	else if (n)
		text = g_strdup_printf("n%u", n->owner);
	g_mutex_unlock(&lock);
	return text;
}

unsigned int fake_xenstore_nodes(const char *path)
{
	g_autoptr(GPtrArray) all = NULL;

	g_mutex_lock(&lock);
	all = store_tree_below(tree, path);
	g_mutex_unlock(&lock);
	return all->len;
}

void fake_xenstore_fire(const char *special)
{
	g_mutex_lock(&lock);
	fire(special, false);
	g_mutex_unlock(&lock);
}

void fake_xenstore_be(unsigned int domid)
{
	g_autofree char *home = g_strdup_printf("/local/domain/%u", domid);
	g_autofree char *own = g_strdup_printf("%s/domid", home);
	g_autofree char *text = g_strdup_printf("%u", domid);
	struct store_node *n;

	g_mutex_lock(&lock);
	client_id = domid;
	store_tree_set(tree, home, "", 0);
	n = store_tree_get(tree, home);
	n->reader = domid;
	store_tree_set(tree, own, text, strlen(text));
	g_mutex_unlock(&lock);
}

void fake_xenstore_chmod(const char *path, unsigned int owner, unsigned int reader)
{
	struct store_node *n;

	g_mutex_lock(&lock);
	n = store_tree_get(tree, path);
	n->owner = owner;
	n->reader = reader;
	g_mutex_unlock(&lock);
}

void fake_xenstore_disturb(unsigned int transactions)
{
	g_mutex_lock(&lock);
	disturb = transactions;
	g_mutex_unlock(&lock);
}

void fake_xenstore_contend(const char *path)
{
	g_mutex_lock(&lock);
	g_free(contended);
	contended = g_strdup(path);
	g_mutex_unlock(&lock);
}

void fake_xenstore_break(const char *path, int error)
{
	g_mutex_lock(&lock);
	g_hash_table_replace(broken, g_strdup(path), GINT_TO_POINTER(error));
	g_mutex_unlock(&lock);
}

void fake_xenstore_stop(bool stop)
{
	g_mutex_lock(&lock);
	stopped = stop;
	g_cond_broadcast(&moved);
	g_mutex_unlock(&lock);
}

void fake_xenstore_away(bool is)
{
	g_mutex_lock(&lock);
	away = is;
	g_mutex_unlock(&lock);
}

void fake_xenstore_die(void)
{
	g_mutex_lock(&lock);
	store_watches_clear(&watches);
	g_clear_pointer(&scratch, g_tree_unref);
	if (client) {
		client->dead = true;
		eventfd_write(client->fd, 1);
	}
	client = NULL;
	g_mutex_unlock(&lock);
}

static unsigned int read_locked(const unsigned int *value)
{
	unsigned int v;

	g_mutex_lock(&lock);
	v = *value;
	g_mutex_unlock(&lock);
	return v;
}

unsigned int fake_xenstore_calls(void)
{
	return read_locked(&calls);
}

unsigned int fake_xenstore_events(void)
{
	return read_locked(&watches.event_count);
}

unsigned int fake_xenstore_watches(void)
{
	unsigned int n;

	g_mutex_lock(&lock);
	n = watches.watch->len;
	g_mutex_unlock(&lock);
	return n;
}

/* --- libxenstore --- */

/* False: the handle is dead (and not locked). */
static bool enter(struct xs_handle *h)
{
	g_mutex_lock(&lock);
	calls++;
	while (stopped)
		g_cond_wait(&moved, &lock);
	if (!h->dead)
		return true;
	g_mutex_unlock(&lock);
	errno = EBADF;
	return false;
}

static void leave(int error)
{
	g_mutex_unlock(&lock);
	errno = error;
}

/* The tree in which that path is looked at. */
static GTree *tree_for(xs_transaction_t t, const char *path)
{
	if (t == XBT_NULL)
		return tree;
	if (contended && store_path_is_below(path, contended))
		doomed = true;
	return scratch;
}

static void tell(xs_transaction_t t, const char *path, bool removed)
{
	if (t == XBT_NULL) {
		generation++;
		fire(path, removed);
		return;
	}
	g_ptr_array_add(changed, g_strdup_printf("%c%s", removed ? '-' : '+', path));
}

struct xs_handle *xs_open(unsigned long flags)
{
	struct xs_handle *h = NULL;

	g_mutex_lock(&lock);
	while (stopped)
		g_cond_wait(&moved, &lock);
	if (!away) {
		h = g_new0(struct xs_handle, 1);
		h->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
		client = h;
	}
	g_mutex_unlock(&lock);
	errno = ENOENT;
	return h;
}

void xs_close(struct xs_handle *h)
{
	g_mutex_lock(&lock);
	if (client == h) {
		client = NULL;
		store_watches_clear(&watches);
	}
	g_mutex_unlock(&lock);
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
	error = GPOINTER_TO_INT(g_hash_table_lookup(broken, abs));
	if (!error)
		error = store_tree_may_read(tree_for(t, abs), abs, client_id);
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
	error = store_tree_may_write(tree_for(t, abs), abs, client_id);
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
	error = store_tree_may_read(tree_for(t, abs), abs, client_id);
	if (!error)
		error = store_tree_may_write(tree_for(t, abs), abs, client_id);
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
	error = store_tree_may_read(tree_for(t, abs), abs, client_id);
	if (error) {
		leave(error);
		return NULL;
	}
	all = store_tree_below(tree_for(t, abs), abs);
	/* one piece of memory, as the library gives it */
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
	/* as xenstored has it */
	error = abs[0] == '@' ? EINVAL : store_tree_may_read(tree_for(t, abs), abs, client_id);
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
	error = store_tree_may_write(tree_for(t, abs), abs, client_id);
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
	g_clear_pointer(&scratch, g_tree_unref);
	scratch = store_tree_copy(tree);
	g_clear_pointer(&changed, g_ptr_array_unref);
	changed = g_ptr_array_new_with_free_func(g_free);
	started_at = generation;
	doomed = false;
	leave(0);
	return 1;
}

static void fire_changed(char how)
{
	for (guint i = 0; i < changed->len; i++) {
		const char *c = g_ptr_array_index(changed, i);

		if (c[0] == how)
			fire(c + 1, how == '-');
	}
}

bool xs_transaction_end(struct xs_handle *h, xs_transaction_t t, bool abort)
{
	bool disturbed;

	if (!enter(h))
		return false;
	disturbed = disturb > 0 || doomed || generation != started_at;
	if (disturb)
		disturb--;
	if (!abort && !disturbed) {
		generation++;
		fire_changed('-');
		g_tree_unref(tree);
		tree = g_steal_pointer(&scratch);
		fire_changed('+');
	}
	g_clear_pointer(&scratch, g_tree_unref);
	leave(disturbed && !abort ? EAGAIN : 0);
	return abort || !disturbed;
}

bool xs_watch(struct xs_handle *h, const char *path, const char *token)
{
	g_autofree char *abs = absolute(path);
	int error;

	if (!enter(h))
		return false;
	error = GPOINTER_TO_INT(g_hash_table_lookup(broken, abs));
	if (!error)
		store_watch_add(&watches, abs, path, token);
	leave(error);
	return !error;
}

/* Always with XS_UNWATCH_FILTER. */
bool xs_unwatch(struct xs_handle *h, const char *path, const char *token)
{
	if (!enter(h))
		return false;
	store_watch_remove(&watches, path, token);
	leave(0);
	return true;
}

char **xs_check_watch(struct xs_handle *h)
{
	struct store_event *e;
	char **result;
	gsize path;

	g_mutex_lock(&lock);
	e = h->dead ? NULL : store_event_take(&watches);
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
