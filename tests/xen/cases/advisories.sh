# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# One for each advisory that every back-end must survive. Part of suite.sh.

# Of channel/xen.h: this many doorbells without a slot wake the daemon, then one every 5 ms does (guest_listen.c).
SPURIOUS_MAX=8
UNMASK_MS=5

# wakes_up_less CASE N SLOTS: the daemon is woken as often as these rules say for so many slots and for as long as
# it took, twice that at most, for it also serves beta. How many rings are one wake-up is the scheduler's: if more than
# one slot's wake, the doorbell was masked.
wakes_up_less() {
	local masked woken took
	masked=$(counter bells_masked alpha)
	probe quick
	woken=${now[wakeups]}
	harmless "$1" "$2" || return 1
	probe quick
	woken=$((now[wakeups] - woken))
	took=$(sed -n 's/^took \([0-9]*\) ms$/\1/p' "$XEN_OUTPUT")
	echo "    | woken $woken times in $took ms"
	at_most "$woken" $((2 * ((1 + $3) * (SPURIOUS_MAX + 2) + took / UNMASK_MS))) || return 1
	[ "$woken" -le $(((1 + $3) * (SPURIOUS_MAX + 2))) ] || at_least "$(counter bells_masked alpha)" $((masked + 1))
}

# While alpha floods its own nodes another domain's device is still made and removed: one thread asks
# xenstore for all.
others_are_attached() {
	local status=0
	echo "-q xsa-349" >&"${session_in[FRONT]}"
	quiet lab gate attach beta --handle 7 && quiet lab dom0 \
		xenstore-read "/local/domain/$(lab dom0 xl domid beta)/device/vib/7/state" || status=1
	harm_end || status=1
	quiet lab dom0 xenstore-write "backend/vib/$(domain_of beta)/7/online" 0 || status=1
	eventually eval '! lab dom0 xenstore-exists "backend/vib/$(domain_of beta)/7"' || status=1
	return "$status"
}

store_memory_bounded() {
	probe all
	at_most "${now[store]}" $((before[store] + 8192))
}

hostile_begin
attack xsa-155
check "$(sentence_of xsa-332), for which nobody is woken" wakes_up_less xsa-332 5000 0
check "  ... and dom0 holds what it held" as_before
check "$(sentence_of xsa-349), while another guest's devices come and go" others_are_attached
check "  ... and dom0 holds what it held" as_before
attack xsa-350
seldom attack xsa-350 7
check "$(sentence_of xsa-391), for which few are woken" wakes_up_less xsa-391 100 100
check "  ... and dom0 holds what it held" as_before
attack xsa-392
attack cve-2022-42315
check "  ... and xenstored has not grown to speak of" store_memory_bounded
hostile_end unrecorded
