#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Commands from the lab on the host, which QEMU's network calls 10.0.2.2.
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/usr/lib/xen-4.17/bin HOME=/root \
	LANG=C.UTF-8 TERM=dumb /lab/agent serve 7700 10.0.2.2
