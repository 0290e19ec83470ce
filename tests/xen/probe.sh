#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In dom0: what ibgated holds, a line of answer for a line of question. No process is made for the quick
# answer: under emulation each costs more than the case that is looked at.
#
#	"quick PID DOMID"	fds maps grants ports rss wakeups
#	"all PID DOMID"		and those that need programs: channels nodes store bad
#	"quit"
#
# fds       descriptors of ibgated; of these gntdev's are `grants`, evtchn's `ports`
# maps      mappings of gntdev in it
# rss       its resident memory in KiB
# wakeups   how often it was switched in, so far
# channels  dom0's event channels to the domain
# nodes     xenstore nodes below the domain's back-end devices
# store     xenstored's resident memory in KiB, 0 when it is elsewhere
# bad       lines of dom0's kernel log that say something is broken
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/xen/bin:/usr/lib/xen-4.17/bin
broken='BUG|WARNING|Oops|Call Trace|Bad page|bad:|g\.e\. 0x|unable to handle|soft lockup'
broken="$broken|blocked for more|[Oo]ut of memory|general protection|segfault"

# Of /proc/PID/status: its memory and switches, in $memory and $switches.
status_of() {
	local key value rest
	memory=0 switches=0
	[ -r "/proc/$1/status" ] || return 0
	while read -r key value rest; do
		case $key in
		VmRSS:) memory=$value ;;
		*voluntary_ctxt_switches:) switches=$((switches + value)) ;;
		esac
	done <"/proc/$1/status"
}

quick() {
	local pid=$1 fds=0 maps=0 grants=0 ports=0 file line
	for file in "/proc/$pid/fd"/*; do
		fds=$((fds + 1))
		[ ! "$file" -ef /dev/xen/gntdev ] || grants=$((grants + 1))
		[ ! "$file" -ef /dev/xen/evtchn ] || ports=$((ports + 1))
	done
	while read -r line; do
		case $line in
		*/dev/xen/gntdev*) maps=$((maps + 1)) ;;
		esac
	done <"/proc/$pid/maps"
	status_of "$pid"
	answer="fds=$fds maps=$maps grants=$grants ports=$ports rss=$memory wakeups=$switches"
}

slow() {
	local channels nodes bad
	channels=$(lsevtchn 0 | grep -c "Remote Domain $2,")
	nodes=$(xenstore-ls "backend/vib/$2" 2>/dev/null | grep -c .)
	bad=$(dmesg | grep -c -E "$broken")
	status_of "$(pgrep -x xenstored)"
	answer="$answer channels=$channels nodes=$nodes store=$memory bad=$bad"
}

while read -r what pid domid && [ "$what" != quit ]; do
	quick "$pid"
	[ "$what" != all ] || slow "$pid" "$domid"
	echo "$answer"
done
