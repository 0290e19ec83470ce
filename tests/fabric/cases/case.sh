# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the tests here share, beyond tests/lab/check.sh: the gateway's counters, its journal, and the
# programs that misbehave. Each test is a lab of its own.

CASE_TOP=$(dirname "$(dirname "$(dirname "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")")")")
# shellcheck source=tests/lab/check.sh
. "$CASE_TOP/tests/lab/check.sh"

CASE_PROGRAMS=$LAB_BUILD/tests/fabric/cases
CASE_SCRATCH=$(mktemp -d)
# So many times longer an answer takes: an emulated processor.
CASE_SLOW=1
[ "$LAB_SUBSTRATE" != xen ] || CASE_SLOW=10

# case_up OPTIONS...: the lab, with its standard guests' programs. The scratch directory goes with it.
case_up() {
	lab_for_test up "$@"
	trap 'lab_ends; rm -rf "$CASE_SCRATCH"' EXIT
}

# case_put GUEST PROGRAM...
case_put() {
	local guest=$1 program
	shift
	for program in "$@"; do
		lab put "$guest" "$CASE_PROGRAMS/$program" || die "no $program in $guest"
	done
}

# counter NAME [GUEST]: its value now.
counter() {
	lab gate --json counters ${2:+"$2"} | sed -n 's/^ *"'"$1"'": \([0-9]*\),\{0,1\}$/\1/p'
}

# guest_field GUEST NAME: sessions, clients, agents, outstanding.
guest_field() {
	lab gate --json guests | awk -v guest="\"$1\"" -v field="\"$2\":" '
		$1 == "\"guest\":" { ours = $2 == guest "," }
		ours && $1 == field { sub(/,$/, "", $2); print $2; exit }'
}

gateway_pid() {
	lab gate --json status | sed -n 's/^ *"pid": \([0-9]*\),\{0,1\}$/\1/p'
}

# journal_has FIELD=VALUE...: some record has all of these. FIELD=~REGEX: on that field's value.
journal_has() {
	local match exact=() script='1'
	for match in "$@"; do
		case $match in
		*=~*) script="$script && /\"${match%%=~*}\":\"${match#*=~}\"/" ;;
		*) exact+=("$match") ;;
		esac
	done
	lab journal -q -o json "${exact[@]}" | awk "$script { found = 1 } END { exit !found }"
}

# line_of FILE TEXT: number of its first line that is TEXT.
line_of() {
	grep -n -m 1 -x -F "$2" "$1" | cut -d: -f1
}

# says REGEX COMMAND...: what it prints (both streams) has the pattern, whatever its status.
says() {
	local pattern=$1
	shift
	"$@" >"$CASE_SCRATCH/says" 2>&1
	grep -q -E -- "$pattern" "$CASE_SCRATCH/says" || {
		sed 's/^/    | /' "$CASE_SCRATCH/says" | head -n 12
		return 1
	}
}

# fails_saying REGEX COMMAND...: it fails, and says so.
fails_saying() {
	local pattern=$1
	shift
	if "$@" >"$CASE_SCRATCH/says" 2>&1; then
		echo "    | it succeeded"
		return 1
	fi
	grep -q -E -- "$pattern" "$CASE_SCRATCH/says" || {
		sed 's/^/    | /' "$CASE_SCRATCH/says" | head -n 12
		return 1
	}
}

quiet() {
	"$@" >"$CASE_SCRATCH/quiet" 2>&1 || {
		sed 's/^/    | /' "$CASE_SCRATCH/quiet" | tail -n 12
		return 1
	}
}

equal() {
	[ "$1" = "$2" ] || {
		echo "    | $1 is not $2"
		return 1
	}
}

# at_most VALUE LIMIT
at_most() {
	[ "$1" -le "$2" ] || {
		echo "    | $1 is more than $2"
		return 1
	}
}

at_least() {
	[ "$1" -ge "$2" ] || {
		echo "    | $1 is less than $2"
		return 1
	}
}

# eventually CONDITION...: looked at now and then.
eventually() {
	wait_until "$@" || {
		echo "    | never: $*"
		return 1
	}
}

# topology FILE: what ibnetdiscover printed, a node a line, sorted: which of two answers came first is
# not what is compared.
topology() {
	grep -v '^#' "$1" | awk -v RS= '{ gsub(/\n/, "\001"); print }' | LC_ALL=C sort
}
