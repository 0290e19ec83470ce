# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What dom0 and the guests of a Xen lab do alike when they boot.
export PATH=/usr/sbin:/usr/bin HOME=/root

machine_mounts() {
	mount -t proc proc /proc
	mount -t sysfs sys /sys
	mount -t devtmpfs dev /dev 2>/dev/null
	mkdir -p /dev/pts /dev/shm
	mount -t devpts devpts /dev/pts
	mount -t tmpfs shm /dev/shm
	mount -t tmpfs run /run -o mode=755
	mkdir -p /run/lock
	tr -d - </proc/sys/kernel/random/uuid >/etc/machine-id
	[ -e /dev/fd ] || ln -s /proc/self/fd /dev/fd
	ln -sf fd/0 /dev/stdin
	ln -sf fd/1 /dev/stdout
	ln -sf fd/2 /dev/stderr
}

machine_modules() {
	for module in "$@"; do
		modprobe "$module" || machine_says "no module $module"
	done
}

machine_says() {
	echo "lab[$(cut -d ' ' -f 1 /proc/uptime)]: $*" >/dev/console
}
