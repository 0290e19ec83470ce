#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# ibguestd inside a guest, on the gateway's local socket: tools behind it see what they see without
# it; it and the gateway may be killed, and tools work again; a tool that dies leaves nothing behind;
# a hostile process of the guest harms no other.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

# In alpha: through ibguestd, and without it.
via() {
	lab guest alpha env IBGATE_SOCKET=/tmp/x "$@"
}

direct() {
	lab guest alpha "$@"
}

# ibguestd_start NAME OPTIONS...: as pid $(cat /tmp/NAME.pid) of the guest.
ibguestd_start() {
	local name=$1
	shift
	# shellcheck disable=SC2016 # the guest's shell expands it
	lab guest alpha sh -c 'echo $$ >/tmp/$0.pid; exec ibguestd "$@"' "$name" "$@" \
		>>"$CASE_SCRATCH/$name.log" 2>&1 </dev/null &
	ibguestd=$!
}

ibguestd_signal() {
	# shellcheck disable=SC2016
	lab guest alpha sh -c 'kill -"$1" "$(cat "/tmp/$2.pid")"' sh "$1" "$2"
}

same_as_direct() {
	direct "$@" >"$CASE_SCRATCH/direct" 2>"$CASE_SCRATCH/direct.err"
	local status=$?
	via "$@" >"$CASE_SCRATCH/via" 2>"$CASE_SCRATCH/via.err"
	equal "$?" "$status" || return 1
	cmp "$CASE_SCRATCH/direct" "$CASE_SCRATCH/via"
}

topology_is_right() {
	via ibnetdiscover >"$CASE_SCRATCH/seen" 2>"$CASE_SCRATCH/seen.err" &&
		cmp -s <(topology "$CASE_SCRATCH/seen") "$CASE_SCRATCH/topology"
}

alpha_has() { # SESSIONS CLIENTS
	[ "$(guest_field alpha sessions)" = "$1" ] && [ "$(guest_field alpha clients)" = "$2" ]
}

attack() {
	via timeout "$LAB_PATIENCE" hostile_slots "$@"
}

case_up --hosts 64 --guests alpha,beta
case_put alpha hostile_slots hostile_check
lab native "$GATEWAY" ibnetdiscover >"$CASE_SCRATCH/native" || die "no ibnetdiscover"
topology "$CASE_SCRATCH/native" >"$CASE_SCRATCH/topology"

ibguestd_start gd --socket /tmp/x --upstream /run/ibgate/guest
eventually via ibstat || die "ibguestd does not serve"

for tool in ibstat 'ibstat -l' 'ibstat ibsim0 1' ibaddr ibhosts ibswitches saquery 'saquery -x' \
	'saquery --list' 'smpquery nodeinfo 1' 'smpquery portinfo 1 1' 'smpquery pkeys 1' \
	'smpquery nodeinfo 4000' 'ibroute 2' 'vendstat -N 1'; do
	# shellcheck disable=SC2086 # words
	check "$tool says the same through ibguestd" same_as_direct $tool
done
check "sminfo finds the subnet manager" says 'sm lid 1 .*SMINFO_MASTER' via sminfo
check "perfquery reads counters" says 'PortXmitPkts' via perfquery
check "ibnetdiscover sees the fabric" topology_is_right
check "all that is one session of the gateway's, and leaves no client" eventually alpha_has 1 0

# libibmad gives its answers a time-out: that is no request that is waited for.
# shellcheck disable=SC2016
via sh -c 'echo $$ >/tmp/ibping.pid; exec ibping -S' >"$CASE_SCRATCH/ibping" 2>&1 &
lid=$(direct ibstat | awk '/Base lid/ { print $3 }')
check "a server of the guest's answers" eventually says ' 1 received' lab native H5 ibping -c 1 "$lid"
check "  ... each of 400 requests in a row" says ' 400 received' lab native H5 ibping -f -c 400 "$lid"
ibguestd_signal TERM ibping

many=()
for i in $(seq 16); do
	via ibnetdiscover >"$CASE_SCRATCH/many.$i" 2>"$CASE_SCRATCH/many.$i.err" &
	many+=($!)
done
wait "${many[@]}"
right=0
for i in $(seq 16); do
	cmp -s <(topology "$CASE_SCRATCH/many.$i") "$CASE_SCRATCH/topology" && right=$((right + 1))
done
check "sixteen at once see the fabric, each" equal "$right" 16

check "thousands of requests of several processes end once each, with their own answers" eval '
	running=()
	for i in 1 2 3 4; do
		via hostile_check lids=1-8 count=2000 window=64 >"$CASE_SCRATCH/check.$i" 2>&1 &
		running+=($!)
	done
	for p in "${running[@]}"; do wait "$p" || { tail -n 2 "$CASE_SCRATCH"/check.*; false; }; done'

check "a tool that ends at once leaves no client behind" eval \
	'via hostile_check lids=1-8 window=64 reopen </dev/null >/dev/null && eventually alpha_has 1 0'
mkfifo "$CASE_SCRATCH/victim"
# shellcheck disable=SC2016
via sh -c 'echo $$ >/tmp/victim.pid; exec hostile_check lids=1-8 window=64 reopen' \
	<"$CASE_SCRATCH/victim" >"$CASE_SCRATCH/victim.out" 2>&1 &
exec {victim}>"$CASE_SCRATCH/victim"
patiently grep -q begun "$CASE_SCRATCH/victim.out"
check "a tool that runs is a client" eventually alpha_has 1 1
ibguestd_signal KILL victim
check "a tool that is killed in the middle leaves no client behind" eventually alpha_has 1 0
exec {victim}>&-
check "  ... nor a request" eventually eval 'equal "$(guest_field alpha outstanding)" 0'

# --- a hostile process ---

mkfifo "$CASE_SCRATCH/go-on"
via hostile_check lids=1-8 window=2 timeout=5000 retries=3 reopen unkept \
	<"$CASE_SCRATCH/go-on" >"$CASE_SCRATCH/neighbour" 2>&1 &
neighbour=$!
exec {go_on}>"$CASE_SCRATCH/go-on"
patiently grep -q begun "$CASE_SCRATCH/neighbour"
for what in no-hello magic version 'kind 0' 'kind 2' 'kind 99' 'port 1' 'port 65535' 'client 2' \
	'client 65535' 'close-client 5' 'agent 32' 'produced 129' 'produced 4294967295' \
	'consumed 100000' 'scribble 1' 'scribble 2' 'garbage 100' 'descriptors 100'; do
	# shellcheck disable=SC2086
	check "a process that does '$what' loses its session" says '^(closed|refused)$' attack $what
done
for what in 'doorbells 10000' 'never-read 1000' 'churn 100'; do
	# shellcheck disable=SC2086
	check "a process may do '$what'" says '^open$' attack $what
done
check "a flood of MADs goes at the gateway's pace" says '^sent 3000' attack flood 3000
check "there are no more processes than there is room for" says '^had 2[0-9]* of 300$' attack burst 300
check "what went wrong is told" grep -q 'violated the protocol: ' "$CASE_SCRATCH/gd.log"
exec {go_on}>&-
wait "$neighbour"
check "another process of the guest never noticed" says 'timed-out 0 wrong 0 twice 0 reopened 0' \
	cat "$CASE_SCRATCH/neighbour"
check "nor did the gateway" equal "$(counter drop_malformed)" 0
check "nothing of it is left" eventually alpha_has 1 0

# --- who goes comes back ---

lab gateway kill
check "without a gateway there is no adapter" not_ok via sminfo
lab gateway start
check "when it is back, tools work" eventually topology_is_right
lab gateway stop
lab gateway start
check "when it was restarted, the next run of a tool works" topology_is_right

# Killed in the middle of runs, again and again: those and the very next ones see the fabric, through
# ibguestd and without it.
runs_begin() { # NAME COMMAND...
	local name=$1
	shift
	rm -f "$CASE_SCRATCH/end"
	: >"$CASE_SCRATCH/runs.$name" # who counts its lines may be faster
	while [ ! -e "$CASE_SCRATCH/end" ] && kill -0 $$; do
		"$@" ibnetdiscover >"$CASE_SCRATCH/run.$name" 2>"$CASE_SCRATCH/run.$name.err" &&
			cmp -s <(topology "$CASE_SCRATCH/run.$name") "$CASE_SCRATCH/topology"
		echo "status $?" | paste - "$CASE_SCRATCH/run.$name.err" | head -n 1
	done >"$CASE_SCRATCH/runs.$name" &
	runs+=($!)
}

run_since() { # NAME: one more ended since the line count in $begun
	[ "$(wc -l <"$CASE_SCRATCH/runs.$1")" -gt "$begun" ]
}

a_run_ends() { # NAME
	local begun
	begun=$(wc -l <"$CASE_SCRATCH/runs.$1")
	patiently run_since "$1"
}

# A guest waits for its gateway so many seconds and no longer: a run fails, and rightly, that met one which a
# loaded machine took longer to bring back.
all_were_whole() { # NAME SECONDS
	local absence late=0
	for absence in "${absences[@]}"; do
		[ "$absence" -lt "$2" ] || late=$((late + 1))
	done
	[ "$late" = 0 ] || echo "    | the gateway was away for too long $late times: so many runs may have failed"
	grep -v '^status 0' "$CASE_SCRATCH/runs.$1" | sed 's/^/    | /'
	at_most "$(grep -c -v '^status 0' "$CASE_SCRATCH/runs.$1")" "$late" &&
		at_least "$(wc -l <"$CASE_SCRATCH/runs.$1")" 5
}

next_is_right() { # COMMAND...
	"$@" ibnetdiscover >"$CASE_SCRATCH/next" 2>"$CASE_SCRATCH/next.err" &&
		cmp -s <(topology "$CASE_SCRATCH/next") "$CASE_SCRATCH/topology" || {
		sed 's/^/    | /' "$CASE_SCRATCH/next.err" | tail -n 4
		return 1
	}
}

runs=() absences=()
runs_begin via via
runs_begin direct direct
for round in 1 2 3 4 5; do
	a_run_ends via && a_run_ends direct
	begun=$SECONDS
	lab gateway kill
	lab gateway start
	absences+=($((SECONDS - begun)))
	check "killed and started, the next run works ($round)" next_is_right via
	check "  ... without ibguestd as well" next_is_right direct
	check "  ... and the subnet administration is asked" quiet via saquery
done
touch "$CASE_SCRATCH/end"
wait "${runs[@]}"
check "those in the middle of which it was killed saw the whole fabric" all_were_whole via 11
check "  ... without ibguestd as well" all_were_whole direct 5

# begun while there is none
begun=$SECONDS
lab gateway kill
via ibnetdiscover >"$CASE_SCRATCH/next" 2>"$CASE_SCRATCH/next.err" &
next=$!
# a tool that asks the killed gateway itself waits six seconds for it: longer than patience is later
check "without ibguestd there is no adapter either" not_ok direct sminfo
lab gateway start
if [ $((SECONDS - begun)) -lt 11 ]; then
	check "one that begins while there is no gateway waits for it" wait "$next"
	check "  ... and sees the fabric" cmp <(topology "$CASE_SCRATCH/next") "$CASE_SCRATCH/topology"
else
	wait "$next"
	echo "left out: one that begins while there is no gateway waits for it: it was away for too long"
fi

ibguestd_signal KILL gd
wait "$ibguestd" 2>/dev/null
check "without ibguestd there is no adapter" not_ok via sminfo
check "  ... and the gateway has no session left" eventually alpha_has 0 0
ibguestd_start gd --socket /tmp/x --upstream /run/ibgate/guest
check "when it is back, tools work" eventually topology_is_right
check "a second one on the same socket is refused" \
	fails_saying 'another ibguestd serves /tmp/x' \
	lab guest alpha ibguestd --socket /tmp/x --upstream /run/ibgate/guest

ibguestd_start inner --socket /tmp/y --upstream /tmp/x
inner=$ibguestd
eventually lab guest alpha env IBGATE_SOCKET=/tmp/y ibstat || die "the inner one does not serve"
check "one behind another shows the same" cmp <(lab guest alpha env IBGATE_SOCKET=/tmp/y saquery) \
	<(direct saquery)
# who is not root may have as many places as it leaves to others, less root's
ibguestd_start open --mode 0666 --socket /tmp/o --upstream /tmp/x
opener=$ibguestd
eventually lab guest alpha env IBGATE_SOCKET=/tmp/o ibstat || die "the open one does not serve"
# shellcheck disable=SC2016
burst_of_nobody() {
	lab guest alpha sh -c 'exec 9<"$(command -v hostile_slots)"; IBGATE_SOCKET=/tmp/o exec \
		setpriv --reuid=65534 --regid=65534 --clear-groups /proc/self/fd/9 burst 300'
}
check "a user other than root leaves places to others" says '^had 111 of 300$' burst_of_nobody
ibguestd_signal TERM open
wait "$opener"
ibguestd=$inner
ibguestd_signal TERM inner
wait "$ibguestd"
check "told to end, it ends well" equal "$?" 0
check "  ... and its socket is gone" lab guest alpha test ! -e /tmp/y

# two devices: the ports of both stand beside each other
ibguestd_start two --socket /tmp/z --upstream /run/ibgate/guest --upstream /tmp/x
two() {
	lab guest alpha env IBGATE_SOCKET=/tmp/z "$@"
}
check "of two gateways both are attached" eventually alpha_has 2 0
check "  ... and tools work" cmp <(two saquery) <(direct saquery)
ibguestd_signal TERM two
ibguestd_signal TERM gd
check "all sessions end with them" eventually alpha_has 0 0
check_exit
