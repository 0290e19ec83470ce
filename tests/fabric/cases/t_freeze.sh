#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What a process makes others wait for, and what it keeps: descriptors whose last close lingers for ten
# minutes, left to be closed by whoever it connects to (the gateway, and in a domU ibguestd); the memory
# of sessions that have ended; connections without end. Its neighbours, in its guest and in another, are
# answered all the while.
#
# OLD_KERNEL=1: as on a kernel that cannot refuse descriptors.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

LAB_GATED_UNDER="env NOTIFY_SOCKET=/run/ibgate/notify WATCHDOG_USEC=200000"
[ -z "${OLD_KERNEL:-}" ] || LAB_GATED_UNDER+=" LD_PRELOAD=$CASE_PROGRAMS/libold_kernel.so"
export LAB_GATED_UNDER

attack() {
	lab guest alpha timeout 120 hostile_slots "$@"
}

# It waits ten seconds at most for each, which is less than ten minutes by far.
is_answered() { # GUEST
	says 'answered 100 timed-out 0 wrong 0 twice 0' \
		lab guest "$1" timeout 150 hostile_check lids=1-8 count=100 timeout=2000 retries=4 unkept
}

case_up --hosts 8 --guests alpha,beta
case_put alpha hostile_slots hostile_check
case_put beta hostile_check
pid=$(gateway_pid)

mkfifo "$CASE_SCRATCH/go-on"
lab guest alpha hostile_slots linger <"$CASE_SCRATCH/go-on" >"$CASE_SCRATCH/linger" 2>&1 &
linger=$!
exec {go_on}>"$CASE_SCRATCH/go-on"
check "who leaves descriptors to be closed can go on doing so" \
	patiently grep -q '^lingers' "$CASE_SCRATCH/linger"
for guest in alpha beta alpha beta; do
	check "  ... while a process of $guest is answered" is_answered "$guest"
done
check "  ... and the gateway's operator" quiet lab gate guests
[ "$LAB_SUBSTRATE" = xen ] ||
	check "  ... and its loop gives signs of life" quiet lab native "$GATEWAY" timeout 100 \
		"$CASE_PROGRAMS/notify_wait" /run/ibgate/notify WATCHDOG=1 5
exec {go_on}>&-
wait "$linger"
check "  ... and so is who did it" grep -q '^open' "$CASE_SCRATCH/linger" || cat "$CASE_SCRATCH/linger"
check "the gateway is the same" equal "$(gateway_pid)" "$pid"

check "who keeps the memory of its sessions gets no more of them than has a bound" \
	says '^had [0-9]{1,2} of 400$' attack hoard 400
check "  ... and again once it let go" grep -q '^again$' "$CASE_SCRATCH/says"
check "  ... while the others are not concerned" is_answered beta
check_exit
