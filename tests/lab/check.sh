# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# For the tests of tests/fabric: a lab of the test's own, which ends with the test however that ends: who
# sources this is started once more, bound (bound.sh).
#
#   lab VERB...              the lab command on this test's lab
#   lab_for_test up OPTIONS  brings it up
#   lab_ends                 takes it down
#   check 'SENTENCE' CMD...  counts and says whether CMD succeeds
#   check_exit               exits: 0 when all checks did
#
# In the environment: LAB_SUBSTRATE (local or xen) is what the lab is made of, and tests/fabric/not_on
# says which tests are not for it; LAB_SHARED is a lab that is up and big enough already, to be used
# instead of one of the test's own.

# shellcheck disable=SC2034 # for the tests
GATEWAY=H2
CHECK_TOP=$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")
CHECK_NAME=$(basename "$0" .sh)
export LAB_BUILD=${LAB_BUILD:-$CHECK_TOP/build/main}
export LAB_SUBSTRATE=${LAB_SUBSTRATE:-local}
checks_failed=0
# shellcheck source=tests/lab/wait.sh
. "$CHECK_TOP/tests/lab/wait.sh"
# shellcheck source=tests/lab/bound.sh
. "$CHECK_TOP/tests/lab/bound.sh"

lab() {
	"$CHECK_TOP/lab" "$@"
}

die() {
	printf '%s: %s\n' "$CHECK_NAME" "$*" >&2
	exit 1
}

skip() {
	echo "SKIP: $*"
	exit 77
}

[ "$(id -u)" = 0 ] || skip "only root can have a lab"

if [ -n "${LAB_SHARED:-}" ]; then
	export LAB_DIR=$LAB_SHARED
else
	if [ -z "${LAB_BOUND:-}" ]; then
		mkdir -p "${LAB_TEST_DIR:=$LAB_BUILD/labs}"
		LAB_DIR=$(mktemp -d "$LAB_TEST_DIR/$CHECK_NAME.XXXXXX") || die "cannot make a directory for the lab"
		export LAB_DIR
		[ -n "${LAB_KEEP:-}" ] || LAB_BOUND_END='rm -rf "$LAB_DIR"*'
	fi
	bound_self "$0" "$@"
fi

# not_on TEST SUBSTRATE: if that cannot have it, says why.
not_on() {
	awk -F '\t+' -v test="$1" -v substrate="$2" '
		$1 == test && $2 == substrate { print $3; found = 1 }
		END { exit !found }' "$CHECK_TOP/tests/fabric/not_on"
}

lab_for_test() {
	local reason output status
	! reason=$(not_on "$CHECK_NAME" "$LAB_SUBSTRATE") || skip "$reason"
	trap lab_ends EXIT
	trap 'exit 1' HUP INT TERM
	if [ -n "${LAB_SHARED:-}" ]; then
		lab_anew "$@"
		return
	fi
	output=$(mktemp)
	lab "$@" --substrate "$LAB_SUBSTRATE" 2>"$output"
	status=$?
	cat "$output" >&2
	reason=$(tail -n 1 "$output")
	rm -f "$output"
	case $status in
	0) ;;
	77) skip "$reason" ;;
	*) die "the lab does not start" ;;
	esac
}

lab_ends() {
	[ -n "${LAB_SHARED:-}" ] || lab down
}

# down_is_clean: of the lab nothing stays, neither a process nor its directory.
down_is_clean() {
	local anchor namespace left
	anchor=$(cut -d ' ' -f 1 "$LAB_DIR/anchor")
	namespace=$(readlink "/proc/$anchor/ns/net")
	lab down
	left=$(find /proc/[0-9]*/ns/net -lname "$namespace" 2>/dev/null)
	[ -z "$left" ] && [ ! -e "$LAB_DIR" ]
}

# The shared lab with the policy that is asked for and a gateway that has counted nothing yet.
lab_anew() {
	local policy='' guests=alpha,beta name
	shift # up
	while [ $# -gt 0 ]; do
		case $1 in
		--policy) policy=$2 ;;
		--guests) guests=$2 ;;
		esac
		shift 2
	done
	lab gateway stop || die "the gateway does not stop"
	{
		if [ -n "$policy" ]; then
			sed "s,^# the port\$,port = ibsim0/1," "$policy"
		else
			for name in ${guests//,/ }; do
				printf '[guest %s]\naccess = fabric\n' "$name"
			done
		fi
		grep -q '^# the port$' "${policy:-/dev/null}" || printf '[gateway]\nport = ibsim0/1\n'
	} >"$LAB_DIR/policy.conf"
	lab gateway start || die "the gateway does not start"
	for name in ${guests//,/ }; do
		patiently lab guest "$name" ibstat
	done
}

# With its own end: `lab down` takes it along.
background() {
	"$@" >/dev/null 2>&1 </dev/null &
}

# Again and again until it succeeds.
patiently() {
	wait_until "$@" || die "never succeeded: $*"
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
