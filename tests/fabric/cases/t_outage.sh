#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What comes and goes under the guests: the subnet manager, the gateway, the link, the policy. Each
# tool fails as it would on hardware that fails so, and works again when it is back.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

guest() {
	lab guest "$@"
}

port_state_is() {
	guest alpha ibstat 2>/dev/null | grep -q "State: $1\$"
}

sockets() {
	lab dom0 find /run/ibgate -type s | wc -l
}

# Requests without end in a guest. A process of its own holds their input open, so that no program
# that is started meanwhile does as well.
declare -A traffic holder
start_traffic() {
	check "traffic of $1" eventually traffic_begins "$1"
}

# It asks every node once before it begins: a sweep of the subnet manager may be in the way.
traffic_begins() {
	local name=$1 fifo=$CASE_SCRATCH/$1.in
	rm -f "$fifo"
	mkfifo "$fifo"
	guest "$name" hostile_check lids=1-8 window=4 timeout=6000 retries=2 reopen unkept \
		<"$fifo" >"$CASE_SCRATCH/$name.out" 2>&1 &
	traffic[$name]=$!
	sleep infinity >"$fifo" &
	holder[$name]=$!
	until grep -q 'begun\|cannot begin' "$CASE_SCRATCH/$name.out"; do
		kill -0 "${traffic[$name]}" 2>/dev/null || break
		read -r -t 0.02 <> <(:) || true
	done
	grep -q begun "$CASE_SCRATCH/$name.out" && return
	kill "${holder[$name]}"
	wait "${holder[$name]}" "${traffic[$name]}" 2>/dev/null
	return 1
}

# Its exit status: 0 unless something came wrong or twice, or never ended.
end_traffic() {
	kill "${holder[$1]}"
	wait "${holder[$1]}" 2>/dev/null
	wait "${traffic[$1]}"
}

# By the gateway's own count, which begins with the gateway.
is_served() {
	[ "$(counter from_guest "$1")" -gt 0 ]
}

# What it counted at its end: nothing was lost, and its port has been open all the time.
noticed_nothing() {
	says 'timed-out 0 wrong 0 twice 0 reopened 0' tail -n 1 "$CASE_SCRATCH/$1.out"
}

# Its port failed, and was opened anew.
had_to_reopen() {
	says 'wrong 0 twice 0 reopened [1-9]' tail -n 1 "$CASE_SCRATCH/$1.out"
}

# What a tool says and how it exits, with the guest's library or (env -u ...) the distribution's. Both
# streams are one over there already: on the way they may overtake each other.
outcome() {
	guest alpha sh -c '"$@" 2>&1' sh "$@" | grep -v get_abi_version | sed 's/\[[0-9]*\]/[]/'
	echo "status ${PIPESTATUS[0]}"
}

# TOOL...: the distribution's library finds no hardware in a guest: as unplugged as can be. All at once,
# since a domU's library waits for its gateway before it gives up.
fail_as_unplugged() {
	local tool n=0 pids=() pid
	for tool; do
		# shellcheck disable=SC2086
		outcome $tool >"$CASE_SCRATCH/tool.$n" &
		pids+=($!)
		# shellcheck disable=SC2086
		outcome env -u LD_LIBRARY_PATH $tool >"$CASE_SCRATCH/unplugged.$n" &
		pids+=($!)
		n=$((n + 1))
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
	done
	n=0
	for tool; do
		check "without the gateway $tool ends as without hardware" \
			cmp "$CASE_SCRATCH/tool.$n" "$CASE_SCRATCH/unplugged.$n"
		n=$((n + 1))
	done
}

case_up --hosts 8 --guests alpha,beta
policy=$LAB_DIR/policy.conf
for name in alpha beta; do
	case_put "$name" hostile_check
done
switch=$(lab native "$GATEWAY" ibnetdiscover -p | awk '$1 == "SW" { print $2; exit }')

# --- the subnet manager ---

lab native "$GATEWAY" saquery >"$CASE_SCRATCH/records" || die "no saquery"
lab sm stop
lab native "$GATEWAY" saquery -t 300 >"$CASE_SCRATCH/native" 2>&1
native=$?
guest alpha saquery -t 300 >"$CASE_SCRATCH/guest" 2>&1
check "without a subnet manager saquery fails as natively" equal "$?" "$native"
check "  ... with the same words" cmp "$CASE_SCRATCH/guest" "$CASE_SCRATCH/native"
check "  ... and what needs none works" quiet guest alpha smpquery nodeinfo "$switch"
lab sm start
check "when it is back saquery works" eval 'eventually guest alpha saquery'
check "  ... and says what it said" cmp <(guest alpha saquery) "$CASE_SCRATCH/records"

# --- the policy, under traffic ---

start_traffic beta
access=$(($(line_of "$policy" '[guest alpha]') + 1))
check "before: the switch may be read" quiet guest alpha smpquery nodeinfo "$switch"
sed -i "${access}s/fabric/port/" "$policy"
check "a reload names what it changes, for whom" says 'alpha.*access' lab gate reload
check "  ... and is on the record" journal_has IBGATE_EVENT=policy IBGATE_VERDICT=allow
check "the lower grade takes effect" \
	fails_saying 'failed' guest alpha smpquery nodeinfo "$switch"
sed -i "${access}s/port/emperor/" "$policy"
check "a broken policy is refused, with file, line and key" \
	fails_saying "policy.conf:$access: .*access" lab gate reload
check "  ... and it says which policy is in force" fails_saying "previous policy stays in force" lab gate reload
check "  ... on the record as well" journal_has IBGATE_EVENT=policy IBGATE_VERDICT=refuse \
	"MESSAGE=~.*policy.conf:$access: .*access.*"
check "  ... and changes nothing for this guest" \
	fails_saying 'failed' guest alpha smpquery nodeinfo "$switch"
check "  ... nor for the other" quiet guest beta smpquery nodeinfo "$switch"
sed -i "${access}s/emperor/fabric/" "$policy"
check "a good one is taken again" quiet lab gate reload
check "  ... and the higher grade is there" quiet guest alpha smpquery nodeinfo "$switch"

# --- a guest detached by hand ---

start_traffic alpha
check "detach ends a guest's sessions" says '1' lab gate detach alpha
check "  ... on the record" journal_has IBGATE_EVENT=detach IBGATE_GUEST=alpha \
	'IBGATE_REASON=the operator detached the guest'
# A Xen domain's device went with its sessions: it comes back as it went, by hand.
[ "$LAB_SUBSTRATE" != xen ] || check "  ... a domain's device comes back by hand" eval \
	'quiet lab gate attach alpha && eventually guest alpha ibstat'
check "it may attach again" quiet guest alpha smpquery nodeinfo "$switch"
check "  ... and who lived on did so" eval 'eventually test "$(guest_field alpha sessions)" = 1'
check "  ... its requests all ended rightly" end_traffic alpha
check "the other guest never noticed: neither the reloads nor this" end_traffic beta
check "  ..." noticed_nothing beta

# --- the link ---

lab fabric "Unlink \"$GATEWAY\"[1]" >/dev/null
check "a link that is down is down for guests" eventually port_state_is Down
check "  ... and nothing is reached" \
	fails_saying 'fail' guest alpha smpquery -t 100 nodeinfo "$switch"
lab fabric "Relink \"$GATEWAY\"[1]" >/dev/null
check "a link that is back is active for guests" eventually port_state_is Active
check "  ... and works" eval 'eventually guest alpha smpquery nodeinfo "$switch"'

# --- the gateway, killed and back ---

start_traffic beta
lab gateway kill
lab gateway start
check "with the gateway back who lived on is served again" eventually is_served beta
check "  ... its requests all ended rightly" end_traffic beta
# An emulated machine may need longer for this than anybody expects.
[ "$LAB_SUBSTRATE" = xen ] || check "  ... it never noticed" noticed_nothing beta

# --- the gateway, killed and away for longer than it is awaited ---

start_traffic beta
lab gateway kill
fail_as_unplugged ibstat ibnetdiscover 'smpquery nodeinfo 1' saquery perfquery sminfo
check "  ... which is a failure" says "can't open UMAD port" cat "$CASE_SCRATCH/tool.1"
# Nobody tells a domU that its back-end was killed: there requests time out, and the port stays.
[ "$LAB_SUBSTRATE" = xen ] || check "who lived on has lost its port" \
	patiently grep -q -x 'the port failed' "$CASE_SCRATCH/beta.out"
lab gateway start
check "with the gateway back they work at once" quiet guest alpha ibnetdiscover
check "who lived on is served again" eventually is_served beta
check "  ... its requests all ended rightly" end_traffic beta
[ "$LAB_SUBSTRATE" = xen ] || check "  ... after it had opened its port anew" had_to_reopen beta

# --- the gateway, ended ---

start_traffic beta
check "a running gateway has sockets" at_least "$(sockets)" 3
lab gateway stop
check "one that was ended leaves none" equal "$(sockets)" 0
check "  ... and says so" journal_has IBGATE_EVENT=detach IBGATE_GUEST=beta \
	'IBGATE_REASON=the gateway stops'
lab gateway start
check "with a new one all goes on" quiet guest alpha ibnetdiscover
check "  ... for who lived on as well" end_traffic beta
[ "$LAB_SUBSTRATE" = xen ] || check "  ... it never noticed" noticed_nothing beta

# --- the gateway, ended for good ---

lab gateway stop
check "where there is none a tool fails as without an adapter" \
	fails_saying "can't open UMAD port" guest alpha ibnetdiscover
lab gateway start
check "where there is one again the next works" quiet guest alpha ibnetdiscover
check_exit
