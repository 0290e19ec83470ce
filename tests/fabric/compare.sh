#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The tools of infiniband-diags in a guest of grade `fabric` do what they do natively on the
# gateway's node: tools.table, row by row.
#
#     compare.sh [HOSTS [REGULAR-EXPRESSION]]     (64 hosts; rows whose command matches)
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lab/check.sh
. "$here/../lab/check.sh"

hosts=${1:-64}
only=${2:-.}
tab=$'\t'
scratch=$(mktemp -d)
declare -A filter address
rows=0 different=0

# ibnetdiscover -p: TYPE LID PORT GUID ... - TYPE LID PORT GUID ( 'NAME' - 'NAME' )
learn_addresses() {
	lab native "$GATEWAY" ibnetdiscover -p >"$scratch/ports" || die "no ibnetdiscover on $GATEWAY"
	lab native "$GATEWAY" ibnetdiscover -l >"$scratch/nodes" || die "no ibnetdiscover -l"
	learn_host SELF "$GATEWAY"
	learn_host SM H1
	learn_host SERVER H3
	learn_host SYSSTAT H4
	learn_host FAULTY H5
	learn_host PEER "H$hosts"
	learn_switch LEAF L1
	if [ "$hosts" -gt 18 ]; then learn_switch SPINE S1; else learn_switch SPINE L1; fi
	address[LEAFPORT]=2
	# The peer may hang on another leaf: the port of the leaf to a neighbour will do.
	address[PEERPORT]=3
}

# A host's LID, port GUID, node GUID, name and GID.
learn_host() {
	local as=$1 name=$2 lid guid
	read -r lid guid < <(awk -v name="'$name'" '$1 == "CA" && $0 ~ "\\( " name " -" { print $2, $4; exit }' \
		"$scratch/ports")
	[ -n "${guid:-}" ] || die "no host $name"
	address[$as]=$lid
	address[${as}GUID]=$guid
	address[${as}NODEGUID]=$(printf '0x%016x' $((guid - 1)))
	address[${as}NAME]=$name
	address[${as}GID]=$(printf 'fe80::%x:%x:%x:%x' $((guid >> 48 & 65535)) \
		$((guid >> 32 & 65535)) $((guid >> 16 & 65535)) $((guid & 65535)))
}

learn_switch() {
	local as=$1 name=$2 lid guid
	read -r lid guid < <(awk -v name="'$name'" '$1 == "SW" && $0 ~ "\\( " name " -" { print $2, $4; exit }' \
		"$scratch/ports")
	[ -n "${guid:-}" ] || die "no switch $name"
	address[$as]=$lid
	address[${as}GUID]=$guid
}

expand() {
	local text=$1 name
	for name in "${!address[@]}"; do
		text=${text//@$name@/${address[$name]}}
	done
	case $text in
	*@[A-Z]*@*) die "no address for: $text" ;;
	esac
	echo "$text"
}

# filtered FILTERS FILE
filtered() {
	local name script=${filter[any]}
	for name in ${1//,/ }; do
		[ "$name" = - ] || [ "$name" = order ] || script="$script${filter[$name]}"
	done
	sed -E "$script" "$2"
}

differ() {
	different=$((different + 1))
	echo "DIFFERENT  $1: $2"
	[ -z "${3:-}" ] || head -n 20 <<<"$3" | sed 's/^/    /'
}

row_run() {
	local expected=$1 filters=$2 command guest native side status
	command=$(expand "$3") || exit
	lab native "$GATEWAY" bash -c "$command" >"$scratch/native.out" 2>"$scratch/native.err" </dev/null
	native=$?
	lab guest alpha bash -c "$command" >"$scratch/guest.out" 2>"$scratch/guest.err" </dev/null
	guest=$?
	[ "$native" = "$expected" ] || [ "$expected" = any ] ||
		differ "$command" "natively exits with $native, the table says $expected" \
			"$(head -n 3 "$scratch/native.err")"
	[ "$guest" = "$native" ] ||
		differ "$command" "exits with $guest, natively $native" "$(head -n 5 "$scratch/guest.err")"
	for side in out err; do
		filtered "$filters" "$scratch/native.$side" >"$scratch/native"
		filtered "$filters" "$scratch/guest.$side" >"$scratch/guest"
		status=$(diff "$scratch/native" "$scratch/guest") || same_in_another_order "$filters" ||
			differ "$command" "std$side (< native, > guest)" "$status"
	done
}

same_in_another_order() {
	[[ ,$1, == *,order,* ]] && cmp -s <(sort "$scratch/native") <(sort "$scratch/guest")
}

row_refused() {
	row_own "$@"
	grep -q -i -E 'fail|error' "$scratch/guest.out" "$scratch/guest.err" ||
		differ "$3" "$2: the tool says nothing of a failure"
}

row_own() {
	local expected=$1 command status
	command=$(expand "$3") || exit
	lab guest alpha bash -c "$command" >"$scratch/guest.out" 2>"$scratch/guest.err" </dev/null
	status=$?
	[ "$status" = "$expected" ] ||
		differ "$command" "exits with $status, not $expected: $2" "$(head -n 5 "$scratch/guest.err")"
}

# Every program of the package has a row of its own.
all_programs_have_rows() {
	local program
	for program in $(dpkg -L infiniband-diags | sed -n 's,^/usr/s\?bin/,,p'); do
		grep -q -E "^(run|refused)$tab.*\b$program\b|^not$tab$program$tab" "$here/tools.table" ||
			differ "$program" "is in infiniband-diags and not in tools.table"
	done
}

start_servers() {
	lab fabric 'PerformanceSet "H5"[1] PortCounters.SymbolErrorCounter=77' >/dev/null
	background lab native H3 env SIM_SET_ISSM=1 ibping -S
	background lab native H4 env SIM_SET_ISSM=1 ibsysstat -S
	background lab guest beta ibping -S
	background lab guest beta ibsysstat -S
	# Up when they answer: each is asked until it does.
	patiently lab native "$GATEWAY" ibping -t 100 -c 1 "${address[SERVER]}"
	patiently lab native "$GATEWAY" ibsysstat -t 100 "${address[SYSSTAT]}"
	patiently lab native "$GATEWAY" ibping -t 100 -c 1 "${address[SELF]}"
	patiently lab native "$GATEWAY" ibsysstat -t 100 "${address[SELF]}"
}

lab_for_test up --hosts "$hosts"
learn_addresses
start_servers
all_programs_have_rows
while IFS=$tab read -r kind first second command <&9; do
	case $kind in
	filter) [ "$first" = order ] || filter[$first]+=";$second" ;;
	run | own | refused)
		[[ $command =~ $only ]] || continue
		rows=$((rows + 1))
		begun=$SECONDS
		"row_$kind" "$first" "$second" "$command"
		[ $((SECONDS - begun)) -lt 5 ] || echo "$((SECONDS - begun)) s  $command"
		;;
	esac
done 9<"$here/tools.table"
rm -rf "$scratch"
echo "$rows commands at $hosts hosts, $different differences"
[ "$rows" -gt 0 ] && [ "$different" = 0 ]
