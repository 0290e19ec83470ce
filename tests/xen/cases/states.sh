# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The front-end's state in any order. Part of suite.sh.

# A device whose front-end's directory is gone cannot come back by itself: the guest may not make it. The
# operator may.
made_anew() {
	lab guest alpha xenstore-rm device/vib/0 && quiet lab gate detach alpha &&
		quiet lab gate attach alpha --handle 0 && harmless clean
}

two_devices() {
	local status
	quiet lab gate attach alpha --handle 1 || return 1
	harmless -q two-devices 1
	status=$?
	device_remove "$XEN_DOMID" 1 && return "$status"
}

hostile_begin
attack state-343
attack state-flips
seldom attack state-flips 2000
attack state-no-number
attack state-4-early
attack state-gone
attack state-1-connected
attack state-6-connected
attack kexec 8
seldom attack kexec
check "$(sentence_of two-devices)" two_devices
check "  ... and dom0 holds what it held" as_before
check "the guest removes its device; attached anew, it works" made_anew
check "  ... and dom0 holds what it held" as_before
hostile_end
