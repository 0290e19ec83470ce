# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The life of a guest and of the gateway, in the middle of beta's ibnetdiscover, again and again. Part of
# suite.sh.

# --- beta's work ---
# /tmp/work.log in beta: a line when a run ends, and what we mark there.

nodes_in() {
	grep -c -E '^(Switch|Ca)' "$1"
}

work_begin() {
	lab guest beta sh -c 'cat >/tmp/work; setsid sh /tmp/work "$1" </dev/null >/dev/null 2>&1 &' \
		work "$(nodes_in "$XEN_NATIVE")" <<-'WORK'
			while sleep 0.2; do
				if ibnetdiscover >/tmp/work.out 2>/tmp/work.err &&
					[ "$(grep -c -E '^(Switch|Ca)' /tmp/work.out)" = "$1" ]; then
					echo whole
				else
					echo "failed $(tail -n 1 /tmp/work.err)"
				fi
			done >>/tmp/work.log
		WORK
}

work_mark() {
	lab guest beta sh -c 'echo mark >>/tmp/work.log'
}

work_goes_on() {
	eventually lab guest beta awk '/^mark/ { n = 0 } /^whole/ { n++ } END { exit !n }' /tmp/work.log
}

# failed_at_most N: since the mark, and the work goes on. Of what happened, one run was in the middle; those that
# began later may not fail. (One may crash, too: ibnetdiscover does when the first of its queries is not
# answered.)
failed_at_most() {
	work_goes_on || return 1
	lab guest beta cat /tmp/work.log >"$CASE_SCRATCH/work"
	awk '
		/^mark/ { whole = failed = 0; output = "" }
		/^whole/ { whole++ }
		/^failed/ { failed++; output = output "\n    | " $0 }
		END {
			print "    | " whole + 0 " runs were whole, " failed + 0 " failed" output
			exit failed > most
		}' most=$(($1 * (1 + machine_is_slow))) "$CASE_SCRATCH/work"
}

# The very next run of the tool, begun now. The library waits for a gateway by the clock: a run that took as long as
# that, on a slow machine, may have given up, and then it is the run after it.
grace_s=$(sed -n 's/.*GUMAD_FIRST_GRACE_MS = \([0-9]*\)000,.*/\1/p' "$CASE_TOP/guest-umad/times.h")
machine_is_slow=0
next_run_is_whole() {
	local begun=$SECONDS
	run_is_whole && return
	[ $((SECONDS - begun)) -ge "$grace_s" ] || return 1
	echo "    | (a slow machine: once more)"
	machine_is_slow=1
	run_is_whole
}

run_is_whole() {
	quiet_to "$CASE_SCRATCH/next" lab guest beta ibnetdiscover &&
		diff <(topology "$XEN_NATIVE") <(topology "$CASE_SCRATCH/next") >"$CASE_SCRATCH/diff" || {
		tr '\001' '\n' <"$CASE_SCRATCH/diff" | sed 's/^/    | /' | head -n 20
		return 1
	}
}

# quiet_to FILE COMMAND...: what it says goes there; what it complains of is shown when it fails.
quiet_to() {
	local file=$1
	shift
	"$@" >"$file" 2>"$file.err" || {
		sed 's/^/    | /' "$file.err" | tail -n 12
		return 1
	}
}

# --- what is left ---

# Of one connected device and one guest.
held_by_gateway() {
	local pid
	pid=$(gateway_pid)
	lab dom0 sh -c "ls /proc/$pid/fd | wc -l; grep -c /dev/xen/gntdev /proc/$pid/maps" | tr '\n' ' '
}

held_is() {
	[ "$(held_by_gateway)" = "$1" ]
}

held_as_before() {
	eventually held_is "$held" || {
		echo "    | $(held_by_gateway), were $held"
		return 1
	}
}

is_not_served() {
	! lab guest "$1" smpquery -D nodeinfo 0 >/dev/null 2>&1
}

sessions_are() {
	[ "$(guest_field "$1" sessions)" = "$2" ]
}

# --- alpha is the neighbour here ---
XEN_NATIVE=$CASE_SCRATCH/native
quiet_to "$XEN_NATIVE" lab native "$GATEWAY" ibnetdiscover || die "the native tool does not work"
check "alpha's tools work" is_served alpha
XEN_ALPHAS_LID=$(lab guest alpha ibstat | sed -n 's/.*Base lid: //p')
neighbour_begin alpha "$XEN_ALPHAS_LID"
check "beta's tools work" is_served beta
check "  ... and print the whole fabric" next_run_is_whole
check "  ... again and again" eval 'work_begin; work_goes_on'
held=$(held_by_gateway)
probe_begin
mark_before

# --- save and restore ---
old=$(domain_of beta)
# shellcheck disable=SC2016
lab guest beta sh -c 'echo begun; until [ -e /run/go ]; do sleep 0.2; done; uname -n' >"$CASE_SCRATCH/command" &
command=$!
eventually grep -q begun "$CASE_SCRATCH/command"
work_mark
check "beta is saved in the middle of it" quiet lab dom0 xl save beta /tmp/beta.save
check "  ... of the domain that it was nothing is left" eventually no_trace_of "$old"
check "  ... and restored" quiet lab dom0 xl restore /tmp/beta.save
check "  ... the next run of the tool is whole" next_run_is_whole
lab dom0 rm -f /tmp/beta.save
lab guest beta touch /run/go
wait "$command"
check "  ... a command in it never noticed" equal "$?/$(tail -n 1 "$CASE_SCRATCH/command")" 0/beta
check "  ... and only the run in the middle may have failed" failed_at_most 1
check "  ... the gateway holds what it held" held_as_before
check "  ... and alpha was served all the while" neighbour_end

# --- the gateway dies ---
pid=$(gateway_pid)
work_mark
lab gateway kill
quiet lab dom0 xenstore-write /local/domain/0/backend/vib/4711/0/state 4
lab gateway start
check "the gateway is killed in the middle of it and started: the next run is whole" next_run_is_whole
check "  ... what is left of a domain that went meanwhile is deleted" eventually no_trace_of 4711
check "  ... and only the run in the middle may have failed" failed_at_most 1
check "  ... it is another gateway" eval '[ "$(gateway_pid)" != "$pid" ]'
check "  ... and holds what the first one held" held_as_before
if [ -n "${XEN_LONG:-}" ]; then
	work_mark
	lab gateway stop
	lab gateway start
	check "the gateway is stopped and started: the next run is whole" next_run_is_whole
	check "  ... only the run in the middle may have failed" failed_at_most 1
	check "  ... and it holds what the first one held" held_as_before
fi

# --- xenstored stands still ---
check "alpha's tools work" is_served alpha
neighbour_begin alpha "$XEN_ALPHAS_LID"
work_mark
lab dom0 sh -c 'kill -STOP $(pgrep -x xenstored)'
background lab gate attach beta --handle 1
check "xenstored stands still, and a device is to be attached: beta's next run is whole" \
	next_run_is_whole
check "  ... and the gateway answers its operator" quiet lab gate status
lab dom0 sh -c 'kill -CONT $(pgrep -x xenstored)'
check "  ... no run has failed" failed_at_most 0
check "  ... and once it goes on, the device is there and used" eventually sessions_are beta 2
check "  ... the next run is whole" next_run_is_whole
check "  ... and alpha was served all the while" neighbour_end

# --- two devices ---
devices_are() {
	equal "$(lab guest beta devices_seen)" "$1"
}

lab put beta "$LAB_BUILD/tests/xen/devices_seen" || die "no devices_seen in beta"
check "a program finds both devices of its guest" devices_are 2
lab gateway kill
lab gateway start
check "  ... the gateway dies: a program finds both when both are back" eventually devices_are 2
check "  ... the next run is whole" next_run_is_whole
neighbour_begin alpha "$XEN_ALPHAS_LID"

# --- paused, renamed ---
lab dom0 xl pause beta
check "beta is paused: the gateway does not mind" quiet lab gate guests
lab dom0 xl unpause beta
check "  ... and unpaused: its next run is whole" next_run_is_whole
check "beta is renamed: its next run is whole" eval 'lab dom0 xl rename beta gamma && next_run_is_whole'
lab dom0 xl rename gamma beta

# --- devices by hand ---
old=$(domain_of beta)
check "the first device of the two is taken away" device_remove "$old" 0
check "  ... the next run is whole, by the second" next_run_is_whole
check "beta's devices are detached" quiet lab gate detach beta
check "  ... nothing of them is left in xenstore" eventually nothing_of_device "$old" 1
check "  ... and beta has no session" eventually sessions_are beta 0
seldom check "  ... nor InfiniBand" is_not_served beta
check "attached again, it has" eval 'quiet lab gate attach beta && is_served beta'
check "  ... its next run is whole" next_run_is_whole
check "  ... and the gateway holds what it held" held_as_before

# --- ends ---
lab dom0 xl destroy beta
check "beta is destroyed in the middle of it: nothing is left" eventually no_trace_of "$old"
check "  ... and its sessions are gone" eventually sessions_are beta 0
guest_boot beta
check "made anew, its first run is whole" next_run_is_whole
check "  ... it works" eval 'work_begin; work_goes_on'
check "  ... and the gateway holds what it held" held_as_before
if [ -n "${XEN_LONG:-}" ]; then
	old=$(domain_of beta)
	background lab guest beta sh -c 'echo c >/proc/sysrq-trigger'
	check "beta crashes in the middle of it: nothing is left" eventually no_trace_of "$old"
	guest_boot beta
	check "made anew, its first run is whole" next_run_is_whole
	old=$(domain_of beta)
	lab dom0 xl shutdown beta
	check "beta is shut down: nothing is left" eventually no_trace_of "$old"
	guest_boot beta
	check "made anew, its first run is whole" next_run_is_whole
fi

# --- xenstored is slow ---
# Four fifths of the time it stands still, until session_end SLOW.
slow_store_begin() {
	session_begin SLOW lab dom0 bash -c 'store=$(pgrep -x xenstored) status=142
		while [ "$status" -gt 128 ]; do
			kill -STOP "$store"
			read -r -t 0.4 _
			status=$?
			kill -CONT "$store"
			[ "$status" -le 128 ] || read -r -t 0.1 _
			status=$?
		done'
}

# answers_meanwhile COMMAND...: it ends well, and until then the gateway answers its operator.
answers_meanwhile() {
	local status=0 pid
	"$@" >"$CASE_SCRATCH/meanwhile" 2>&1 &
	pid=$!
	quiet lab gate status || status=1
	while kill -0 "$pid" 2>/dev/null; do
		quiet lab gate status || status=1
	done
	wait "$pid" || {
		sed 's/^/    | /' "$CASE_SCRATCH/meanwhile" | tail -n 12
		status=1
	}
	return "$status"
}

if [ -n "${XEN_LONG:-}" ]; then
	slow_store_begin
	old=$(domain_of beta)
	check "xenstored is slow, and beta's devices are detached" answers_meanwhile lab gate detach beta
	check "  ... nothing of them is left in xenstore" eventually nothing_of_device "$old" 0
	check "  ... attached again" answers_meanwhile lab gate attach beta
	check "  ... its next run is whole" eval 'is_served beta && next_run_is_whole'
	check "  ... beta is destroyed" answers_meanwhile lab dom0 xl destroy beta
	check "  ... nothing is left" eventually no_trace_of "$old"
	check "  ... and made anew" answers_meanwhile guest_boot beta
	check "  ... its first run is whole" eval 'is_served beta && next_run_is_whole'
	session_end SLOW
	check "  ... and when xenstored is quick again, the gateway holds what it held" held_as_before
fi

check "alpha was served all the while" neighbour_end
check "dom0's kernel had nothing to say of it" kernel_is_clean
session_end PROBE
