# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Waiting for something to become true: of the lab and of its tests.

not() {
	! "$@" >/dev/null
}

# wait_until SECONDS CONDITION...: looks many times a second; false when the time is over. An
# emulated machine gets four times as much, and is not looked at so often: that is work for it.
wait_until() {
	local end=$((SECONDS + $1)) pause=0.03
	if [ "${LAB_SUBSTRATE:-}" = xen ]; then
		end=$((SECONDS + 4 * $1))
		pause=0.2
	fi
	shift
	# (A pipe that is never ready: a pause without a process.)
	[ -n "${LAB_NEVER:-}" ] || exec {LAB_NEVER}<> <(:)
	until "$@" >/dev/null 2>&1; do
		[ "$SECONDS" -le "$end" ] || return 1
		read -r -t "$pause" -u "$LAB_NEVER" || true
	done
}
