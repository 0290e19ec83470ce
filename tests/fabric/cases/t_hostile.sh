#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A guest that breaks the contract loses its session, on the record and with the reason; what is only
# rude is its own loss. Another guest's requests go on all the while, and nothing stays behind.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

attack() {
	lab guest alpha timeout "$LAB_PATIENCE" hostile_slots "$@"
}

kills() {
	lab journal -q -o cat --output-fields=IBGATE_REASON IBGATE_EVENT=session-kill IBGATE_GUEST=alpha
}

# closed REASON ATTACK...: its session ends; the record must say why (looked at further below).
closed() {
	echo "$1" >>"$CASE_SCRATCH/kills"
	shift
	says '^closed$' attack "$@"
}

# Of the daemon, seen from inside the lab.
descriptors() {
	lab native H3 bash -c "ls /proc/$pid/fd | wc -l"
}

resident_kib() {
	lab native H3 sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status"
}

alpha_is_gone() {
	[ "$(guest_field alpha sessions)" = 0 ]
}

# fewer than its ring holds, so that a flood is held
cat >"$CASE_SCRATCH/policy" <<'POLICY'
[guest alpha]
access = fabric
outstanding = 16
[guest beta]
access = fabric
POLICY
case_up --hosts 8 --guests alpha,beta --policy "$CASE_SCRATCH/policy"
case_put alpha hostile_slots hostile_check
case_put beta hostile_check
pid=$(gateway_pid)

# The neighbour, until its standard input ends.
mkfifo "$CASE_SCRATCH/go-on"
lab guest beta hostile_check lids=1-8 window=2 timeout=5000 retries=3 reopen unkept \
	<"$CASE_SCRATCH/go-on" >"$CASE_SCRATCH/beta" 2>&1 &
beta=$!
exec {go_on}>"$CASE_SCRATCH/go-on"
patiently grep -q begun "$CASE_SCRATCH/beta"
# Memory that was used once is the daemon's to use again: a first round is not growth.
quiet attack burst 300
quiet attack burst 300
quiet attack flood 500
eventually alpha_is_gone
descriptors_before=$(descriptors)
resident_before=$(resident_kib)

check "a request before the hello ends the session" closed 'the guest sent a message before HELLO' no-hello
check "so does a hello of something else" closed 'guest and gateway have no protocol version in common' magic
check "and a hello of another version" closed 'guest and gateway have no protocol version in common' version
for kind in 0 2 99; do
	check "a slot of kind $kind ends the session" \
		closed 'the guest sent a slot with invalid values' kind "$kind"
done
for number in 1 65535; do
	check "port $number ends it" closed 'the guest sent a slot with invalid values' port "$number"
done
check "a client of nobody ends it" closed 'the guest named a client that it did not open' client 2
check "a client that cannot be ends it" closed 'the guest sent a slot with invalid values' client 65535
check "closing a client of nobody ends it" closed 'the guest named a client that it did not open' close-client 5
check "an agent that cannot be ends it" closed 'the guest sent a slot with invalid values' agent 32
check "an agent that was not registered is an error" says 'kind 4 status 22' attack agent 1
for ahead in 129 2147483648 4294967295; do
	check "a ring of $ahead new slots ends it" closed "the guest's ring indices are invalid" produced "$ahead"
done
check "answers taken before they were put end it" \
	closed "the guest's ring indices are invalid" consumed 100000
check "each is on the record, with the reason" cmp <(kills) "$CASE_SCRATCH/kills"
for seed in 1 2; do
	before=$(counter drop_malformed)
	check "noise all over the ring ends it" says '^closed$' attack scribble "$seed"
	check "  ... counted" at_least "$(counter drop_malformed)" $((before + 1))
done
check "bytes on the socket end it" says '^closed$' attack garbage 1000
check "descriptors on the socket end it, or never come" says '^(closed|refused)$' attack descriptors 100
eventually alpha_is_gone
as_many_descriptors_as_before() {
	[ "$(descriptors)" = "$descriptors_before" ]
}
check "  ... and are not kept" eventually as_many_descriptors_as_before

check "a flood of doorbells is nothing" says '^open$' attack doorbells 100000
lost=$(counter lost_ring_full)
held=$(($(counter held) + $(counter held_window)))
check "a flood of MADs is read at the gateway's pace" says '^sent 5000' attack flood 5000
ended=$(sed -n 's/^sent 5000 ended //p' "$CASE_SCRATCH/says")
check "  ... held while over its quota or its window" \
	at_least "$(($(counter held) + $(counter held_window)))" $((held + 1))
check "  ... each ended, or was lost to the guest's full ring" \
	equal $((${ended:-0} + $(counter lost_ring_full) - lost)) 5000
lost=$(counter lost_ring_full)
check "who never reads loses answers, not the session" says '^open$' attack never-read 1000
check "  ... counted" at_least "$(counter lost_ring_full)" $((lost + 500))
check "  ... and recorded" journal_has IBGATE_EVENT=lost IBGATE_GUEST=alpha
check "who is killed in the middle is gone" eval \
	'! (attack die 100) 2>/dev/null && eventually alpha_is_gone'
check "who is stopped for a while finds its answers" says '^had 100 of 100$' \
	lab guest alpha bash -c 'hostile_slots stop 100 & p=$!
		until grep -q "^State:.T" /proc/$p/status; do :; done
		kill -CONT $p; wait $p'
check "sessions may come and go" says '^open$' attack churn 300
check "there may be no more than 256 sessions of a guest" says '^had 255 of 300$' attack burst 300
check "  ... the others are refused, recorded" journal_has IBGATE_EVENT=attach IBGATE_VERDICT=refuse \
	IBGATE_GUEST=alpha 'IBGATE_REASON=too many sessions'

check "the guest that did all this may still work" \
	says 'answered 300 timed-out 0 wrong 0 twice 0' \
	lab guest alpha hostile_check lids=1-8 timeout=5000 retries=3 count=300
exec {go_on}>&-
wait "$beta"
status=$?
tail -n 1 "$CASE_SCRATCH/beta"
check "the other guest never noticed" equal "$status" 0
check "  ... no request of its went lost" grep -q 'timed-out 0 wrong 0 twice 0 reopened 0' \
	"$CASE_SCRATCH/beta"
check "  ... and it did go on" at_least "$(sed -n 's/^sent [0-9]* answered \([0-9]*\) .*/\1/p' \
	"$CASE_SCRATCH/beta")" 1000

beta_is_gone() {
	[ "$(guest_field beta sessions)" = 0 ]
}
check "no session stays" eval 'eventually alpha_is_gone && eventually beta_is_gone'
check "no descriptor stays" at_most "$(descriptors)" $((descriptors_before - 2))
check "no memory stays to speak of (from $resident_before KiB)" \
	at_most "$(resident_kib)" $((resident_before + 4096))
check "it is the same daemon" equal "$(gateway_pid)" "$pid"
check_exit
