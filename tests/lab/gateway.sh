# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# ibgated on the gateway's node, its policy, and the control tool.
#
# ibgated's run directory is LAB_DIR/run, mounted inside at /run/ibgate: however deep LAB_DIR is,
# the sockets' paths stay short.

GATEWAY_PORT=ibsim0/1

# gateway_policy FILE|'': the lab's policy. The lines of a given file keep their numbers.
gateway_policy() {
	local guest out=$LAB_DIR/policy.conf
	if [ -n "$1" ]; then
		cp "$1" "$out" || exit
		gateway_policy_has_port "$out" || gateway_policy_add_port "$out"
	else
		printf '[gateway]\nport = %s\n' "$GATEWAY_PORT" >"$out"
		for guest in $LAB_GUESTS; do
			printf '\n[guest %s]\naccess = fabric\n' "$guest" >>"$out"
		done
	fi
}

gateway_policy_has_port() {
	awk '/^\[/ { gateway = /^\[gateway\]/ }
		gateway && /^port[ \t]*=/ { found = 1 }
		END { exit !found }' "$1"
}

# Never so that a line of a guest's moves: where [gateway] has a blank line or a comment, instead
# of the first; else the section goes to the end, and leaves blank lines.
gateway_policy_add_port() {
	awk -v port="port = $GATEWAY_PORT" '
		/^\[/ { gateway = /^\[gateway\]/ }
		{ line[NR] = $0; section[NR] = gateway }
		gateway && !place && /^[ \t]*(#|$)/ { place = NR }
		END {
			for (i = 1; i <= NR; i++)
				print i == place ? port : section[i] && !place ? "" : line[i]
			if (place)
				exit
			print "[gateway]\n" port
			for (i = 1; i <= NR; i++)
				if (section[i] && line[i] !~ /^\[/)
					print line[i]
		}' "$1" >"$1.new" && mv "$1.new" "$1"
}

# Inside.
gateway_start() {
	local log=$LAB_DIR/ibgated.log
	! service_pid ibgated >/dev/null || die "the gateway runs already"
	mkdir -p "$LAB_DIR/state"
	substrate programs
	LAB_ATTACH="" node_command "$LAB_GATEWAY" SIM_SET_ISSM=1 \
		"$LAB_PROGRAMS/mad-proxy/ibgated" -c "$LAB_DIR/policy.conf" --state "$LAB_DIR/state" \
		--run /run/ibgate
	# LAB_GATED_UNDER: a program to run it under (valgrind).
	# shellcheck disable=SC2086
	service_start ibgated ${LAB_GATED_UNDER:-} "${NODE_COMMAND[@]}" >>"$log" 2>&1 </dev/null
	wait_until gateway_ready_or_dead
	service_pid ibgated >/dev/null || gateway_die "ibgated ended at its start"
	gateway_ready >/dev/null || gateway_die "ibgated does not answer"
	substrate guests_connect
}

gateway_die() {
	journalctl --sync
	journalctl --directory="$LAB_DIR/journal" -q -o cat -n 20 -t ibgated >>"$LAB_DIR/ibgated.log"
	die_log "$LAB_DIR/ibgated.log" "$@"
}

gateway_ready() {
	[ -S /run/ibgate/control ] && "$LAB_PROGRAMS/mad-proxy/ibgate" --run /run/ibgate status
}

gateway_ready_or_dead() {
	gateway_ready || not service_pid ibgated
}

# Inside.
gateway_stop() {
	service_end ibgated TERM
	fabric_free_dead_clients
}

# Inside.
gateway_kill() {
	service_end ibgated KILL
	fabric_free_dead_clients
}

# Inside. A reload may have brought guests their sockets.
gate_run() {
	local status=0
	"$LAB_PROGRAMS/mad-proxy/ibgate" --run /run/ibgate "$@" || status=$?
	substrate guests_connect
	return "$status"
}

lab_gate() {
	substrate gate "$@"
}

local_gate() {
	inside gate_run "$@"
}

lab_gateway() {
	case "${1:-}" in
	start | stop | kill) inside "gateway_$1" ;;
	*) die_usage "usage: ./lab gateway kill|stop|start" ;;
	esac
}
