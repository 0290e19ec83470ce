# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The simulated fabric: ibsim with its console, OpenSM, and tools on any node.

# fabric_net FILE|'' HOSTS: the net file of this lab, and the directory its includes stand in.
fabric_net() {
	if [ -n "$1" ]; then
		state_set LAB_NET "$(readlink -f "$1")"
	else
		state_set LAB_NET "$LAB_DIR/net"
		"$LAB_SRC/tests/lab/fat_tree" "$2" >"$LAB_NET" || exit
	fi
}

# ibsim's limits, with room: nodes, switches and ports of the net file.
fabric_limits() {
	awk '
	/^Switch/ { switches++; ports += $2 + 1 }
	/^(Hca|Ca|Rt)/ { nodes++; ports += $2 }
	END {
		nodes += switches
		printf "-N %d -S %d -P %d\n", nodes < 4096 ? 4096 : nodes,
			switches < 512 ? 512 : switches, ports < 16384 ? 16384 : ports
	}' "$LAB_NET"
}

# ibsim, its console on a FIFO that it holds open itself. Inside.
fabric_start() {
	mkdir -p "$LAB_DIR/ibsim"
	mkfifo "$LAB_DIR/ibsim/console"
	# shellcheck disable=SC2046
	IBSIM_SOCKNAME=$LAB_ID service_start ibsim \
		env -C "$(dirname "$LAB_NET")" ibsim -s $(fabric_limits) "$LAB_NET" \
		0<>"$LAB_DIR/ibsim/console" >"$LAB_DIR/ibsim/out" 2>"$LAB_DIR/ibsim/log"
	wait_until fabric_ready_or_dead
	fabric_prompt || die_log "$LAB_DIR/ibsim/log" "ibsim does not start on $LAB_NET"
}

fabric_prompt() {
	[ "$(tail -c 5 "$LAB_DIR/ibsim/out")" = "sim> " ]
}

fabric_ready_or_dead() {
	fabric_prompt || not service_pid ibsim
}

# One console command, and what the console says to it. Inside.
fabric_console() {
	local out=$LAB_DIR/ibsim/out from lock
	service_pid ibsim >/dev/null || die_log "$LAB_DIR/ibsim/log" "ibsim is gone"
	[ "${#1}" -lt 127 ] || die "ibsim reads lines of up to 126 characters"
	exec {lock}>"$LAB_DIR/ibsim/lock"
	flock "$lock"
	from=$(stat -c %s "$out")
	printf '%s\n' "$1" 1<>"$LAB_DIR/ibsim/console"
	wait_until fabric_answered "$from" ||
		die_log "$LAB_DIR/ibsim/log" "ibsim's console does not answer"
	exec {lock}>&-
	tail -c +$((from + 1)) "$out" | head -c -5
	# "sim> " is the last thing that it says: the answer stands before it.
}

fabric_answered() {
	[ "$(stat -c %s "$LAB_DIR/ibsim/out")" -gt "$1" ] && fabric_prompt
}

# The same for a person: fails if ibsim did not carry out the command. Inside.
fabric_command() {
	local answer
	answer=$(fabric_console "$1") || exit
	[ -z "$answer" ] || printf '%s\n' "$answer"
	! grep -q -E "^# [^N ]|^command '.*' unknown|^bad |: bad param|Usage: |: cannot open" <<<"$answer"
}

# Whether the net file has a node of that name; one that includes others may have any.
fabric_has() {
	grep -q -F "\"$1\"" "${LAB_NET_HERE:-$LAB_NET}" || grep -q '^[[:space:]]*include' "${LAB_NET_HERE:-$LAB_NET}"
}

# A client that was killed keeps one of ibsim's ten places until somebody gives it back. Inside.
fabric_free_dead_clients() {
	local client id
	fabric_console Attached |
		sed -n 's/^Client \([0-9]*\): pid \([0-9]*\) .*/\1 \2/p' |
		while read -r client id; do
			grep -q "@$LAB_ID:in$id\(@\|\$\)" /proc/net/unix ||
				fabric_console "X $client" >/dev/null
		done
}

# node_command NODE COMMAND...: sets NODE_COMMAND, which runs COMMAND on that node of the fabric.
node_command() {
	local node=$1
	shift
	NODE_COMMAND=(env)
	if [ "${LAB_ATTACH:-}" = stock ]; then # ibsim's own preload, to compare with
		mkdir -p "$LAB_DIR/stock"
		NODE_COMMAND+=(-C "$LAB_DIR/stock"
			"LD_PRELOAD=/usr/lib/x86_64-linux-gnu/umad2sim/libumad2sim.so")
	else
		NODE_COMMAND+=("LD_LIBRARY_PATH=${LAB_FABRIC_LIB:-$LAB_BUILD/tests/fabric}")
	fi
	NODE_COMMAND+=("IBSIM_SOCKNAME=$LAB_ID" "SIM_HOST=$node" "$@")
}

# Inside.
native_run() {
	local status=0
	node_command "$@"
	trap : INT TERM # a signal for the whole group: the tool ends, this cleans up
	# (And bash keeps its "Killed" to itself.)
	{ "${NODE_COMMAND[@]}" 2>&3 3>&-; } 3>&2 2>/dev/null || status=$?
	# Killed: it could not say good-bye to ibsim.
	[ "$status" -le 128 ] || fabric_free_dead_clients || true
	return "$status"
}

# OpenSM on its node, until it has swept the subnet. Inside.
sm_start() {
	local dir=$LAB_DIR/opensm
	! service_pid opensm >/dev/null || die "the subnet manager runs already"
	mkdir -p "$dir"
	[ ! -f "$dir/log" ] || mv "$dir/log" "$dir/log.before"
	: >"$dir/log"
	node_command "$LAB_SM" env "OSM_CACHE_DIR=$dir" "OSM_TMP_DIR=$dir" \
		opensm -F "$dir/opensm.conf" -P "$dir/partitions.conf" -d2 -e -f "$dir/log" -D 0x03
	service_start opensm "${NODE_COMMAND[@]}" >"$dir/out" 2>&1
	wait_until sm_ready_or_dead
	service_pid opensm >/dev/null || die_log "$dir/out" "OpenSM ended on $LAB_SM"
	sm_ready || die_log "$dir/log" "OpenSM on $LAB_SM did not bring up the subnet"
}

sm_ready() {
	grep -q 'SUBNET UP' "$LAB_DIR/opensm/log"
}

sm_ready_or_dead() {
	sm_ready || not service_pid opensm
}

# Inside.
sm_stop() {
	service_end opensm TERM
	fabric_free_dead_clients
}

lab_native() {
	[ $# -ge 2 ] || die_usage "usage: ./lab native NODE CMD..."
	fabric_has "$1" || die "no node '$1' (./lab fabric Dump lists the nodes)"
	substrate native "$@"
}

local_native() {
	inside native_run "$@"
}

lab_fabric() {
	[ $# -eq 1 ] || die_usage "usage: ./lab fabric 'CONSOLE COMMAND'"
	inside fabric_command "$1"
}

lab_sm() {
	case "${1:-}" in
	start | stop) inside "sm_$1" ;;
	*) die_usage "usage: ./lab sm stop|start" ;;
	esac
}
