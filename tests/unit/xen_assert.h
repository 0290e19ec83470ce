/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Assertions and actions of tests over xen_fixture.h. Include after test.h. */
#pragma once

#include <string.h>

#include "mad-proxy/io/xen_priv.h"
#include "tests/unit/fake_xenstore.h"
#include "tests/unit/capture.h"
#include "tests/unit/xen_fixture.h"

#define TEST_F(name, fixture) TEST_OVER(xen_fixture_setup, xen_fixture_teardown, name, fixture)
/* With a domain 3 that is guest alpha, and with its device 0 connected. */
#define TEST_ALPHA(name, fixture) TEST_OVER(setup_alpha, xen_fixture_teardown, name, fixture)
#define TEST_CONNECTED(name, fixture) \
	TEST_OVER(setup_connected, xen_fixture_teardown, name, fixture)

static inline int setup_alpha(void **state)
{
	int rc = xen_fixture_setup(state);

	xen_fixture_domain(3, "alpha", NULL);
	return rc;
}

static inline int setup_connected(void **state)
{
	int rc = setup_alpha(state);

	xen_fixture_connect(3, 0);
	return rc;
}

static inline void assert_node(const char *path, const char *value)
{
	g_autofree char *is = fake_xenstore_get(path);

	assert_non_null(is);
	assert_string_equal(is, value);
}

static inline void assert_perms(const char *path, const char *perms)
{
	g_autofree char *are = fake_xenstore_perms(path);

	assert_non_null(are);
	assert_string_equal(are, perms);
}

/* The state of B. */
static inline void assert_state(unsigned int domid, unsigned int handle, const char *state)
{
	assert_string_equal(xen_fixture_back(domid, handle, CHAN_XENBUS_STATE), state);
}

/* The error beside B contains these words; there is none. */
static inline void assert_error(unsigned int domid, unsigned int handle, const char *words)
{
	const char *error = xen_fixture_back(domid, handle, CHAN_XENBUS_ERROR);

	if (!error[0] || !strstr(error, words))
		fail_msg("device %u of domain %u: '%s', not '%s'", handle, domid, error, words);
}

static inline void assert_no_error(unsigned int domid, unsigned int handle)
{
	assert_string_equal(xen_fixture_back(domid, handle, CHAN_XENBUS_ERROR), "");
}

/* The front-end writes this state, and it was handled. */
static inline void front_shows(unsigned int domid, unsigned int handle, const char *state)
{
	xen_fixture_front(domid, handle, CHAN_XENBUS_STATE, state);
	xen_fixture_settle();
}

/* NULL: there is no such device. */
static inline const struct io_xen_device *device_of(const struct xen_fixture *fixture,
						    unsigned int domid, unsigned int handle)
{
	return g_hash_table_lookup(fixture->gate->xen->devices, io_xen_key(domid, handle));
}

static inline const char *guest_of(const struct xen_fixture *fixture, unsigned int domid,
				   unsigned int handle)
{
	const struct io_xen_device *d = device_of(fixture, domid, handle);

	return d ? d->guest : "";
}

/* Whether a timer or another source refers to it. */
static inline bool is_called(gconstpointer what)
{
	return g_main_context_find_source_by_user_data(NULL, (gpointer)what) != NULL;
}

static inline unsigned int devices(const struct xen_fixture *fixture)
{
	return g_hash_table_size(fixture->gate->xen->devices);
}

static inline unsigned int sessions(const struct xen_fixture *fixture)
{
	return g_hash_table_size(fixture->gate->sessions);
}

static inline uint64_t counter(const struct xen_fixture *fixture, enum proxy_counter c)
{
	return proxy_totals(fixture->gate->core)[c];
}

/* The front-end's end sends this and receives the matching reply. */
static inline struct chan_slot ask(struct chan_slot *slot)
{
	struct chan_slot answer = {0};

	assert_int_equal(chan_put(fake_chan_xen.guest, slot), 1);
	chan_kick(fake_chan_xen.guest);
	xen_fixture_settle();
	assert_int_equal(chan_take(fake_chan_xen.guest, &answer), 1);
	assert_int_equal(answer.kind, slot->kind + 1);
	return answer;
}

static inline struct chan_slot hello(void)
{
	struct chan_hello say = {CHAN_ABI_MAGIC, CHAN_ABI_VERSION, CHAN_ABI_VERSION, 0};
	struct chan_slot slot = {.kind = CHAN_KIND_HELLO, .cookie = 1};

	memcpy(slot.mad, &say, sizeof(say));
	return ask(&slot);
}

/* For io_xen_attach() and io_xen_detach(). */
struct outcome {
	bool done;
	char *error;
};

static inline void outcome_is(void *ctx, const char *error)
{
	struct outcome *o = ctx;

	assert_false(o->done);
	o->done = true;
	o->error = g_strdup(error);
}

/* As the operator: one more device for a domain. NULL: any handle, the first port. */
static inline unsigned int attach_another(const struct xen_fixture *fixture, const char *domain,
					  const char *handle, const char *port)
{
	struct io_xen_attach attach = {.domain = domain, .handle = handle, .port = port};
	g_autofree char *why = NULL;
	struct outcome o = {0};

	assert_true(io_xen_attach(fixture->gate->xen, &attach, outcome_is, &o, &why));
	g_free(attach.guest);
	xen_fixture_settle();
	assert_true(o.done);
	assert_null(o.error);
	assert_non_null(device_of(fixture, attach.domid, attach.handle_number));
	return attach.handle_number;
}

/* --- xenstored --- */

static inline void until_connected(const struct xen_fixture *fixture, bool is)
{
	while (io_store_connected(fixture->gate->xen->store) != is)
		g_main_context_iteration(NULL, TRUE);
}

/* Also if it is stopped. */
static inline void xenstored_dies(const struct xen_fixture *fixture)
{
	fake_xenstore_away(true);
	fake_xenstore_die();
	fake_xenstore_stop(false);
	until_connected(fixture, false);
}

static inline void xenstored_is_back(const struct xen_fixture *fixture)
{
	fake_xenstore_away(false);
	until_connected(fixture, true);
	xen_fixture_settle();
}
