#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The daemon under valgrind through a typical life: guests of all grades and their tools, refusals, a
# guest that breaks the contract, reloads, a detached guest, a link that bounces, SIGTERM. No error, and
# nothing lost.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

if ! command -v valgrind >/dev/null; then
	echo "no valgrind here"
	exit 77
fi

cat >"$CASE_SCRATCH/policy" <<'POLICY'
[gateway]
# the port
[guest alpha]
access = fabric
pkeys = 0xffff
[guest beta]
access = admin
[guest gamma]
access = port
POLICY

report=$CASE_SCRATCH/valgrind
export LAB_GATED_UNDER="valgrind --trace-children=yes --leak-check=full --show-leak-kinds=definite,indirect \
--errors-for-leak-kinds=definite,indirect --log-file=$report"
case_up --hosts 8 --guests alpha,beta,gamma --policy "$CASE_SCRATCH/policy"
for name in alpha beta gamma; do
	case_put "$name" hostile_slots hostile_mad hostile_check
done
switch=$(lab native "$GATEWAY" ibnetdiscover -p | awk '$1 == "SW" { print $2; exit }')
check "it runs under valgrind" lab native H3 grep -q valgrind "/proc/$(gateway_pid)/maps"

check "tools of three guests" eval 'quiet lab guest alpha ibnetdiscover &&
	quiet lab guest alpha saquery && quiet lab guest beta saquery -p &&
	quiet lab guest beta perfquery -x && quiet lab guest gamma ibstat &&
	quiet lab guest beta smpquery portinfo "$switch" 5'
check "refusals" eval '! quiet lab guest alpha ibportstate "$switch" 3 disable >/dev/null &&
	! quiet lab guest gamma smpquery nodeinfo "$switch" >/dev/null &&
	! quiet lab guest alpha hostile_mad class=0x03 version=2 method=2 attr=0x38 lid=1 >/dev/null'
check "registrations" says registered lab guest beta hostile_mad reg=0x20:1:1 reg=0x20:1:1 reg=0x32:1:1:0x1405
check "many requests of several guests" eval 'lab guest alpha hostile_check lids=1-8 count=600 \
	timeout=5000 >/dev/null & quiet lab guest beta hostile_check lids=1-8 count=600 timeout=5000
	wait $!'
lab fabric "Error \"$GATEWAY\"[1] 20" >/dev/null
check "the same, with loss" quiet \
	lab guest alpha hostile_check lids=1-8 count=300 timeout=200 retries=1 window=64
lab fabric "Error \"$GATEWAY\"[1] 0" >/dev/null
for how in 'no-hello' 'kind 99' 'client 7' 'produced 999' 'consumed 100000' 'scribble 1' 'garbage 9' \
	'descriptors 9' 'doorbells 1000' 'flood 2000' 'never-read 600' 'churn 10' 'burst 20'; do
	# shellcheck disable=SC2086
	check "an attack: $how" says '^(open|closed|refused)$' lab guest gamma timeout "$LAB_PATIENCE" hostile_slots $how
done
check "reload" quiet lab gate reload
sed -i 's/access = port/access = emperor/' "$LAB_DIR/policy.conf"
check "a reload that is refused" fails_saying emperor lab gate reload
sed -i '/guest gamma/,$d' "$LAB_DIR/policy.conf"
check "a guest less" quiet lab gate reload
check "counters, guests, status" eval 'quiet lab gate counters && quiet lab gate guests &&
	quiet lab gate --json counters alpha && quiet lab gate status'
lab fabric "Unlink \"$GATEWAY\"[1]" >/dev/null
check "the link bounces" eventually says 'State: Down' lab guest alpha ibstat
lab fabric "Relink \"$GATEWAY\"[1]" >/dev/null
check "  ... and is back" eventually says 'State: Active' lab guest alpha ibstat
mkfifo "$CASE_SCRATCH/hold"
lab guest beta hostile_mad reg=0x20:1:1 hold <"$CASE_SCRATCH/hold" >"$CASE_SCRATCH/held" 2>&1 &
held=$!
exec {hold}>"$CASE_SCRATCH/hold"
check "a session to detach" eventually grep -q registered "$CASE_SCRATCH/held"
check "detach" says '1' lab gate detach beta
exec {hold}>&-
wait "$held"
lab gateway stop
check "valgrind saw no error and no leak" grep -q 'ERROR SUMMARY: 0 errors from 0 contexts' "$report"
grep "SUMMARY\|lost:" "$report"
grep -q 'ERROR SUMMARY: 0 errors' "$report" || head -n 60 "$report"
check_exit
