# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The end of a guest's daemon at the worst time: killed after its domain was restored, before it could
# take notice. Its kernel does not survive the close of an event channel of before (channel/evtchn_holder.h).
# Part of suite.sh.

in_beta() {
	lab guest beta sh -c "$1"
}

daemon_of_beta() {
	in_beta 'pgrep -x ibguestd'
}

holders_are() {
	equal "$(in_beta 'pgrep -x ibgate-holder' | wc -l)" "$1"
}

# A process that met the BUG() never ends.
is_gone() {
	in_beta "! kill -0 $1 2>/dev/null"
}

guests_kernel_is_clean() {
	not_ok in_beta 'dmesg | grep -E "BUG|RIP|Oops|WARNING|Call Trace"'
}

check "beta is served" is_served beta
daemon=$(daemon_of_beta)
holders=$(in_beta 'pgrep -x ibgate-holder' | wc -l)

in_beta "kill -9 $daemon"
check "beta's daemon is killed: the next one serves" eval 'eventually is_gone "$daemon" && is_served beta'
check "  ... and of the first, no holder is left" eventually holders_are "$holders"

# Stopped, it cannot notice anything.
daemon=$(daemon_of_beta)
in_beta "kill -STOP $daemon"
check "beta is saved and restored, and its daemon stands still" eval \
	'quiet lab dom0 xl save beta /tmp/beta.save && quiet lab dom0 xl restore /tmp/beta.save'
lab dom0 rm -f /tmp/beta.save
in_beta "kill -9 $daemon"
check "killed then, it is gone" eventually is_gone "$daemon"
check "  ... the next one serves" is_served beta
check "  ... the channel of before is held" eventually holders_are $((holders + 1))
check "  ... and the guest's kernel had nothing to say" guests_kernel_is_clean
