# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# A systemd-journald of the lab's own, on the lab's own /run. Its files are in LAB_DIR/journal.

# Inside, on a fresh /run.
journal_start() {
	mkdir -p "$LAB_DIR/journal" /run/log/journal /run/systemd/journald.conf.d
	mount --bind "$LAB_DIR/journal" /run/log/journal
	cat >/run/systemd/journald.conf.d/lab.conf <<-'CONF'
		[Journal]
		Storage=volatile
		ReadKMsg=no
		Audit=no
		RateLimitIntervalSec=0
		ForwardToConsole=no
		ForwardToWall=no
	CONF
	[ -s /etc/machine-id ] || systemd-machine-id-setup >/dev/null 2>&1 || true
	journal_catalog
	journal_cgroup
	service_start journald "$(journal_daemon)" >"$LAB_DIR/journal.out" 2>&1 </dev/null
	wait_until journal_ready ||
		die_log "$LAB_DIR/journal.out" "systemd-journald does not start"
}

# journald asks for its place in the control groups; a bare chroot has none mounted.
journal_cgroup() {
	case $(stat -f -c %T /sys/fs/cgroup 2>/dev/null) in
	cgroup2fs | tmpfs) return ;;
	esac
	if [ ! -d /sys/fs/cgroup ]; then
		mount -t tmpfs lab /sys
		mkdir -p /sys/fs/cgroup
	fi
	mount -t cgroup2 lab /sys/fs/cgroup
}

journal_daemon() {
	local path
	for path in /usr/lib/systemd/systemd-journald /lib/systemd/systemd-journald; do
		[ ! -x "$path" ] || break
	done
	echo "$path"
}

journal_ready() {
	service_pid journald && [ -S /run/systemd/journal/socket ] && journalctl --sync
}

# The project's message catalog beside the installed ones, compiled into a database of the lab's own
# (journalctl -x). An installed catalog of ibgate is replaced.
journal_catalog() {
	local texts=$LAB_DIR/catalog/texts database=$LAB_DIR/catalog/database
	local installed=/usr/lib/systemd/catalog compiled=/var/lib/systemd/catalog
	if [ ! -d "$installed" ] || [ ! -d "$compiled" ]; then
		return
	fi
	mkdir -p "$texts" "$database"
	cp "$installed"/*.catalog "$texts"
	cp "$LAB_SRC"/mad-proxy/data/*.catalog "$texts"
	mount --bind "$texts" "$installed"
	mount --bind "$database" "$compiled"
	journalctl --update-catalog >"$LAB_DIR/journal.out" 2>&1 ||
		note "the message catalog does not compile: $(tail -n 1 "$LAB_DIR/journal.out")"
}

# What was sent before is in the files when this is asked. Inside.
journal_run() {
	! service_pid journald >/dev/null || journalctl --sync >/dev/null 2>&1 || true
	exec journalctl --directory="$LAB_DIR/journal" "$@"
}

lab_journal() {
	inside journal_run "$@"
}
