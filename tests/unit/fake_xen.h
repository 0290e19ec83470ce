/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * libxengnttab and libxenevtchn for tests, by link-time substitution: one guest (FAKE_XEN_GUEST) and one
 * back-end in this process, over shared memory. Ports are masked, pending and queued as in Linux. Calls
 * that would crash a kernel are assertions. channel/evtchn_holder.c and xen_port.c are substituted as well.
 */
#pragma once

#include <stdint.h>

enum { FAKE_XEN_GUEST = 7 };

/* Handles, shared and mapped pages, and ports in use. */
unsigned int fake_xen_in_use(void);

/* Of the following calls that may fail, number `call` fails with EIO; 0: none. */
void fake_xen_fail(unsigned int call);

/* Makes a grant read-only; removes a grant. */
void fake_xen_read_only(uint32_t ref);
void fake_xen_revoke(uint32_t ref);

/* The guest was saved and restored: its grants and ports are void. */
void fake_xen_restore(void);

/* Number of ports' files kept for good. */
unsigned int fake_xen_kept(void);
