#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# dom0, from nothing to Xen's own services. Who waits for it is answered by the agent (agent.sh).
. /etc/lab/machine.sh
machine_mounts
mount -t cgroup2 cgroup /sys/fs/cgroup
ln -s /run /var/run
mkdir -p /run/xen /run/xenstored /run/boot

machine_modules xen-evtchn xen-gntdev xen-gntalloc xen-privcmd xenfs virtio_pci virtio_net \
	9pnet_virtio 9p
mount -t xenfs xenfs /proc/xen
ip link set lo up
ip addr add 10.0.2.15/24 dev eth0
ip link set eth0 up

# The host's files: the lab's programs and scripts, and the kernel and initramfs of the domUs.
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,access=any,cache=mmap,ro lab /lab/host ||
	machine_says "no 9p"
cp /lab/host/build/tests/lab/agent /lab/agent

xen=/usr/lib/xen-4.17/bin
$xen/xenstored --pid-file /run/xen/xenstored.pid
tries=0
until xenstore-read / >/dev/null 2>&1; do
	tries=$((tries + 1))
	[ $tries -lt 40000 ] || { machine_says "no xenstore"; break; }
	usleep 20000
done
$xen/xen-init-dom0
$xen/xenconsoled --pid-file=/run/xen/xenconsoled.pid --log=guest --log-dir=/var/log/xen/console
machine_says "dom0 is up"

# Beside everything else: libxenguest maps files page by page, which 9p is too slow for.
{
	modprobe xen-netback
	cat /lab/host/images/domu.cpio /lab/host/domu/programs.cpio >/run/boot/ramdisk
	cp /lab/host/images/vmlinux /run/boot/vmlinux.new
	mv /run/boot/vmlinux.new /run/boot/vmlinux
} </dev/null >/dev/console 2>&1 &
