/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A child process, the holder, that keeps files of /dev/xen/evtchn open which must not be closed.
 *
 * After a save and restore (or a migration) of its domain, Linux does not know the ports of a file of
 * /dev/xen/evtchn any more, and the last close of a file with such a port is a BUG() in evtchn_release()
 * (seen with 6.1): the process never ends. If the port's number has been used again by then, that other event
 * channel is closed.
 *
 * So the holder has the last reference to each such file. It gets a file before the file has a port, is told
 * of the port and of its end, and survives this process. It closes a file if the kernel still knows the port,
 * otherwise never; then it sleeps until the domain ends. (A systemd unit therefore needs KillMode=process.)
 * The BUG() still happens if both processes are killed after a restore.
 *
 * The caller serializes calls.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Passes the file behind fd, which has no port yet, to the holder. 0 or -errno. */
int chan_evtchn_hold(int fd);

/* The file has this port now, offered to this domain. */
void chan_evtchn_holder_port(int fd, uint32_t port, uint32_t domid);

/* The file's port is void: the holder must never close the file. */
void chan_evtchn_holder_void(int fd);

/*
 * This process has closed the file, which had this number. The holder closes it, too: at once if the file
 * never had a port, otherwise if the kernel knows its port.
 */
void chan_evtchn_holder_end(int fd);

/* --- xen_port.c, which a test of the holder replaces --- */

/*
 * False: the kernel does not know the port, or that cannot be found out. Uses system calls only, because it
 * runs in a child of fork().
 */
bool chan_xen_port_is_known(uint32_t port, uint32_t domid);
