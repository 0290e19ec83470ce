# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# For the tests of tests/fabric: a lab of the test's own, taken down however the test ends.
#
#   lab VERB...              the lab command on this test's lab
#   lab_for_test up OPTIONS  brings it up
#   check 'SENTENCE' CMD...  counts and says whether CMD succeeds
#   check_exit               exits: 0 when all checks did

# shellcheck disable=SC2034 # for the tests
GATEWAY=H2
CHECK_TOP=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
CHECK_NAME=$(basename "$0" .sh)
export LAB_BUILD=${LAB_BUILD:-$CHECK_TOP/build/main}
export LAB_DIR=${LAB_TEST_DIR:-$LAB_BUILD/labs}/$CHECK_NAME.$$
checks_failed=0
[ "$(id -u)" = 0 ] || exit 77

lab() {
	"$CHECK_TOP/lab" "$@"
}

die() {
	printf '%s: %s\n' "$CHECK_NAME" "$*" >&2
	exit 1
}

lab_for_test() {
	trap 'lab down' EXIT
	trap 'exit 1' HUP INT TERM
	lab "$@" || die "the lab does not come up"
}

# With its own end: `lab down` takes it along.
background() {
	"$@" >/dev/null 2>&1 </dev/null &
}

# Again and again until it succeeds, bounded.
patiently() {
	local tries=0
	until "$@" >/dev/null 2>&1; do
		tries=$((tries + 1))
		[ "$tries" -lt 100 ] || die "never succeeded: $*"
	done
}

check() {
	local sentence=$1
	shift
	if "$@"; then
		echo "ok      $sentence"
	else
		echo "FAILED  $sentence"
		checks_failed=$((checks_failed + 1))
	fi
}

ok() {
	"$@" >/dev/null 2>&1
}

not_ok() {
	! "$@" >/dev/null 2>&1
}

check_exit() {
	exit $((checks_failed > 0))
}
