# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What dom0 and the guests of a Xen lab do alike when they boot.
export PATH=/usr/sbin:/usr/bin HOME=/root

machine_mounts() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev 2>/dev/null
	mount -t tmpfs run /run -o mode=755
	mount -t tmpfs tmp /tmp -o mode=1777
	mkdir /dev/pts /dev/shm /run/lock
	mount -t devpts devpts /dev/pts
	mount -t tmpfs shm /dev/shm
	tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
	ln -s /proc/self/fd /dev/fd
	ln -s fd/0 /dev/stdin
	ln -s fd/1 /dev/stdout
	ln -s fd/2 /dev/stderr
}

machine_modules() {
	modprobe -a "$@" || machine_says "a module of $* is missing"
}

machine_says() {
	echo "lab[$(cut -d ' ' -f 1 /proc/uptime)]: $*" >/dev/console
}
