# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# One for each advisory that every back-end must survive. Part of suite.sh.

# wakes_up_less CASE N LIMIT: the daemon is woken no more often than that, half as often as the guest rang. On a slow
# machine it is idle again before the guest has rung twice.
wakes_up_less() {
	local woken
	probe quick
	woken=${now[wakeups]}
	harmless "$1" "$2" || return 1
	probe quick
	at_most $((now[wakeups] - woken)) "$3"
}

# How often a slow machine's daemon is woken says little: what it does about the flood is what it counts.
masks_the_flood() {
	local masked
	masked=$(counter bells_masked alpha)
	wakes_up_less xsa-332 5000 2500 && at_least "$(counter bells_masked alpha)" $((masked + 1))
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
check "$(sentence_of xsa-332), for which nobody is woken" masks_the_flood
check "  ... and dom0 holds what it held" as_before
check "$(sentence_of xsa-349), while another guest's devices come and go" others_are_attached
check "  ... and dom0 holds what it held" as_before
attack xsa-350
seldom attack xsa-350 7
check "$(sentence_of xsa-391), for which few are woken" wakes_up_less xsa-391 100 1000
check "  ... and dom0 holds what it held" as_before
attack xsa-392
attack cve-2022-42315
check "  ... and xenstored has not grown to speak of" store_memory_bounded
hostile_end unrecorded
