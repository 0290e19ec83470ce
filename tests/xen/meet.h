/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How two test programs in two domains find each other without a gateway: the guest writes its grants and
 * its port to data/NAME under its own domain, dom0 waits for them.
 */
#pragma once

#include <stdint.h>

#include "channel/xen.h"

struct meet {
	uint32_t port;
	uint32_t refs;
	uint32_t ref[CHAN_XEN_REFS(CHAN_RING_SLOTS_DEFAULT)];
};

/* In the guest. 0 or -errno. */
int meet_publish(const char *name, const struct meet *meet);

/* In dom0: waits at most half a minute for what guest `domid` publishes, and removes it. */
int meet_wait(uint32_t domid, const char *name, struct meet *ret);
