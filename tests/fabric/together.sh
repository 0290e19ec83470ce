#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tests of this folder that this substrate can have (not_on says which it cannot), one after another
# in one lab: on Xen it takes longer to boot one than most of them take.
#
#     together.sh [TEST...]     (t_outage ..., compare, or test_xen of the lab itself; all)
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lab/check.sh
. "$here/../lab/check.sh"

# In the order in which they harm each other least: compare leaves servers behind.
tests=("$@")
if [ $# -eq 0 ]; then
	tests=(test_xen)
	for file in "$here"/cases/t_*.sh; do
		tests+=("$(basename "$file" .sh)")
	done
	tests+=(compare)
fi

test_file() {
	local dir
	for dir in cases . ../lab; do
		[ ! -e "$here/$dir/$1.sh" ] || echo "$here/$dir/$1.sh"
	done
}

# What failed is said once more at the end: there is much to scroll through. (What a test leaves in the
# background has its output elsewhere: else this would wait for it.)
failures=()
run_test() {
	local begun=$SECONDS status output line
	output=$(mktemp)
	LAB_SHARED=$LAB_DIR "$(test_file "$1")" </dev/null | tee "$output"
	status=$?
	while read -r line; do
		failures+=("$1: $line")
	done < <(grep '^FAILED' "$output")
	rm -f "$output"
	echo "        $((SECONDS - begun)) s"
	return "$status"
}

# Those that can be had, and all guests that they name.
wanted=() guests=alpha,beta
for name in "${tests[@]}"; do
	reason=$(not_on "$name" "$LAB_SUBSTRATE" || not_on "$name" shared) && {
		echo "left out: $name: $reason"
		continue
	}
	wanted+=("$name")
	guests+=$(sed -n 's/^\(case_up\|lab_for_test\) .*--guests \([a-z,]*\).*/,\2/p' "$(test_file "$name")")
done
guests=$(tr , '\n' <<<"$guests" | sort -u | paste -s -d ,)

lab_for_test up --hosts 64 --guests "$guests"
for name in "${wanted[@]}"; do
	echo "--- $name"
	check "$name" run_test "$name"
done
check "down leaves no process and no directory" down_is_clean
[ "${#failures[@]}" = 0 ] || printf '%s\n' "${failures[@]}"
check_exit
