# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# A front-end that dies at each step of the handshake: its process here, its whole domain with XEN_LONG=1.
# Part of suite.sh.

dies() {
	harm die-after "$1"
	[ "$?" = 137 ]
}

hostile_begin
for step in 0 1 2 3 4 5 6 7 8 9 10; do
	check "the front-end is killed after step $step" dies "$step"
	check "  ... and the next one finds a device that works" harmless put-away
	check "  ... and dom0 holds what it held" as_before
done
hostile_end unrecorded
