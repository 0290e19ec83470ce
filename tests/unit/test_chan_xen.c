/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* channel/xen: hostile guests, failing calls, floods, and a restore (over fake_xen.h). */
#include <sys/epoll.h>
#include <unistd.h>

#include "channel/xen.h"
#include "tests/unit/test.h"
#include "tests/unit/chan_fixture.h"
#include "tests/unit/fake_xen.h"

#define SLOTS CHAN_RING_SLOTS_DEFAULT
#define REFS CHAN_XEN_REFS(SLOTS)

/* A guest's end, and its offer to the host. */
struct offer {
	struct chan *guest;
	uint32_t ref[REFS];
	struct chan_xen_peer peer;
};

static void offer_new(struct offer *offer)
{
	offer->peer = (struct chan_xen_peer){
		.domid = FAKE_XEN_GUEST, .slots = SLOTS, .refs = REFS, .ref = offer->ref};
	assert_int_equal(chan_xen_guest_new(0, SLOTS, &offer->guest, offer->ref, &offer->peer.port),
			 0);
}

/* The host refuses with `err`, and keeps nothing. */
static void assert_refused(const struct offer *offer, int err)
{
	unsigned int before = fake_xen_in_use();
	struct chan *host = NULL;

	assert_int_equal(chan_xen_host_new(&offer->peer, &host), err);
	assert_null(host);
	assert_int_equal(fake_xen_in_use(), before);
}

static void assert_accepted(const struct offer *offer)
{
	struct chan *host;

	assert_int_equal(chan_xen_host_new(&offer->peer, &host), 0);
	chan_free(host);
}

static int nothing_is_left(void **state)
{
	return fake_xen_in_use() ? -1 : 0;
}

#define TEST_F(name) TEST_OVER(NULL, nothing_is_left, name, void *no_state)

TEST_F(references_that_are_not_a_ring_are_refused)
{
	struct offer o;
	uint32_t right;

	offer_new(&o);
	o.peer.refs = REFS - 1;
	assert_refused(&o, -EINVAL);
	o.peer.refs = REFS;
	for (unsigned int i = 0; i < REFS; i++) {
		right = o.ref[i];
		o.ref[i] = 0xfffffff0u; /* not granted */
		assert_refused(&o, -EINVAL);
		o.ref[i] = o.ref[(i + 1) % REFS]; /* twice */
		assert_refused(&o, -EINVAL);
		o.ref[i] = right;
	}
	o.peer.domid = FAKE_XEN_GUEST + 1; /* another domain's */
	assert_refused(&o, -EINVAL);
	o.peer.domid = 0x7ff0; /* DOMID_SELF and other special ids */
	assert_refused(&o, -EINVAL);
	o.peer.domid = FAKE_XEN_GUEST + 0x10000;
	assert_refused(&o, -EINVAL);
	o.peer.domid = FAKE_XEN_GUEST;
	assert_accepted(&o);
	fake_xen_read_only(o.ref[REFS - 1]);
	assert_refused(&o, -EINVAL);
	chan_free(o.guest);
	offer_new(&o);
	fake_xen_revoke(o.ref[3]);
	assert_refused(&o, -EINVAL);
	chan_free(o.guest);
}

TEST_F(a_port_that_nobody_offers_is_refused)
{
	static const uint32_t bad[] = {0, 63, 1u << 17, UINT32_MAX};
	struct offer o;
	uint32_t port;
	struct chan *host;

	offer_new(&o);
	port = o.peer.port;
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		o.peer.port = bad[i];
		assert_refused(&o, -EINVAL);
	}
	o.peer.port = port;
	assert_int_equal(chan_xen_host_new(&o.peer, &host), 0);
	assert_refused(&o, -EINVAL); /* bound already */
	chan_free(host);
	chan_free(o.guest);
}

TEST_F(whichever_call_fails_nothing_is_left)
{
	struct offer o;
	struct chan *host;
	unsigned int call;

	for (call = 1; fake_xen_fail(call),
	    chan_xen_guest_new(0, SLOTS, &o.guest, o.ref, &o.peer.port) == -EIO;
	     call++)
		assert_int_equal(fake_xen_in_use(), 0);
	fake_xen_fail(0);
	assert_int_equal(call, 6); /* open, share, open, keep, bind: each failed once */
	chan_free(o.guest);

	offer_new(&o);
	for (call = 1; call <= 4; call++) {
		fake_xen_fail(call);
		assert_refused(&o, -EIO); /* open, map, open, bind */
	}
	fake_xen_fail(0);
	assert_int_equal(chan_xen_host_new(&o.peer, &host), 0);
	chan_free(host);
	chan_free(o.guest);
}

TEST_F(a_host_starts_at_zero_whatever_the_page_says)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	struct chan_ring_page *page;
	struct chan *host;
	struct offer o;

	offer_new(&o);
	page = chan_fixture_page(o.guest);
	page->to_host.consumed = page->to_host.data_event = 77;
	page->to_guest.produced = page->to_guest.space_event = 77;
	page->magic = page->version = page->slots = page->slot_bytes = 77;
	assert_int_equal(chan_put(o.guest, &slot), 1);
	assert_int_equal(chan_xen_host_new(&o.peer, &host), 0);
	assert_int_equal(page->to_host.consumed, 0);
	assert_int_equal(page->to_guest.produced, 0);
	assert_int_equal(chan_take(host, &slot), 1); /* slots put before are valid */
	assert_int_equal(chan_put(host, &slot), 1);
	assert_int_equal(chan_take(o.guest, &slot), 1);
	chan_free(host);
	chan_free(o.guest);
}

/* A host that waits as the gateway does, and counts wake-ups. */
struct waiter {
	struct chan *host, *guest;
	int ep;
};

static void waiter_init(struct waiter *w)
{
	struct epoll_event ev = {.events = EPOLLIN | EPOLLET};

	chan_fixture_pair(CHAN_SHELL_XEN, SLOTS, &w->host, &w->guest);
	w->ep = epoll_create1(EPOLL_CLOEXEC);
	assert_int_equal(epoll_ctl(w->ep, EPOLL_CTL_ADD, chan_bell(w->host), &ev), 0);
	assert_int_equal(chan_sleep_ok(w->host), 1);
}

static void waiter_fini(struct waiter *w)
{
	close(w->ep);
	chan_free(w->host);
	chan_free(w->guest);
}

static bool woken(struct waiter *w)
{
	struct epoll_event ev;

	return epoll_wait(w->ep, &ev, 1, 0) == 1;
}

/* Rings without a slot; true if the host was woken. */
static bool disturb(struct waiter *w)
{
	chan_fixture_ring(w->guest);
	if (!woken(w))
		return false;
	assert_int_equal(chan_sleep_ok(w->host), 1);
	return true;
}

TEST_F(a_guest_that_rings_for_nothing_is_held_and_heard_at_its_hosts_leisure)
{
	unsigned int turns = 0;
	struct waiter w;

	waiter_init(&w);
	for (unsigned int i = 0; i < 10000; i++)
		turns += disturb(&w);
	/* the fixture's first doorbell was one of them */
	assert_int_equal(turns, CHAN_XEN_SPURIOUS_MAX);
	assert_true(chan_unmask_due(w.host));

	/* each unmasking allows one turn while this continues */
	for (unsigned int i = 0; i < 10; i++) {
		chan_unmask(w.host);
		assert_false(chan_unmask_due(w.host));
		assert_true(woken(&w));
		assert_int_equal(chan_sleep_ok(w.host), 1);
		assert_true(chan_unmask_due(w.host));
		assert_false(disturb(&w));
	}
	chan_unmask(w.host);
	assert_true(woken(&w));
	waiter_fini(&w);
}

TEST_F(a_slot_ends_the_hold)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	struct waiter w;

	waiter_init(&w);
	while (!chan_unmask_due(w.host))
		assert_true(disturb(&w));
	assert_int_equal(chan_put(w.guest, &slot), 1);
	chan_kick(w.guest);
	assert_false(woken(&w));
	chan_unmask(w.host); /* events meanwhile ring now */
	assert_true(woken(&w));
	assert_int_equal(chan_take(w.host, &slot), 1);
	assert_int_equal(chan_sleep_ok(w.host), 1);
	assert_false(chan_unmask_due(w.host));
	for (unsigned int i = 0; i < CHAN_XEN_SPURIOUS_MAX; i++)
		assert_true(disturb(&w)); /* it works as before */
	waiter_fini(&w);
}

TEST_F(a_slot_that_is_seen_while_held_ends_it_too)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	struct waiter w;

	waiter_init(&w);
	while (!chan_unmask_due(w.host))
		assert_true(disturb(&w));
	assert_int_equal(chan_put(w.guest, &slot), 1);
	assert_int_equal(chan_take(w.host, &slot), 1);
	assert_int_equal(chan_sleep_ok(w.host), 1);
	assert_false(chan_unmask_due(w.host));
	assert_int_equal(chan_put(w.guest, &slot), 1);
	chan_kick(w.guest);
	assert_true(woken(&w));
	waiter_fini(&w);
}

TEST_F(a_guest_that_works_is_never_held)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	struct waiter w;

	waiter_init(&w);
	for (unsigned int i = 0; i < 1000; i++) {
		assert_int_equal(chan_put(w.guest, &slot), 1);
		chan_kick(w.guest);
		assert_true(woken(&w));
		assert_int_equal(chan_take(w.host, &slot), 1);
		chan_fixture_ring(w.guest); /* and one spurious one each time */
		assert_int_equal(chan_sleep_ok(w.host), 1);
		if (woken(&w))
			assert_int_equal(chan_sleep_ok(w.host), 1);
		assert_false(chan_unmask_due(w.host));
	}
	waiter_fini(&w);
}

TEST_F(a_doorbell_for_room_is_one_for_something)
{
	struct chan_slot slot = {.kind = CHAN_KIND_RECV};
	struct waiter w;

	waiter_init(&w);
	while (chan_put(w.host, &slot) == 1)
		;
	for (unsigned int i = 0; i < 100; i++) {
		assert_false(chan_want_room(w.host, 1));
		assert_int_equal(chan_take(w.guest, &slot), 1);
		chan_kick(w.guest);
		assert_true(woken(&w));
		assert_int_equal(chan_put(w.host, &slot), 1);
		assert_int_equal(chan_put(w.host, &slot), 0);
		assert_int_equal(chan_sleep_ok(w.host), 1);
		assert_false(chan_unmask_due(w.host));
	}
	waiter_fini(&w);
}

TEST_F(while_the_host_is_busy_no_doorbell_gets_through)
{
	struct chan_slot slot = {.kind = CHAN_KIND_SEND};
	struct waiter w;

	waiter_init(&w);
	assert_int_equal(chan_put(w.guest, &slot), 1);
	chan_kick(w.guest);
	assert_true(woken(&w));
	for (unsigned int i = 0; i < 1000; i++) {
		chan_fixture_ring(w.guest);
		assert_false(woken(&w));
	}
	assert_int_equal(chan_take(w.host, &slot), 1);
	assert_int_equal(chan_sleep_ok(w.host), 1);
	assert_true(woken(&w)); /* one for all of them */
	assert_false(woken(&w));
	waiter_fini(&w);
}

TEST_F(a_restored_guest_frees_its_channel_and_makes_another)
{
	unsigned int kept = fake_xen_kept();
	struct offer old, new;
	struct chan *host;

	offer_new(&old);
	assert_int_equal(chan_xen_host_new(&old.peer, &host), 0);
	fake_xen_restore();
	chan_kick(old.guest);
	assert_int_equal(chan_sleep_ok(old.guest), 1);
	chan_free(old.guest); /* its port's file is kept; otherwise the kernel would crash */
	assert_int_equal(fake_xen_kept(), kept + 1);
	chan_free(host);
	offer_new(&new);
	assert_accepted(&new);
	chan_free(new.guest);
	assert_int_equal(fake_xen_kept(), kept + 1);
}

TEST_F(a_void_port_whose_number_is_in_use_again_is_not_closed)
{
	unsigned int kept = fake_xen_kept();
	struct offer old, new;

	offer_new(&old);
	fake_xen_restore();
	offer_new(&new);
	assert_int_equal(new.peer.port, old.peer.port);
	chan_free(old.guest);
	assert_int_equal(fake_xen_kept(), kept + 1);
	assert_accepted(&new); /* the new one still works */
	chan_free(new.guest);
	assert_int_equal(fake_xen_kept(), kept + 1);
}

TEST_F(a_guest_that_cannot_tell_keeps_its_port)
{
	unsigned int kept = fake_xen_kept();
	struct offer o;

	offer_new(&o);
	fake_xen_restore();
	fake_xen_fail(1); /* gntalloc cannot be opened */
	chan_free(o.guest);
	assert_int_equal(fake_xen_kept(), kept + 1);
}
