/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Files of /dev/xen/evtchn that must not be closed at the wrong time, not even by the end of this
 * process.
 *
 * After a save and restore (or a migration) of its domain, Linux knows the ports of /dev/xen/evtchn
 * no more, and the last close of a file with such a port is a BUG() in evtchn_release() (6.1, seen):
 * the process never ends. Worse, if something else has the port's number by then, it is that one's
 * event channel that is closed.
 *
 * So no file with a port is closed here: the last reference is the holder's, a child that has each
 * file from before it has a port, hears what becomes of it, and outlives us, however we end. It closes
 * a file if the kernel still knows the port, and else never: then it sleeps until the domain ends. (A
 * systemd unit wants KillMode=process for its sake.) Only who kills both of them, after a restore,
 * meets the BUG().
 *
 * The caller has a lock.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* From now on the holder has the file behind fd as well. It has no port yet. 0 or -errno. */
int chan_evtchn_hold(int fd);

/* It has this port now, offered to this domain. */
void chan_evtchn_holder_port(int fd, uint32_t port, uint32_t domid);

/* Its port is known to be void: it is never to be closed. */
void chan_evtchn_holder_void(int fd);

/*
 * It was closed here, where it had this number. The holder closes it as well: at once if it never had a
 * port, else if the kernel knows its port.
 */
void chan_evtchn_holder_end(int fd);

/* --- xen_port.c, which a test of the holder replaces --- */

/*
 * False: the kernel does not know the port, or it cannot be told. System calls only, for a child of
 * fork().
 */
bool chan_xen_port_is_known(uint32_t port, uint32_t domid);
