# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The life of a guest and of the gateway, in the middle of beta's ibnetdiscover, again and again. Part of
# suite.sh.

# --- beta's work ---

work_begin() {
	# shellcheck disable=SC2016
	lab guest beta sh -c 'setsid sh -c "
		while :; do
			if ibnetdiscover >/tmp/work.out 2>/tmp/work.err; then echo whole; else echo failed; fi
		done >>/tmp/work.log" </dev/null >/dev/null 2>&1 &'
}

work_done() {
	lab guest beta grep -c "^whole" /tmp/work.log
}

work_is_beyond() {
	[ "$(work_done)" -gt "$1" ] 2>/dev/null
}

work_goes_on() {
	local done_before
	eventually work_done && done_before=$(work_done) &&
		eventually work_is_beyond "$done_before"
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

is_served() {
	eventually lab guest "$1" ibstat
}

is_not_served() {
	! lab guest "$1" smpquery -D nodeinfo 0 >/dev/null 2>&1
}

sessions_are() {
	[ "$(guest_field "$1" sessions)" = "$2" ]
}

# --- alpha is the neighbour here ---
check "alpha's tools work" is_served alpha
XEN_ALPHAS_LID=$(lab guest alpha ibstat | sed -n 's/.*Base lid: //p' | head -n 1)
neighbour_begin alpha "$XEN_ALPHAS_LID"
check "beta's tools work" is_served beta
check "  ... all of them, again and again" eval 'work_begin; work_goes_on'
held=$(held_by_gateway)
probe_begin
mark_before

# --- save and restore ---
old=$(domain_of beta)
check "beta is saved in the middle of it" quiet lab dom0 xl save beta /tmp/beta.save
check "  ... of the domain that it was nothing is left" eventually no_trace_of "$old"
check "  ... and restored" quiet lab dom0 xl restore /tmp/beta.save
lab dom0 rm -f /tmp/beta.save
check "  ... its work goes on" work_goes_on
check "  ... and the gateway holds what it held" held_as_before

check "  ... and alpha was served all the while" neighbour_end

# --- the gateway dies ---
pid=$(gateway_pid)
lab gateway kill
lab gateway start
check "the gateway is killed in the middle of it and started: work goes on" work_goes_on
check "  ... it is another gateway" eval '[ "$(gateway_pid)" != "$pid" ]'
check "  ... and holds what the first one held" held_as_before
if [ -n "${XEN_LONG:-}" ]; then
	lab gateway stop
	lab gateway start
	check "the gateway is stopped and started: work goes on" work_goes_on
	check "  ... and holds what the first one held" held_as_before
fi

# --- xenstored stands still ---
check "alpha's tools work" is_served alpha
neighbour_begin alpha "$XEN_ALPHAS_LID"
lab dom0 sh -c 'kill -STOP $(pgrep -x xenstored)'
check "xenstored stands still: beta's work goes on" work_goes_on
check "  ... and the gateway answers its operator" quiet lab gate status
lab dom0 sh -c 'kill -CONT $(pgrep -x xenstored)'

# --- paused, renamed ---
lab dom0 xl pause beta
check "beta is paused: the gateway does not mind" quiet lab gate guests
lab dom0 xl unpause beta
check "  ... and unpaused: its work goes on" work_goes_on
check "beta is renamed: its work goes on" eval 'lab dom0 xl rename beta gamma && work_goes_on'
lab dom0 xl rename gamma beta

# --- devices by hand ---
check "a second device for beta" quiet lab gate attach beta --handle 1
check "  ... is used, beside the first" eventually sessions_are beta 2
check "  ... and both work" is_served beta
check "beta's devices are detached" quiet lab gate detach beta
check "  ... nothing of them is left in xenstore" eventually eval \
	'! lab dom0 xenstore-exists "/local/domain/0/backend/vib/$(domain_of beta)/1" &&
	 ! lab dom0 xenstore-exists "/local/domain/0/backend/vib/$(domain_of beta)/0"'
check "  ... and beta has no InfiniBand" eventually is_not_served beta
check "attached again, it has" eval 'quiet lab gate attach beta && is_served beta'
check "  ... its work goes on" work_goes_on
check "  ... and the gateway holds what it held" held_as_before

# --- ends ---
old=$(domain_of beta)
lab dom0 xl destroy beta
check "beta is destroyed in the middle of it: nothing is left" eventually no_trace_of "$old"
check "  ... and its sessions are gone" eventually sessions_are beta 0
check "made anew, it is served" eval 'guest_boot beta && is_served beta'
work_begin
check "  ... and works" work_goes_on
check "  ... the gateway holds what it held" held_as_before
if [ -n "${XEN_LONG:-}" ]; then
	old=$(domain_of beta)
	background lab guest beta sh -c 'echo c >/proc/sysrq-trigger'
	check "beta crashes in the middle of it: nothing is left" eventually no_trace_of "$old"
	check "made anew, it is served" eval 'guest_boot beta && is_served beta'
	old=$(domain_of beta)
	lab dom0 xl shutdown beta
	check "beta is shut down: nothing is left" eventually no_trace_of "$old"
	check "made anew, it is served" eval 'guest_boot beta && is_served beta'
fi

check "alpha was served all the while" neighbour_end
check "dom0's kernel had nothing to say of it" kernel_is_clean
session_end PROBE
