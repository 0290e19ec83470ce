# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Installing and building what is missing.

# setup_packages PURPOSE...: the packages of tests/lab/packages for these purposes.
setup_packages() {
	local wanted missing log
	command -v dpkg-query >/dev/null || die "this is not Debian: install what tests/lab/packages lists"
	wanted=$(awk -v purposes="$*" '
		BEGIN { split(purposes, p, " "); for (i in p) want[p[i]] = 1 }
		!/^#/ && want[$1] { print $2 }' "$LAB_SRC/tests/lab/packages")
	# shellcheck disable=SC2086
	missing=$(comm -13 \
		<(dpkg-query -W -f '${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
			sed -n 's/^installed //p' | LC_ALL=C sort -u) \
		<(printf '%s\n' $wanted | LC_ALL=C sort -u))
	[ -n "$missing" ] || return 0
	[ "$(id -u)" = 0 ] || die "packages are missing, and only root can install them: apt install ${missing//$'\n'/ }"
	note "installing ${missing//$'\n'/ }"
	log=$(mktemp)
	# Nothing is started by an installation (RUNLEVEL): no second opensm beside the lab's.
	# shellcheck disable=SC2086
	if ! setup_apt install $missing >"$log" 2>&1; then
		setup_apt update >>"$log" 2>&1 || die_log "$log" "apt-get update failed"
		setup_apt install $missing >>"$log" 2>&1 || die_log "$log" "apt-get install failed"
	fi
	rm -f "$log"
}

setup_apt() {
	local verb=$1
	shift
	[ "$verb" = update ] || set -- -y --no-install-recommends "$@"
	RUNLEVEL=1 DEBIAN_FRONTEND=noninteractive \
		apt-get -q -o DPkg::Lock::Timeout=300 "$verb" "$@" </dev/null
}

# Debian's meson runs on Debian's python3, whatever else is on PATH.
setup_meson() {
	/usr/bin/python3 /usr/bin/meson "$@"
}

# setup_tree DIR [MESON OPTION...] [-- TARGET...]: a build directory, configured once and built.
setup_tree() {
	local dir=$1 options=() log
	shift
	while [ $# -gt 0 ] && [ "$1" != -- ]; do
		options+=("$1")
		shift
	done
	[ $# -eq 0 ] || shift
	mkdir -p "$dir"
	log=$(mktemp)
	if [ ! -f "$dir/build.ninja" ]; then
		setup_meson setup "${options[@]}" "$dir" "$LAB_SRC" >"$log" 2>&1 ||
			die_log "$log" "meson setup $dir failed"
	fi
	ninja -C "$dir" "$@" >"$log" 2>&1 || die_log "$log" "the build in $dir failed"
	rm -f "$log"
}

# The lab's own build. A test that meson runs has one already (LAB_NOBUILD).
setup_build() {
	[ -z "${LAB_NOBUILD:-}" ] || return 0
	[ -f "$LAB_BUILD/build.ninja" ] || note "building in $LAB_BUILD"
	setup_tree "$LAB_BUILD"
}

need_root() {
	[ "$(id -u)" = 0 ] || die "only root can do this"
}
