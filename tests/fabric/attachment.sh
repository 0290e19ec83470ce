#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# attachment.sh LIBRARY UMAD_CHECK FAT_TREE: the attachment to ibsim, with OpenSM on it, against ibsim's
# own (umad2sim) on everything that fits in one MAD; and what only ours can: RMPP, time-outs, threads.
set -u
library=$(dirname "$(readlink -f "$1")")
umad_check=$(readlink -f "$2")
fat_tree=$(readlink -f "$3")
# shellcheck source=tests/lab/wait.sh
. "$(dirname "$(readlink -f "$0")")/../lab/wait.sh"
# shellcheck source=tests/lab/bound.sh
. "$(dirname "$(readlink -f "$0")")/../lab/bound.sh"
for program in ibsim opensm saquery valgrind; do
	command -v "$program" >/dev/null || { echo "SKIP: no $program"; exit 77; }
done
bound_self "$0" "$@"
stock=$(dirname "$(gcc -print-file-name=libc.so.6 2>/dev/null || echo /usr/lib/x)")/umad2sim/libumad2sim.so
[ -e "$stock" ] || stock=$(find /usr/lib -name libumad2sim.so 2>/dev/null | head -1)
[ -e "$stock" ] || { echo "SKIP: no libumad2sim.so to compare with"; exit 77; }

work=$(mktemp -d)
export IBSIM_SOCKNAME=attachment-${work##*.} OSM_CACHE_DIR=$work/osm OSM_TMP_DIR=$work/osm
unset LD_LIBRARY_PATH LD_PRELOAD SIM_HOST SIM_SET_ISSM
pids=()
finish() {
	for pid in "${pids[@]}"; do kill -9 "$pid" 2>/dev/null; done
	wait 2>/dev/null
	rm -rf "$work"
}
trap finish EXIT
cd "$work" || exit 1
mkdir osm
failures=0

ours() {
	local node=$1
	shift
	SIM_HOST=$node LD_LIBRARY_PATH=$library timeout "$LAB_PATIENCE" "$@"
}

theirs() {
	local node=$1
	shift
	SIM_HOST=$node LD_PRELOAD=$stock timeout "$LAB_PATIENCE" "$@"
}

verdict() {
	if [ "$1" = 0 ]; then
		echo "ok: $2"
	else
		echo "FAILED: $2"
		failures=$((failures + 1))
	fi
}

same() {
	theirs H2 "$@" >theirs.out 2>theirs.err
	local r=$?
	ours H2 "$@" >ours.out 2>ours.err
	[ $? = "$r" ] || { echo "exit status $? against $r"; cat ours.err; verdict 1 "$*"; return; }
	# when it was made, and as which device
	sed -i -e '/^# Topology file: generated/d' -e 's/activity count [0-9]*//' -e '/Link layer:/d' theirs.out ours.out
	diff -u theirs.out ours.out && [ -s ours.out ]
	verdict $? "$* as on umad2sim"
}

"$fat_tree" 64 >net
mkfifo console
exec 3<>console
ibsim -s net <&3 >ibsim.out 2>&1 &
pids+=($!)
timeout "$LAB_PATIENCE" sh -c 'until grep -q "Network simulator ready" ibsim.out; do :; done'
SIM_HOST=H1 LD_LIBRARY_PATH=$library opensm -d2 -e -f osm/log -D 0x03 >osm/out 2>&1 &
sm=$!
pids+=("$sm")
timeout "$LAB_PATIENCE" sh -c 'tail -n +1 -F osm/log 2>/dev/null | grep -q -a -m1 "SUBNET UP"'
verdict $? "OpenSM brings the subnet up"

lid=$(ours H2 smpquery -D portinfo 0 | sed -n 's/^Lid:\.*//p')
same ibaddr
same ibstat
same sminfo
for op in nodeinfo nodedesc portinfo pkeys sl2vl vlarb guids mkeyinfo; do
	same smpquery "$op" "$lid"
	same smpquery -D "$op" 0
done
same smpquery -D switchinfo 0,1
same perfquery "$lid"
same perfquery -x "$lid" 1
same ibnetdiscover
same ibtracert 1 "$lid"
same ibroute -G "$(ours H2 ibswitches | sed -n 's/^Switch.*: \(0x[0-9a-f]*\) ports.*/\1/p' | head -1)"
same saquery NR "$lid"
same saquery -c

[ "$(ours H2 saquery NR | grep -c 'NodeRecord dump')" = 70 ]
verdict $? "a table of 70 NodeRecords comes whole"
[ "$(ours H3 saquery -t 30000 PR | grep -c 'PathRecord dump')" = 4900 ]
verdict $? "a table of 4900 PathRecords comes whole"
ours H1 smpquery -D portinfo 0 | grep -q 'IsSM'
verdict $? "IsSM is raised while OpenSM runs"

ours H3 ibping -S >ping.server 2>&1 &
pids+=($!)
server=$!
to=$(ours H3 smpquery -D portinfo 0 | sed -n 's/^Lid:\.*//p')
answers() {
	ours H2 ibping -c 1 -t 1000 "$1" 2>&1 | grep ' 1 received'
}
wait_until answers "$to"
ours H2 ibping -c 3 -t 20000 "$to" | grep -q '3 packets transmitted, 3 received'
verdict $? "unsolicited MADs reach a server"
kill "$server" 2>/dev/null

ours H4 "$umad_check"
verdict $? "threads, forks, time-outs"
ours H4 valgrind -q --error-exitcode=9 --leak-check=full --child-silent-after-fork=yes \
	"$umad_check" >valgrind.out 2>&1
r=$?
[ "$r" = 0 ] || cat valgrind.out
verdict "$r" "the same under valgrind"

echo 'Error "H5"[1] 100' >&3
target=$(ours H2 saquery NR | sed -n '/NodeRecord/,/NodeDesc/{s/.*lid\.*//p;s/.*NodeDescription\.*//p}' |
	sed -n 'N;s/\([0-9]*\)\nH5$/\1/p')
! ours H2 smpquery -t 50 nodeinfo "${target:-5}" >lost.out 2>&1
verdict $? "a node that loses everything times out"
echo 'Error "H5"[1] 0' >&3

kill -INT "$sm"
wait "$sm"
! ours H1 smpquery -D portinfo 0 | grep -q 'IsSM'
verdict $? "IsSM is lowered when OpenSM is gone"

[ "$failures" = 0 ] || echo "$failures failures"
[ "$failures" = 0 ]
