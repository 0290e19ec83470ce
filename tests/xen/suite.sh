#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One lab on Xen, and in it the parts that are named (cases/PART.sh). Whatever alpha's front-end does,
# beta is served, dom0 holds afterwards what it held before, and its kernel has nothing to say.
#
#	suite.sh PART...	XEN_LONG=1: with what takes minutes
#				LAB_SHARED: a lab that is up already, on Xen, to be used instead
set -uo pipefail
export LAB_SUBSTRATE=xen
# shellcheck source=tests/xen/lib.sh
. "$(dirname "$(readlink -f "$0")")/lib.sh"

[ $# -gt 0 ] || die "no part is named"

# alpha may ask its own port only: what it gets from elsewhere, it got by a trick.
cat >"$CASE_SCRATCH/policy" <<'POLICY'
[gateway]
# the port
[guest alpha]
access = port
[guest beta]
access = fabric
POLICY
trap 'lab_ends; rm -rf "$CASE_SCRATCH"' EXIT
trap 'exit 1' HUP INT TERM
if [ -n "${LAB_SHARED:-}" ]; then
	lab_anew up --policy "$CASE_SCRATCH/policy"
else
	lab up --substrate xen --hosts 8 --guests alpha,beta --policy "$CASE_SCRATCH/policy"
	case $? in
	0) ;;
	77) skip "this machine cannot have the lab's Xen: see above" ;;
	*) die "the lab does not come up" ;;
	esac
fi
lab put alpha "$XEN_HOSTILE" || die "no hostile front-end in alpha"

for part in "$@"; do
	echo "--- $part, $SECONDS s after the start"
	grep -q '^hostile_begin' "$XEN_HERE/cases/$part.sh" || hostile_over
	# shellcheck source=/dev/null
	. "$XEN_HERE/cases/$part.sh"
done
hostile_over
check_exit
