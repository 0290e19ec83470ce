# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Bringing a lab up and down.

lab_up() {
	local hosts='' net='' sm='' gateway='' guests=alpha,beta policy='' substrate=local
	while [ $# -gt 0 ]; do
		case $1 in
		--hosts | --net | --sm | --gateway | --guests | --policy | --substrate) ;;
		*) die_usage "up has no option '$1'" ;;
		esac
		[ $# -ge 2 ] || die_usage "up: $1 needs a value"
		printf -v "${1#--}" %s "$2"
		shift 2
	done
	up_check
	need_root
	[ -r /proc/self/ns/mnt ] || die "/proc is not mounted here (mount -t proc proc /proc)"
	! lab_is_up || die "a lab is up in $LAB_DIR already (./lab down)"
	[ ! -f "$LAB_DIR/lab" ] || lab_down
	[ -z "$(ls -A "$LAB_DIR" 2>/dev/null)" ] || die "$LAB_DIR is not empty and holds no lab"
	setup_packages run
	substrate check
	setup_build
	trap up_failed EXIT
	up_settings
	up_anchor
	trap - EXIT
	note "up: $(up_words)"
}

# The options of lab_up, which are its locals.
up_check() {
	local name
	case $substrate in
	local | xen) LAB_SUBSTRATE=$substrate ;;
	*) die_usage "up: no substrate '$substrate'" ;;
	esac
	if [ -n "$net" ]; then
		[ -z "$hosts" ] || die_usage "up: --hosts or --net, not both"
		if [ -z "$sm" ] || [ -z "$gateway" ]; then
			die_usage "up: --net needs --sm and --gateway"
		fi
		[ -r "$net" ] || die "no net file $net"
	else
		case ${hosts:=8} in
		*[!0-9]*) die_usage "up: --hosts $hosts is not a number" ;;
		esac
		if [ "$hosts" -lt 2 ] || [ "$hosts" -gt 2048 ]; then
			die_usage "up: --hosts takes 2 to 2048"
		fi
	fi
	[ -z "$policy" ] || [ -r "$policy" ] || die "no policy file $policy"
	for name in ${guests//,/ }; do
		case $name in
		*[!A-Za-z0-9_.-]* | .* | -*) die_usage "up: '$name' is not a valid name for a guest" ;;
		esac
	done
}

up_settings() {
	mkdir -p "$LAB_DIR"
	: >"$LAB_DIR/lab"
	mkdir -p "$LAB_DIR"/{pid,guests,run}
	state_set LAB_ID "ibgate-$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')"
	state_set LAB_SUBSTRATE "$substrate"
	[ "$LAB_PROGRAMS" = "$LAB_BUILD" ] || state_set LAB_PROGRAMS "$LAB_PROGRAMS"
	state_set LAB_SM "${sm:-H1}"
	state_set LAB_GATEWAY "${gateway:-H2}"
	state_set LAB_GUESTS "${guests//,/ }"
	fabric_net "$net" "$hosts"
	gateway_policy "$policy"
	substrate settings
}

up_anchor() {
	"$LAB_BUILD/tests/lab/anchor" "$LAB_DIR/anchor" bash "$LAB_SRC/lab" --inside up_inside >&2 ||
		exit 1
}

# In the anchor's namespaces, as the first thing there.
up_inside() {
	mount -t proc proc /proc
	mount -t tmpfs -o mode=755 lab /run
	substrate up
}

local_check() {
	:
}

local_settings() {
	:
}

local_programs() {
	:
}

local_up() {
	mount -t tmpfs -o mode=755 lab /var/cache # where some diagnostics keep what they found
	lab_services
}

# Inside.
lab_services() {
	local guests
	mkdir -p /run/ibgate
	mount --bind "$LAB_DIR/run" /run/ibgate
	substrate programs
	journal_start
	fabric_start
	substrate guests_start & # beside the subnet manager: neither waits for the other
	guests=$!
	sm_start
	wait "$guests" || exit 1
	gateway_start
}

up_failed() {
	local status=$?
	[ -n "${LAB_KEEP:-}" ] || lab_down
	exit "$status"
}

up_words() {
	local hosts switches
	hosts=$(grep -c -E '^(Hca|Ca)' "${LAB_NET_HERE:-$LAB_NET}")
	switches=$(grep -c '^Switch' "${LAB_NET_HERE:-$LAB_NET}")
	echo "$(counted "$hosts" host), $(counted "$switches" switch es); OpenSM on $LAB_SM, gateway on $LAB_GATEWAY," \
		"guests ${LAB_GUESTS// /, }"
}

# Ends the lab, whatever of it is left, and forgets it.
lab_down() {
	local pid
	if pid=$(anchor_pid); then
		need_root
		kill -KILL "$pid"
		wait_until not process_start_time "$pid" || die "the lab does not end (pid $pid)"
	fi
	[ ! -f "$LAB_DIR/lab" ] || rm -rf "$LAB_DIR"
}
