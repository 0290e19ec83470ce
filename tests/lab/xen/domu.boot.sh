#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A guest, from nothing to its network. The domain's configuration says lab.name and lab.address.
. /etc/lab/machine.sh
machine_mounts
machine_modules xen-evtchn xen-gntdev xen-gntalloc xenfs xen-netfront
mount -t xenfs xenfs /proc/xen
for word in $(cat /proc/cmdline); do
	case $word in
	lab.name=*) busybox hostname "${word#*=}" ;;
	lab.address=*) address=${word#*=} ;;
	esac
done
ip link set lo up
ip addr add "$address/24" dev eth0
ip link set eth0 up
mkdir -p /run/ibgate
machine_says "guest is up"
