# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# ./lab demo: everything once, on one screen; success only when everything shown was so.

# In a lab of its own, so that it disturbs none.
lab_demo() {
	LAB_BOUND_END="rm -rf '$LAB_DIR.demo'"
	bound_self "$LAB_SRC/lab" demo
	LAB_DIR=$LAB_DIR.demo
	export LAB_DIR
	trap lab_down EXIT
	lab_down
	printf '%s\n' '[guest alpha]' 'access = fabric' '' '[guest beta]' 'access = port' >"${policy:=$(mktemp)}"
	(lab_up --hosts 16 --policy "$policy") || exit 1
	rm -f "$policy"
	# shellcheck source=/dev/null
	. "$LAB_DIR/lab"
	demo_screen
	lab_down
	trap - EXIT
	echo
	echo "All of this went through ibgated. To try more: ./lab up; ./lab help"
}

demo_screen() {
	demo_says "both guests share the host's port; guest alpha may read the whole fabric, guest beta only its own port"
	demo_shows 'State|lid|GUID' 6 alpha ibstat
	demo_shows 'State|lid|GUID' 6 beta ibstat
	demo_shows '^(Switch|\[)' 4 alpha ibnetdiscover
	demo_shows 'H1[0-9]' 3 alpha saquery -D
	demo_shows 'Pkts:' 2 alpha perfquery -x
	demo_shows 'Pkts:' 2 beta perfquery -x
	demo_says "a tool reports an error for a request that the policy refuses"
	demo_refused alpha ibportstate -D 0,1 3 disable
	demo_refused beta smpquery -D nodeinfo 0,1
	demo_says "the journal has a record of each refusal"
	demo_journal alpha Set
	demo_journal beta Get
}

demo_says() {
	printf '\n# %s\n' "$*"
}

# demo_shows PATTERN LINES GUEST COMMAND...: so many of the lines that match; there must be one.
demo_shows() {
	local pattern=$1 lines=$2 name=$3 out shown
	shift 3
	printf '%s$ %s\n' "$name" "$*"
	out=$("$LAB_SRC/lab" guest "$name" "$@" 2>&1) || die "'$*' failed in guest $name: $out"
	shown=$(grep -E -m "$lines" -e "$pattern" <<<"$out") ||
		die "'$*' in guest $name shows no '$pattern': $out"
	cut -c 1-100 <<<"$shown"
}

demo_refused() {
	local name=$1 out
	shift
	printf '%s$ %s\n' "$name" "$*"
	! out=$("$LAB_SRC/lab" guest "$name" "$@" 2>&1) || die "'$*' succeeded in guest $name"
	tail -n 1 <<<"$out" | cut -c 1-100
}

# The record of the refusal, with the rule that refused.
demo_journal() {
	local out
	out=$("$LAB_SRC/lab" journal -q -o cat IBGATE_GUEST="$1" IBGATE_VERDICT=refuse IBGATE_METHOD="$2")
	grep -q -F "$LAB_DIR/policy.conf:" <<<"$out" ||
		die "the journal has no record that guest $1 was refused"
	grep -m 1 -F policy.conf: <<<"$out"
}
