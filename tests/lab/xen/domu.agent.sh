#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Commands from dom0.
path=/usr/local/bin:/usr/local/lib/ibgate:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin
exec env -i PATH=$path HOME=/root LANG=C.UTF-8 TERM=dumb /lab/agent serve 7700 10.9.0.1
