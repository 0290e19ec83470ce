#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# One lab on Xen, and in it the parts that are named (cases/PART.sh). Whatever alpha's front-end does,
# beta is served, dom0 holds afterwards what it held before, and its kernel has nothing to say. Then tests that
# are written for any lab (tests/fabric; test_xen is the lab's own), each with a policy of its own.
#
#	suite.sh PART... [TEST...]	XEN_LONG=1: with what takes minutes
#					LAB_SHARED: a lab that is up already, on Xen, to be used instead
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

# What t_grades and compare need besides alpha and beta, and of hosts, costs half a minute.
hosts=8 guests=alpha,beta
[ -z "${XEN_LONG:-}" ] || hosts=64 guests=alpha,beta,gamma,delta

# A guest's tools, one or two of each: all of them, on the same library, locally (fabric/compare-64).
some_tools="^(ibstat|ibstatus|sminfo @SM@|smpquery -D NodeInfo 0,1|perfquery @FAULTY@ 1|ibnetdiscover|ibqueryerrors"
some_tools+="|ibtracert @SELF@ @PEER@|saquery|saquery LFTR|saquery -p --slid @SELF@|ibping -c 2 @SELF@"
some_tools+="|ibsysstat @SYSSTAT@|ibportstate @LEAF@ @PEERPORT@ disable)\$"
[ -z "${XEN_LONG:-}" ] || some_tools=.

# in_this_lab TEST: its FAILED lines are those of this test too.
in_this_lab() {
	local dir reason options=()
	if reason=$(not_on "$1" xen || not_on "$1" shared); then
		echo "left out: $1: $reason"
		return
	fi
	for dir in fabric/cases fabric lab; do
		[ ! -e "$XEN_HERE/../$dir/$1.sh" ] || break
	done
	[ "$1" != compare ] || options=("$hosts" "$some_tools")
	check "$1" env LAB_SHARED="$LAB_DIR" "$XEN_HERE/../$dir/$1.sh" "${options[@]}" </dev/null
}

if [ -n "${LAB_SHARED:-}" ]; then
	lab_anew up --policy "$CASE_SCRATCH/policy"
else
	lab up --substrate xen --hosts "$hosts" --guests "$guests" --policy "$CASE_SCRATCH/policy"
	case $? in
	0) ;;
	77) skip "this machine cannot have the lab's Xen: see above" ;;
	*) die "the lab does not start" ;;
	esac
fi
lab put alpha "$XEN_HOSTILE" || die "no hostile front-end in alpha"

for part in "$@"; do
	echo "--- $part, $SECONDS s after the start"
	if [ ! -e "$XEN_HERE/cases/$part.sh" ]; then
		hostile_over
		in_this_lab "$part"
		continue
	fi
	grep -q '^hostile_begin' "$XEN_HERE/cases/$part.sh" || hostile_over
	# shellcheck source=/dev/null
	. "$XEN_HERE/cases/$part.sh"
done
hostile_over
echo "--- the end, $SECONDS s after the start"
[ -n "${LAB_SHARED:-}" ] || check "down leaves no process and no directory" down_is_clean
check_exit
