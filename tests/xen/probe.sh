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

# occurrences TEXT WORD: in $count. (The shell's `read` would fetch a file of /proc byte by byte.)
occurrences() {
	local text=$1
	count=0
	while [[ $text == *"$2"* ]]; do
		text=${text#*"$2"}
		count=$((count + 1))
	done
}

# Of /proc/PID/status: its memory and switches, in $memory and $switches.
status_of() {
	local text
	memory=0 switches=0
	[ -r "/proc/$1/status" ] || return 0
	text=$(<"/proc/$1/status")
	[[ $text =~ VmRSS:[[:space:]]*([0-9]+) ]] && memory=${BASH_REMATCH[1]}
	[[ $text =~ nonvoluntary_ctxt_switches:[[:space:]]*([0-9]+) ]] && switches=${BASH_REMATCH[1]}
	[[ $text =~ [^n]voluntary_ctxt_switches:[[:space:]]*([0-9]+) ]] &&
		switches=$((switches + BASH_REMATCH[1]))
}

quick() {
	local pid=$1 fds=0 grants=0 ports=0 file
	for file in "/proc/$pid/fd"/*; do
		fds=$((fds + 1))
		[ ! "$file" -ef /dev/xen/gntdev ] || grants=$((grants + 1))
		[ ! "$file" -ef /dev/xen/evtchn ] || ports=$((ports + 1))
	done
	occurrences "$(<"/proc/$pid/maps")" /dev/xen/gntdev
	status_of "$pid"
	answer="fds=$fds maps=$count grants=$grants ports=$ports rss=$memory wakeups=$switches"
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
