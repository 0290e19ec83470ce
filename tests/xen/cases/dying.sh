# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# A front-end that dies at each step of the handshake from which the back-end has something to give back: its
# process here; with XEN_LONG=1 at all of them, and its whole domain too.
# Part of suite.sh.

dies() {
	harm die-after "$1"
	[ "$?" = 137 ]
}

# The whole domain, while the front-end has gone so far.
domain_dies() {
	local domid status
	domid=$(domain_of alpha)
	lab guest alpha hostile stop-after "$1" >"$CASE_SCRATCH/stopped" 2>&1 &
	eventually grep -q '^stopped' "$CASE_SCRATCH/stopped" && lab dom0 xl destroy alpha
	status=$?
	# A domain that was destroyed says no good-bye: its agent would be waited for as if it were being saved.
	kill $!
	wait $!
	[ "$status" = 0 ] && eventually no_trace_of "$domid"
}

steps=(4 5 7 8 9)
[ -z "${XEN_LONG:-}" ] || steps=(0 1 2 3 4 5 6 7 8 9 10)
hostile_begin
for step in "${steps[@]}"; do
	check "the front-end is killed after step $step" dies "$step"
	check "  ... and the next one finds a device that works" harmless ${XEN_QUICKLY:+-q} put-away
	check "  ... and dom0 holds what it held" as_before
done
hostile_end unrecorded

if [ -n "${XEN_LONG:-}" ]; then
	hostile_over
	probe_begin
	for step in "${steps[@]}"; do
		guestd alpha stop
		check "the domain is destroyed after step $step: nothing is left" domain_dies "$step"
		guest_boot alpha
		quiet lab put alpha "$XEN_HOSTILE"
		look_anew
		check "  ... and the next one is served" is_served alpha
	done
	session_end PROBE
fi
