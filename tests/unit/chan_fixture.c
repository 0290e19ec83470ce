/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "tests/unit/chan_fixture.h"

#include <assert.h>
#include <stddef.h>
#include <sys/socket.h>

#include "channel/local.h"

#ifdef CHAN_FIXTURE_XEN
#include "channel/xen.h"
#include "tests/patience.h"
#include "tests/unit/fake_xen.h"
#endif

bool chan_fixture_has(enum chan_shell shell)
{
#ifdef CHAN_FIXTURE_XEN
	return shell < CHAN_SHELLS;
#else
	return shell == CHAN_SHELL_LOCAL;
#endif
}

static void local_pair(uint32_t slots, struct chan **host, struct chan **guest)
{
	int sv[2], err = socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sv);

	assert(!err);
	err = chan_local_host_new(sv[0], slots, host);
	assert(!err);
	err = chan_local_guest_new(sv[1], TEST_PATIENCE_MS, guest);
	assert(!err);
}

#ifdef CHAN_FIXTURE_XEN
static void xen_pair(uint32_t slots, struct chan **host, struct chan **guest)
{
	static uint32_t ref[CHAN_XEN_REFS_MAX];
	struct chan_xen_peer peer = {
		.domid = FAKE_XEN_GUEST, .slots = slots, .refs = CHAN_XEN_REFS(slots), .ref = ref};
	int err = chan_xen_guest_new(0, slots, guest, ref, &peer.port);

	assert(!err);
	err = chan_xen_host_new(&peer, host);
	assert(!err);
	/* Binding rings once. */
	err = (*host)->ops->clear_bell(*host);
	assert(!err);
}
#endif

void chan_fixture_pair(enum chan_shell shell, uint32_t slots, struct chan **host,
		       struct chan **guest)
{
	assert(chan_fixture_has(shell));
#ifdef CHAN_FIXTURE_XEN
	if (shell == CHAN_SHELL_XEN) {
		xen_pair(slots, host, guest);
		return;
	}
#endif
	local_pair(slots, host, guest);
}

struct chan_ring_page *chan_fixture_page(struct chan *guest)
{
	return (struct chan_ring_page *)(void *)((uint8_t *)guest->out.ctl -
						 offsetof(struct chan_ring_page, to_host));
}

void chan_fixture_ring(struct chan *guest)
{
	guest->ops->ring_bell(guest);
}
