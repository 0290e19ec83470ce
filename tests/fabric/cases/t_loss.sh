#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Many MADs are lost on their way to the gateway: tools succeed by retry, and of thousands of
# requests of several guests at once none is answered twice, wrongly, or to the wrong guest.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

guest() {
	lab guest "$@"
}

# One checker in a guest, in the background.
checker() {
	local to=$CASE_SCRATCH/check.$1.$2
	guest "$1" hostile_check lids=1-8 "${@:3}" >"$to" 2>&1
	echo "status $?" >>"$to"
}

# So many of a hundred MADs to the gateway's port are lost from here on.
lose() {
	lab fabric "Error \"$GATEWAY\"[1] $1" >/dev/null
}

# What the fabric lost of them, by its own count; it counts no request that the port makes of itself.
lost_so_far() {
	lab native "$GATEWAY" perfquery | sed -n 's/^PortRcvErrors:\.*\([0-9]*\)$/\1/p'
}

case_up --hosts 8 --guests alpha,beta,gamma
for name in alpha beta gamma; do
	case_put "$name" hostile_check
done
lab native "$GATEWAY" ibnetdiscover >"$CASE_SCRATCH/topology" || die "no ibnetdiscover"
lab native "$GATEWAY" saquery >"$CASE_SCRATCH/records" || die "no saquery"
# All of a fabric must be found in four attempts each: where it is bigger, less may be lost.
loss=20
[ -z "${LAB_SHARED:-}" ] || loss=5
lost_before=$(lost_so_far)
lose "$loss"

count=1000
[ "$LAB_SUBSTRATE" != xen ] || count=400 # an emulated processor
running=()
for name in alpha beta gamma; do
	for n in 1 2; do
		checker "$name" "$n" count="$count" window=64 timeout=$((100 * CASE_SLOW)) retries=$((n - 1)) &
		running+=($!)
	done
done
wait "${running[@]}"
for name in alpha beta gamma; do
	for n in 1 2; do
		check "$name, checker $n: every request ended once, with its own answer or none" \
			grep -q -x 'status 0' "$CASE_SCRATCH/check.$name.$n"
		grep -E '^(sent|TID)' "$CASE_SCRATCH/check.$name.$n" | head -n 3
	done
done
# Half of what is to be expected of so many requests, which chance does not fall short of. A loss is a
# time-out of whoever does not ask twice, one half of the checkers, and of the others' is another attempt;
# a tenth may have been meant for others, the subnet manager's requests to this port.
lose 0
lost=$(($(lost_so_far) - lost_before))
lose "$loss"
timed_out=$(counter timed_out)
retried=$(counter retried)
echo "lost $lost of $((6 * count)) timed-out $timed_out retried $retried"
check "loss was real" at_least "$lost" $((6 * count * loss / 100 / 2))
check "no loss went without a time-out or another attempt" \
	at_least $((timed_out + retried)) $((lost - lost / 10))
check "  ... some were time-outs" at_least "$timed_out" $((lost / 4))
check "  ... the gateway repeated what guests asked it to" at_least "$retried" $((lost / 4))
# Of those of checker 2, which may be sent twice, each that timed out was, and none more often.
for name in alpha beta gamma; do
	given_up=$(sed -n 's/^sent .* timed-out \([0-9]*\) .*/\1/p' "$CASE_SCRATCH/check.$name.2")
	retried=$(counter retried "$name")
	check "$name: what went without an answer was asked as often as it could be" \
		at_least "$retried" "${given_up:-none}"
	check "  ... and no more often" at_most "$retried" "$count"
done
check "nothing that matches nothing came" equal "$(counter drop_unmatched_tid)" 0
check "no answer was of another sender" equal "$(counter drop_wrong_sender)" 0
check "no answer was to another question" equal "$(counter drop_mismatch)" 0

# What chance decides is how many runs it takes until every single request of a tool's is answered (some
# two); that such a run sees what there is, chance does not decide.
status=''
until_all_is_answered() { # GUEST COMMAND...
	local name=$1 lost
	shift
	for _ in $(seq 100); do
		lost=$(counter timed_out "$name")
		guest "$name" "$@" >"$CASE_SCRATCH/seen" 2>"$CASE_SCRATCH/seen.err"
		status=$?
		[ "$(counter timed_out "$name")" != "$lost" ] || return 0
	done
	return 1
}
check "ibnetdiscover has all its answers in the end" until_all_is_answered alpha ibnetdiscover
check "  ... then it succeeds" equal "$status" 0
check "  ... and sees what it sees without loss" \
	cmp <(topology "$CASE_SCRATCH/seen") <(topology "$CASE_SCRATCH/topology")
check "perfquery has all its answers in the end" until_all_is_answered beta perfquery
check "  ... then it succeeds" equal "$status" 0
tries=0
until guest alpha saquery >"$CASE_SCRATCH/seen" 2>/dev/null || [ "$tries" -ge 100 ]; do
	tries=$((tries + 1))
done
check "a table of several segments comes, sooner or later" [ "$tries" -lt 100 ]
check "  ... and is what it is without loss" cmp "$CASE_SCRATCH/seen" "$CASE_SCRATCH/records"

# Answers that come when nobody waits any more: time-outs below what the fabric needs.
lose 0
checker alpha late count=$((3 * count)) timeout=1 window=256 &
late=$!
checker beta late count=$((3 * count)) timeout=$((2000 * CASE_SLOW)) &
wait "$late" $!
check "late answers reach nobody" grep -q -x 'status 0' "$CASE_SCRATCH/check.alpha.late"
check "  ... and there were some" grep -q 'timed-out [1-9]' "$CASE_SCRATCH/check.alpha.late"
check "  ... nor do they harm who waits long enough" \
	grep -q "answered $((3 * count)) timed-out 0 wrong 0 twice 0" "$CASE_SCRATCH/check.beta.late"
check "guests are told of nothing that stays behind" equal "$(guest_field alpha outstanding)" 0
check_exit
