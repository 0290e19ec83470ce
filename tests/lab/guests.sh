# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Guests, and those of the substrate local: process groups in mount, network, pid, ipc and uts namespaces of their own (bubblewrap
# makes them). A guest sees the host's /usr read-only, a /run, /tmp, /dev and /sys/class of its own
# with no InfiniBand in them, and one socket: /run/ibgate/guest.

# What a guest's root may do: nothing that reaches outside (no mounts, no device nodes, no modules).
GUEST_CAPABILITIES=+chown,+dac_override,+fowner,+fsetid,+kill,+setgid,+setuid,+setpcap,+sys_chroot
GUEST_CAPABILITIES=$GUEST_CAPABILITIES,+net_bind_service,+sys_nice,+ipc_lock
GUEST_PATH=/usr/local/bin:/usr/local/lib/ibgate:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin

# Inside.
guest_start() {
	local name=$1 dir=$LAB_DIR/guests/$1 file sources=()
	mkdir -p "$dir/bin" "$dir/ibgate"
	for file in passwd group nsswitch.conf ld.so.cache ld.so.conf ld.so.conf.d alternatives \
		infiniband-diags; do
		sources+=(--ro-bind-try "/etc/$file" "/etc/$file")
	done
	for file in $(guest_programs); do
		sources+=(--ro-bind "$file" "/usr/local/lib/ibgate/${file##*/}")
	done
	for file in bin sbin lib lib32 lib64 libx32; do
		if [ -L "/$file" ]; then
			sources+=(--symlink "usr/$file" "/$file")
		else
			sources+=(--ro-bind-try "/$file" "/$file")
		fi
	done
	# shellcheck disable=SC2094
	setsid bwrap --perms 0755 --dir /etc --unshare-pid --unshare-net --unshare-ipc --unshare-uts --hostname "$name" \
		--ro-bind /usr /usr --tmpfs /usr/local --bind "$dir/bin" /usr/local/bin \
		--dir /usr/local/lib --dir /usr/local/lib/ibgate --dir /usr/local/sbin "${sources[@]}" \
		--proc /proc --dev /dev --tmpfs /run --tmpfs /tmp --chmod 1777 /tmp \
		--dir /sys/class --tmpfs /var --dir /var/cache --dir /var/tmp --tmpfs /root --dir /home \
		--bind "$dir/ibgate" /run/ibgate --remount-ro / \
		--info-fd 3 -- sleep infinity \
		3>"$dir/info" >"$dir/log" 2>&1 </dev/null &
}

# Programs of ibgate that a guest has, beside their library.
guest_programs() {
	local file
	for file in libibumad.so.3 ibgate-run ibguestd; do
		[ ! -e "$LAB_PROGRAMS/guest-umad/$file" ] || echo "$LAB_PROGRAMS/guest-umad/$file"
	done
}

guest_ready() {
	grep -q '"child-pid": *[0-9]' "$LAB_DIR/guests/$1/info"
}

# All guests at once; then their pids. Inside.
local_guests_start() {
	local name
	for name in $LAB_GUESTS; do
		guest_start "$name"
	done
	for name in $LAB_GUESTS; do
		wait_until guest_ready "$name" ||
			die_log "$LAB_DIR/guests/$name/log" "guest $name does not start"
		sed -n 's/.*"child-pid": *\([0-9]*\).*/\1/p' "$LAB_DIR/guests/$name/info" \
			>"$LAB_DIR/guests/$name/pid"
	done
}

# Every guest's own socket into the directory that it sees. A gateway that starts anew makes new
# sockets; a link in a directory of the guest's follows where a bind mount would stay with the dead.
local_guests_connect() {
	local name socket link
	for name in $LAB_GUESTS; do
		socket=$LAB_DIR/run/guests/$name
		link=$LAB_DIR/guests/$name/ibgate/guest
		if [ -S "$socket" ]; then
			[ "$socket" -ef "$link" ] || ln -f "$socket" "$link"
		else
			rm -f "$link"
		fi
	done
}

# Inside, or in dom0: a command as the lab's root.
dom0_run() {
	exec "$@"
}

local_dom0() {
	inside dom0_run "$@"
}

lab_dom0() {
	[ $# -ge 1 ] || die_usage "usage: ./lab dom0 CMD..."
	substrate dom0 "$@"
}

# Inside.
guest_run() {
	local name=$1 pid
	shift
	pid=$(cat "$LAB_DIR/guests/$name/pid" 2>/dev/null) || die "no guest '$name'"
	process_start_time "$pid" >/dev/null || die "guest $name is dead"
	exec nsenter -t "$pid" -m -p -n -i -u -r -w -- \
		setpriv --inh-caps=-all --bounding-set="-all,$GUEST_CAPABILITIES" -- \
		env -i PATH="$GUEST_PATH" HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 \
		ibgate-run -- "$@"
}

lab_guest() {
	[ $# -ge 2 ] || die_usage "usage: ./lab guest NAME CMD..."
	substrate guest_run "$@"
}

local_guest_run() {
	inside guest_run "$@"
}

lab_put() {
	[ $# -ge 2 ] || die_usage "usage: ./lab put NAME FILE..."
	substrate put "$@"
}

local_put() {
	local name=$1
	shift
	[ -d "$LAB_DIR/guests/$name/bin" ] || die "no guest '$name'"
	install -m 755 -t "$LAB_DIR/guests/$name/bin" -- "$@"
}
