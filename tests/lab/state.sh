# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Where a lab keeps its state, how to know that it lives, and how to get inside.
#
#   LAB_DIR/lab        settings of this lab as shell assignments; its presence marks a lab
#   LAB_DIR/anchor     pid and start time of the process that holds the namespaces (anchor.c)
#   LAB_DIR/pid/X      pid of a service, as seen inside
#   LAB_DIR/guests/X/  of a guest: pid (inside), bin/ (its /usr/local/bin), ibgate/ (its socket)
#
# Outside stands the caller; "inside" are the lab's namespaces, where everything of it runs.

state_find() {
	LAB_DIR=$(readlink -m "${LAB_DIR:-$LAB_SRC/build/lab}")
	LAB_BUILD=$(readlink -m "${LAB_BUILD:-$LAB_SRC/build/main}")
	case $LAB_DIR in
	/run | /run/* | /var/run/*) die "LAB_DIR may not be under /run: a lab has a /run of its own" ;;
	*[[:space:]]*) die "LAB_DIR may not contain blanks" ;;
	esac
	export LAB_SRC LAB_DIR LAB_BUILD
	export PATH=$PATH:/usr/sbin:/sbin
}

state_init() {
	# shellcheck source=/dev/null
	[ ! -f "$LAB_DIR/lab" ] || . "$LAB_DIR/lab"
	LAB_PROGRAMS=${LAB_PROGRAMS:-$LAB_BUILD}
}

# state_set NAME VALUE: a setting that later calls see as $NAME.
state_set() {
	printf '%s=%q\n' "$1" "$2" >>"$LAB_DIR/lab"
	printf -v "$1" %s "$2"
}

# Field 22 of stat, behind the name in parentheses: with the pid it names one process for ever.
process_start_time() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	# shellcheck disable=SC2086
	set -- ${stat##*) }
	[ "$1" != Z ] && [ "$1" != X ] && echo "${20}"
}

# The anchor's pid, if it is alive and still the same process.
anchor_pid() {
	local pid start
	[ -f "$LAB_DIR/anchor" ] || return 1
	read -r pid start <"$LAB_DIR/anchor" || return 1
	[ "$(process_start_time "$pid")" = "$start" ] || return 1
	echo "$pid"
}

lab_is_up() {
	anchor_pid >/dev/null
}

# substrate NAME ARGUMENT...: the substrate's own way, local_NAME or xen_NAME.
substrate() {
	"${LAB_SUBSTRATE:-local}_$1" "${@:2}"
}

# inside FUNCTION ARGUMENT...: a function of these scripts inside the lab, which is in dom0 on the
# substrate xen. Replaces this process.
inside() {
	substrate enter
	substrate inside "$@"
}

local_enter() {
	LAB_ANCHOR=$(anchor_pid) || die "no lab is up in $LAB_DIR (./lab up)"
}

local_inside() {
	exec nsenter -t "$LAB_ANCHOR" -m -p -n -i -r -- env -C "$PWD" bash "$LAB_SRC/lab" --inside "$@"
}

# service_start NAME COMMAND...: in the background, with the redirections of the caller and nothing
# else that is open here (a FIFO of the caller's would never end). Inside.
service_start() {
	local name=$1 pid
	shift
	service_exec "$@" <&0 & # stdin is the caller's too
	pid=$!
	echo "$pid" >"$LAB_DIR/pid/$name"
}

service_exec() {
	local fd
	for fd in /proc/"$BASHPID"/fd/*; do
		fd=${fd##*/}
		[ "$fd" -le 2 ] || eval "exec $fd>&-"
	done
	exec setsid "$@"
}

# A service's pid, if it runs. Inside.
service_pid() {
	local pid
	{ read -r pid <"$LAB_DIR/pid/$1"; } 2>/dev/null && process_start_time "$pid" >/dev/null && echo "$pid"
}

# service_end NAME SIGNAL: waits until it is gone; SIGKILL when that takes too long. Inside.
service_end() {
	local name=$1 signal=$2 pid
	pid=$(service_pid "$name") || return 0
	kill -s "$signal" "$pid"
	if ! wait_until not service_pid "$name"; then
		kill -KILL "$pid"
		wait_until not service_pid "$name" || die "$name does not end"
	fi
	rm -f "$LAB_DIR/pid/$name"
}
