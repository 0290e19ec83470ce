/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whether the kernel still knows one of our ports: it refuses an unmap notification for an unknown port.
 * The page is unmapped without notifying.
 */
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <xen/gntalloc.h>

#include "channel/evtchn_holder.h"

bool chan_xen_port_is_known(uint32_t port, uint32_t domid)
{
	struct ioctl_gntalloc_alloc_gref page = {.domid = (uint16_t)domid, .count = 1};
	struct ioctl_gntalloc_unmap_notify ring = {
		.action = UNMAP_NOTIFY_SEND_EVENT,
		.event_channel_port = port,
	};
	struct ioctl_gntalloc_dealloc_gref back = {.count = 1};
	bool known = false;
	int fd = open("/dev/xen/gntalloc", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		return false;
	if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, &page) == 0) {
		ring.index = back.index = page.index;
		known = ioctl(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &ring) == 0;
		ring.action = 0;
		ioctl(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &ring);
		ioctl(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &back);
	}
	close(fd);
	return known;
}
