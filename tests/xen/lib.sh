# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the parts of the Xen suite share (suite.sh): a front-end in alpha that is ours, what dom0
# holds for it, a neighbour that must never notice.
#
#   attack NAME [N]           one case of the hostile front-end, and dom0 afterwards as before
#   seldom COMMAND...         only with XEN_LONG=1: what takes minutes
#   harm NAME [N]             only the case; what it prints is in $XEN_OUTPUT
#   as_before                 dom0 holds what it held when mark_before was called
#   errors_are_recorded       each reason that xenstore gave since the last time is in the journal
#   neighbour_begin, _end     beta asks and asks
#   fabric_begin, _end        the same, for all there is on the fabric
#   gate ARGUMENTS...         the control tool, at once: `lab gate` waits for the guests' devices
#   hostile_begin, _end       a part of the suite; hostile_over before alpha's own ibguestd is needed

XEN_HERE=$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")
# shellcheck source=tests/fabric/cases/case.sh
. "$XEN_HERE/../fabric/cases/case.sh"

XEN_HOSTILE=$LAB_BUILD/tests/xen/hostile
XEN_OUTPUT=$CASE_SCRATCH/output
XEN_ERRORS=$CASE_SCRATCH/errors
# Pages that malloc keeps, tables that grew once: growth beyond this is a leak.
XEN_RSS_SLACK_KIB=1024
XEN_PATIENCE=$((4 * LAB_PATIENCE))
# Each clean connect in between is another two seconds of an emulated processor.
XEN_QUICKLY=1
[ -z "${XEN_LONG:-}" ] || XEN_QUICKLY=
: >"$XEN_ERRORS"

# --- programs that one talks to, a line at a time; the line "quit" ends them ---

declare -A session_in=() session_out=() session_pid=()

session_begin() {
	local name=$1 fd
	shift
	mkfifo "$CASE_SCRATCH/$name.in" "$CASE_SCRATCH/$name.out"
	"$@" <"$CASE_SCRATCH/$name.in" >"$CASE_SCRATCH/$name.out" 2>"$CASE_SCRATCH/$name.err" &
	session_pid[$name]=$!
	exec {fd}>"$CASE_SCRATCH/$name.in"
	session_in[$name]=$fd
	exec {fd}<"$CASE_SCRATCH/$name.out"
	session_out[$name]=$fd
	rm "$CASE_SCRATCH/$name.in" "$CASE_SCRATCH/$name.out"
}

# What it printed last is in $CASE_SCRATCH/NAME.last.
session_end() {
	local name=$1 fd
	echo quit >&"${session_in[$name]}"
	cat <&"${session_out[$name]}" >"$CASE_SCRATCH/$name.last"
	wait "${session_pid[$name]}"
	fd=${session_in[$name]}
	exec {fd}>&-
	fd=${session_out[$name]}
	exec {fd}<&-
}

gate() {
	lab dom0 "$LAB_BUILD/mad-proxy/ibgate" "$@"
}

# counter NAME [GUEST]
counter() {
	gate --json counters ${2:+"$2"} | sed -n 's/^ *"'"$1"'": \([0-9]*\),\{0,1\}$/\1/p'
}

# --- the guest's side ---

# guestd GUEST stop|start: its ibguestd; the device is ours while it is stopped.
guestd() {
	case $2 in
	stop) lab guest "$1" sh -c 'touch /run/ibguestd.off; pkill -x ibguestd
		while pgrep -x ibguestd >/dev/null; do :; done' ;;
	start) lab guest "$1" rm -f /run/ibguestd.off ;;
	esac
}

# Its tools reach the fabric. (ibstat would not do: where there is no adapter it says nothing, and succeeds.)
is_served() {
	eventually lab guest "$1" smpquery -D nodeinfo 0
}

# One shell in alpha for all cases: to start a session costs more than most of them.
front_begin() {
	session_begin FRONT lab guest alpha sh -c '
		while read -r line && [ "$line" != quit ]; do
			hostile $line 2>&1 </dev/null
			echo "status $?"
		done'
}

# harm ARGUMENTS...: status of the program.
harm() {
	echo "$*" >&"${session_in[FRONT]}"
	harm_end
}

harm_end() {
	local line
	: >"$XEN_OUTPUT"
	while IFS= read -r -t "$XEN_PATIENCE" line <&"${session_out[FRONT]}"; do
		case $line in
		'status '*) return "${line#status }" ;;
		'error '*) echo "${line#error }" >>"$XEN_ERRORS" ;;
		esac
		echo "$line" >>"$XEN_OUTPUT"
	done
	echo "no end" >>"$XEN_OUTPUT"
	return 124
}

harmless() {
	harm "$@" || {
		sed 's/^/    | /' "$XEN_OUTPUT" | tail -n 12
		return 1
	}
}

sentence_of() {
	"$XEN_HOSTILE" list | sed -n "s/^$1\t//p"
}

attack() {
	check "$(sentence_of "$1")" harmless ${XEN_QUICKLY:+-q} "$@"
	check "  ... and dom0 holds what it held" as_before
}

# --- a part of the suite ---

# From here until hostile_over alpha's device is ours; what dom0 holds now is what it must hold after each
# case, and beta goes on.
hostile_begin() {
	[ -n "${XEN_OURS:-}" ] || hostile_take
	mark_before
	neighbour_begin beta 1
}

hostile_take() {
	guestd alpha stop
	front_begin
	probe_begin
	harmless put-away || die "alpha's device cannot be brought to InitWait"
	# Memory that was used once is the daemon's to use again: a first round is not growth.
	harmless rude-cycles 4
	XEN_OURS=1
}

# hostile_end [unrecorded]: there need not have been any error.
hostile_end() {
	check "a clean connect works, and takes the error away" harmless clean
	check "beta was served all the while" neighbour_end
	[ "${1:-}" = unrecorded ] ||
		check "each reason in xenstore stands in the journal" errors_are_recorded
	check "neither event channels nor nodes nor complaints of the kernel stay" as_before all
	check "no memory stays to speak of" memory_as_before
	check "it is the same daemon" equal "$(gateway_pid)" "$XEN_PID"
}

# alpha's device is its own ibguestd's again.
hostile_over() {
	[ -n "${XEN_OURS:-}" ] || return 0
	session_end FRONT
	session_end PROBE
	guestd alpha start
	XEN_OURS=
	check "alpha's own ibguestd connects and its tools work" is_served alpha
}

seldom() {
	if [ -n "${XEN_LONG:-}" ]; then
		"$@"
	else
		echo "left out without XEN_LONG=1: $*"
	fi
}

# --- dom0's side ---

probe_begin() {
	session_begin PROBE lab dom0 bash -c "$(cat "$XEN_HERE/probe.sh")"
}

# probe quick|all: sets fds, maps, ... of $now (probe.sh), of the daemon and the domain as they are.
probe() {
	local line pair
	declare -gA now=()
	echo "$1 $XEN_PID $XEN_DOMID" >&"${session_in[PROBE]}"
	IFS= read -r -t "$XEN_PATIENCE" line <&"${session_out[PROBE]}" || return 1
	for pair in $line; do
		now[${pair%%=*}]=${pair#*=}
	done
	[ -n "${now[fds]:-}" ]
}

# The daemon and the domain may have changed.
look_anew() {
	XEN_PID=$(gateway_pid)
	XEN_DOMID=$(lab dom0 xl domid alpha)
}

mark_before() {
	local key
	look_anew
	probe all || die "dom0 does not answer"
	declare -gA before=()
	for key in "${!now[@]}"; do
		before[$key]=${now[$key]}
	done
}

# holds quick|all: what it held.
holds() {
	local key
	probe "$1" || return 1
	for key in fds maps grants ports channels nodes bad; do
		[ "${now[$key]:-${before[$key]}}" = "${before[$key]}" ] || return 1
	done
}

as_before() {
	local key what=${1:-quick}
	eventually holds "$what" >/dev/null || {
		for key in fds maps grants ports channels nodes bad; do
			[ "${now[$key]:-${before[$key]}}" = "${before[$key]}" ] ||
				echo "    | $key: ${now[$key]}, were ${before[$key]}"
		done
		return 1
	}
}

memory_as_before() {
	at_most "${now[rss]}" $((before[rss] + XEN_RSS_SLACK_KIB))
}

# The same of the kernel's log alone; what it said is shown.
kernel_is_clean() {
	probe all || return 1
	[ "${now[bad]}" = "${before[bad]}" ] || {
		lab dom0 dmesg | tail -n 40 | sed 's/^/    | /'
		return 1
	}
}

# guest_boot NAME: a domain that is no more is made anew, and its agent answers.
guest_boot() {
	quiet lab dom0 xl create -q "/etc/xen/$1.cfg" && lab guest "$1" true
}

domain_of() {
	lab dom0 xl domid "$1"
}

# no_trace_of DOMID: nothing in xenstore, and no domain that cannot die because of what somebody holds.
no_trace_of() {
	lab dom0 sh -c "
		! xenstore-exists /local/domain/0/backend/vib/$1 &&
		! xenstore-exists /local/domain/$1 &&
		! xl list | grep -q -E '^\(null\)'"
}

# nothing_of_device DOMID HANDLE
nothing_of_device() {
	lab dom0 sh -c "
		! xenstore-exists /local/domain/0/backend/vib/$1/$2 &&
		! xenstore-exists /local/domain/$1/device/vib/$2"
}

# device_remove DOMID HANDLE: it goes, as a toolstack takes it away.
device_remove() {
	quiet lab dom0 xenstore-write "/local/domain/0/backend/vib/$1/$2/online" 0
	eventually nothing_of_device "$1" "$2"
}

# Grants of a domain that somebody holds, as the hypervisor has them. It lists them when it comes to it:
# xl does not wait for the end.
grants_held() {
	lab dom0 sh -c 'xl dmesg -c >/dev/null; xl debug-keys g; n=0
		until xl dmesg >/tmp/grants && grep -q "gnttab_usage_print_all ] done" /tmp/grants; do
			n=$((n + 1)); [ "$n" -lt 200 ] || break
		done; cat /tmp/grants' |
		awk -v id="d$(lab dom0 xl domid "$1")" '
			/grant-table for remote/ { ours = $0 ~ "remote " id "[^0-9]" }
			ours && /\[0x[0-9a-f]*\]/ { n++ }
			END { print n + 0 }'
}

# Each text of $XEN_ERRORS, and each was counted. However often a device comes and goes, why it was closed is
# written down at once.
errors_are_recorded() {
	[ -s "$XEN_ERRORS" ] || {
		echo "    | no reason was given at all"
		return 1
	}
	at_least "$(counter device_faults alpha)" "$(wc -l <"$XEN_ERRORS")" || return 1
	eventually each_is_recorded >/dev/null || {
		sed 's/^/    | not in the journal: /' "$CASE_SCRATCH/missing"
		return 1
	}
}

# What is not is in $CASE_SCRATCH/missing.
each_is_recorded() {
	lab journal -q -o cat -t ibgated IBGATE_GUEST=alpha IBGATE_EVENT=device >"$CASE_SCRATCH/journal"
	sort -u "$XEN_ERRORS" | while IFS= read -r text; do
		grep -q -F -- "$text" "$CASE_SCRATCH/journal" || echo "$text"
	done >"$CASE_SCRATCH/missing"
	[ ! -s "$CASE_SCRATCH/missing" ]
}

# --- the neighbour ---

# neighbour_begin GUEST LID: asks it at once, and every other second until neighbour_end.
neighbour_begin() {
	session_begin NEIGHBOUR lab guest "$1" bash -c 'n=0 failed=0 status=142
		while [ "$status" -gt 128 ]; do
			n=$((n + 1))
			smpquery nodeinfo "$1" >/tmp/neighbour 2>&1 || {
				failed=$((failed + 1))
				tail -n 2 /tmp/neighbour
			}
			read -r -t 2 _
			status=$?
		done
		echo "asked $n failed $failed"' neighbour "$2"
}

neighbour_end() {
	session_end NEIGHBOUR
	says '^asked [1-9][0-9]* failed 0$' cat "$CASE_SCRATCH/NEIGHBOUR.last"
}

# What ibnetdiscover and saquery count in GUEST before fabric_begin returns, they must count each time until
# fabric_end.
fabric_begin() {
	local line
	session_begin FABRIC lab guest "$1" bash -c '
		nodes() {
			ibnetdiscover 2>/tmp/fabric | grep -c -E "^(Switch|Ca)"
			saquery 2>>/tmp/fabric | grep -c "^NodeRecord"
		}
		n=0 failed=0 status=142 right=$(nodes | tr "\n" " ")
		echo "nodes $right"
		while [ "$status" -gt 128 ]; do
			n=$((n + 1))
			now=$(nodes | tr "\n" " ")
			[ "$now" = "$right" ] || {
				failed=$((failed + 1))
				echo "$now: $(tail -n 1 /tmp/fabric)"
			}
			read -r -t 0.1 _
			status=$?
		done
		echo "asked $n failed $failed"'
	read -r line <&"${session_out[FABRIC]}"
	[[ $line =~ ^'nodes '[1-9][0-9]*' '[1-9] ]] || die "beta does not see the fabric: $line"
}

fabric_end() {
	session_end FABRIC
	says '^asked [1-9][0-9]* failed 0$' cat "$CASE_SCRATCH/FABRIC.last"
}
