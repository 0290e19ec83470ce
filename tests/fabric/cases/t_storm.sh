#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Fifty guests run ibnetdiscover at once: the fabric sees one sweep, and every guest sees the fabric.
#
#     t_storm.sh [HOSTS]
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

hosts=${1:-64}
guests=50
names=$(seq -s, -f 'g%.0f' "$guests")

# Stands at the FIFO that all guests share until its writer goes, then runs.
wait_and_discover() {
	lab guest "$1" bash -c 'exec 3</usr/local/bin/go; touch /usr/local/bin/ready; read -r <&3
		exec ibnetdiscover' >"$CASE_SCRATCH/$1.out" 2>"$CASE_SCRATCH/$1.err"
	echo $? >"$CASE_SCRATCH/$1.status"
}

all_stand_ready() {
	[ "$(find "$LAB_DIR/guests" -name ready | wc -l)" -eq "$guests" ]
}

# What one guest was answered serves the others, however slowly this machine starts them.
{
	printf '[gateway]\nsmp-cache-ms = 10000\n'
	# shellcheck disable=SC2086
	printf '[guest %s]\naccess = fabric\n' ${names//,/ }
} >"$CASE_SCRATCH/policy"
case_up --hosts "$hosts" --guests "$names" --policy "$CASE_SCRATCH/policy"
lab native "$GATEWAY" ibnetdiscover >"$CASE_SCRATCH/native" || die "no ibnetdiscover"
topology "$CASE_SCRATCH/native" >"$CASE_SCRATCH/want"

before=$(counter sent)
lab guest g1 ibnetdiscover >"$CASE_SCRATCH/one" || die "no ibnetdiscover in a guest"
one=$(($(counter sent) - before))
check "one guest sees what the node sees" cmp <(topology "$CASE_SCRATCH/one") "$CASE_SCRATCH/want"

mkfifo "$LAB_DIR/go"
exec {go}<>"$LAB_DIR/go"
waiting=()
for name in ${names//,/ }; do
	ln "$LAB_DIR/go" "$LAB_DIR/guests/$name/bin/go"
	wait_and_discover "$name" {go}>&- &
	waiting+=($!)
done
eventually all_stand_ready || die "not all guests start"
sleep 11 # what the one sweep was answered is not kept any more
before=$(counter sent)
exec {go}>&-
wait "${waiting[@]}"
all=$(($(counter sent) - before))
echo "one sweep: $one SMPs; $guests at once: $all"
check "fifty at once cost at most 1.2 times as much" at_most $((all * 10)) $((one * 12))
for name in ${names//,/ }; do
	[ "$(cat "$CASE_SCRATCH/$name.status")" = 0 ] &&
		cmp -s <(topology "$CASE_SCRATCH/$name.out") "$CASE_SCRATCH/want" && continue
	check "$name sees what the node sees" false
	head -n 3 "$CASE_SCRATCH/$name.err"
	diff <(topology "$CASE_SCRATCH/$name.out") "$CASE_SCRATCH/want" | head -n 3
done
check "no request went lost" equal "$(counter timed_out)" 0
check "no answer met a full ring" equal "$(counter lost_ring_full)" 0
check_exit
