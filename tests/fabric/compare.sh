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
row=0 different=0
lanes=${COMPARE_LANES:-3}
slow=5 # seconds that are worth a word
[ "$LAB_SUBSTRATE" != xen ] || slow=60

# ibnetdiscover -p: TYPE LID PORT GUID ... - TYPE LID PORT GUID ( 'NAME' - 'NAME' )
learn_addresses() {
	lab native "$GATEWAY" ibnetdiscover -p >"$scratch/ports" || die "no ibnetdiscover on $GATEWAY"
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
	# Where an answer may take that long, it is no time-out.
	[ "$LAB_SUBSTRATE" != xen ] || text=${text//-t 100 /-t 300 }
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

# The rows of both sides, side by side: each is one script in one place, since to get there costs more
# than most of the tools, in a domU on an emulated processor most of all.
run_sides() {
	local side pids=()
	side native lab native "$GATEWAY" bash -c "$(declare -f run_rows run_lane); run_rows $lanes" &
	pids+=($!)
	side guest lab guest alpha bash -c "$(declare -f run_rows run_lane); run_rows $lanes" &
	pids+=($!)
	for side in "${pids[@]}"; do
		wait "$side" || die "the rows of one side did not come to their end"
	done
}

# side NAME COMMAND...: what that prints becomes $scratch/NAME/ROW.out, .err and .status.
side() {
	local name=$1
	shift
	mkdir "$scratch/$name"
	"$@" <"$scratch/$name.rows" | tar -x -C "$scratch/$name" || exit
	[ -e "$scratch/$name/end" ]
}

# There: lines "NUMBER<tab>TRIES<tab>COMMAND" on standard input; an archive of what each said and how it ended. Where no
# time-out is expected, one is a machine that has other work, natively as well: so often it is tried again.
# So many go at a time, since many only wait for an answer that does not come.
run_rows() {
	local dir rows lanes=$1 lane pids=()
	mapfile -t rows
	dir=$(mktemp -d)
	for ((lane = 0; lane < lanes; lane++)); do
		run_lane "$lane" &
		pids+=($!)
	done
	for lane in "${pids[@]}"; do
		wait "$lane" || exit
	done
	touch "$dir/end"
	tar -c -C "$dir" .
	rm -rf "$dir"
}

run_lane() {
	local i row tries command status begun
	for ((i = $1; i < ${#rows[@]}; i += lanes)); do
		IFS=$'\t' read -r row tries command <<<"${rows[i]}"
		row=$dir/$row
		begun=$SECONDS
		while
			(eval "$command") >"$row.out" 2>"$row.err" </dev/null
			status=$?
			[ "$((--tries))" -gt 0 ] && grep -q 'timed out' "$row.err"
		do :; done
		echo "$status $((SECONDS - begun))" >"$row.status"
	done
}

# row_read SIDE: sets status, seconds.
row_read() {
	read -r status seconds <"$scratch/$1/$row.status" || die "row $row has no end ($1): $command"
	[ "$seconds" -lt "$slow" ] || echo "$seconds s  $1: $command"
}

row_run() {
	local filters=$2 seconds status native guest side output
	row_read native
	native=$status
	row_read guest
	guest=$status
	[ "$native" = "$1" ] || [ "$1" = any ] ||
		differ "$command" "natively exits with $native, the table says $1" \
			"$(head -n 3 "$scratch/native/$row.err")"
	[ "$guest" = "$native" ] ||
		differ "$command" "exits with $guest, natively $native" \
			"$(head -n 5 "$scratch/guest/$row.err")"
	for side in out err; do
		filtered "$filters" "$scratch/native/$row.$side" >"$scratch/native.side"
		filtered "$filters" "$scratch/guest/$row.$side" >"$scratch/guest.side"
		output=$(diff "$scratch/native.side" "$scratch/guest.side") ||
			same_in_another_order "$filters" ||
			differ "$command" "std$side (< native, > guest)" "$output"
	done
}

same_in_another_order() {
	[[ ,$1, == *,order,* ]] && cmp -s <(sort "$scratch/native.side") <(sort "$scratch/guest.side")
}

row_refused() {
	row_own "$@"
	grep -q -i -E 'fail|error' "$scratch/guest/$row.out" "$scratch/guest/$row.err" ||
		differ "$command" "$2: the tool says nothing of a failure"
}

row_own() {
	local seconds status
	row_read guest
	[ "$status" = "$1" ] ||
		differ "$command" "exits with $status, not $1: $2" \
			"$(head -n 5 "$scratch/guest/$row.err")"
}

# Every program of the package has a row of its own.
all_programs_have_rows() {
	local program
	for program in $(dpkg -L infiniband-diags | sed -n 's,^/usr/s\?bin/,,p'); do
		grep -q -E "^(run|refused)$tab.*\b$program\b|^not$tab$program$tab" "$here/tools.table" ||
			differ "$program" "is in infiniband-diags and not in tools.table"
	done
}

# Up when they answer: each is asked until it does.
start_servers() {
	lab fabric 'PerformanceSet "H5"[1] PortCounters.SymbolErrorCounter=77' >/dev/null
	background lab native H3 env SIM_SET_ISSM=1 ibping -S
	background lab native H4 env SIM_SET_ISSM=1 ibsysstat -S
	background lab guest beta bash -c 'ibping -S & exec ibsysstat -S'
	lab native "$GATEWAY" bash -c "$(declare -f ask_servers)"'; ask_servers "$@"' ask \
		"$LAB_PATIENCE" "${address[SERVER]}" "${address[SYSSTAT]}" "${address[SELF]}" || die "a server does not answer"
}

# There: for how many seconds; LIDs of one with ibping, of one with ibsysstat, of one with both.
ask_servers() {
	local command end=$((SECONDS + $1))
	for command in "ibping -c 1 $2" "ibsysstat $3" "ibping -c 1 $4" "ibsysstat $4"; do
		until $command -t 1000 >/dev/null 2>&1 </dev/null; do
			[ "$SECONDS" -le "$end" ] || {
				echo "no answer: $command"
				return 1
			}
		done
	done
}

# each_row FUNCTION: of the table, with the addresses of this fabric.
each_row() {
	local kind first second command
	row=0
	while IFS=$tab read -r kind first second command <&9; do
		case $kind in run | own | refused) ;; *) continue ;; esac
		[[ $command =~ $only ]] || continue
		row=$((row + 1))
		command=$(expand "$command") || exit
		"$1" "$kind" "$first" "$second"
	done 9<"$here/tools.table"
}

row_write() {
	local tries=1
	[ "$2" != 0 ] || tries=4
	[ "$1" != run ] || printf '%d\t%d\t%s\n' "$row" "$tries" "$command" >>"$scratch/native.rows"
	printf '%d\t%d\t%s\n' "$row" "$tries" "$command" >>"$scratch/guest.rows"
}

row_judge() {
	"row_$1" "$2" "$3"
}

lab_for_test up --hosts "$hosts"
trap 'lab_ends; rm -rf "$scratch"' EXIT
learn_addresses
start_servers
all_programs_have_rows
while IFS=$tab read -r kind first second _; do
	[ "$kind" != filter ] || [ "$first" = order ] || filter[$first]+=";$second"
done <"$here/tools.table"
: >"$scratch/native.rows"
each_row row_write
run_sides
each_row row_judge
echo "$row commands at $hosts hosts, $different differences"
[ "$row" -gt 0 ] && [ "$different" = 0 ]
