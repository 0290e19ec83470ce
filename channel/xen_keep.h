/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Descriptors that must never be closed, not even by the end of this process.
 *
 * After a save and restore (or a migration) of its domain, Linux knows the ports of /dev/xen/evtchn
 * no more, and the last close of a descriptor with such a port is a BUG() in evtchn_release() (6.1,
 * seen): the process never ends. Worse, if something else has the port's number by then, it is that
 * one's event channel that is closed. So the file is kept open for good: here, and in a keeper, a
 * child that sleeps until the domain ends. (A systemd unit wants KillMode=process for its sake.)
 */
#pragma once

/* Keeps the file behind fd open. The number stays the caller's, to close or not. */
void chan_xen_keep(int fd);
