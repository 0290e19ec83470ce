# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Waiting for something to become true: of the lab and of its tests.

not() {
	! "$@" >/dev/null
}

# A limit finds what hangs, and no loaded machine needs that many seconds for one step of a lab or of a
# test. An emulated machine gets four times as many. (Whole tests: meson.build; inside of C programs:
# tests/patience.h.)
LAB_PATIENCE=${LAB_PATIENCE:-240}

# wait_until CONDITION...: false when patience is over.
wait_until() {
	wait_at_most "$LAB_PATIENCE" "$@"
}

# wait_at_most SECONDS CONDITION...: looks many times a second; false when the time is over. An
# emulated machine is not looked at so often: that is work for it.
wait_at_most() {
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
