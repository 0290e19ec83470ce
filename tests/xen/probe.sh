#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# In dom0: for each line on standard input, one line of what ibgated holds on behalf of a domain.
#
#	probe.sh		lines are "PID DOMID"; the answer is "NAME=NUMBER ..." and ends with "end"
#
# fds       descriptors of ibgated
# maps      mappings of gntdev in it
# ports     dom0's event channels to the domain
# nodes     xenstore nodes below the domain's back-end devices
# rss       its resident memory in KiB
# wakeups   how often it was switched in, so far
# store     xenstored's resident memory in KiB, 0 when it is elsewhere
# bad       lines of dom0's kernel log that say something is broken
PATH=$PATH:/usr/sbin:/sbin:/usr/lib/xen/bin:/usr/lib/xen-4.17/bin
store=$(pgrep -x xenstored)
while read -r pid domid; do
	if [ -d "/proc/$pid" ]; then
		fds=$(ls "/proc/$pid/fd" | wc -l)
		maps=$(grep -c /dev/xen/gntdev "/proc/$pid/maps")
		rss=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status")
		wakeups=$(sed -n 's/^[a-z]*voluntary_ctxt_switches:[^0-9]*//p' "/proc/$pid/status" |
			{ read -r a; read -r b; echo $((a + b)); })
	else
		fds=0 maps=0 rss=0 wakeups=0
	fi
	echo "fds=$fds maps=$maps rss=$rss wakeups=$wakeups" \
		"ports=$(lsevtchn 0 | grep -c "Remote Domain $domid,")" \
		"nodes=$(xenstore-ls "/local/domain/0/backend/vib/$domid" 2>/dev/null | wc -l)" \
		"store=$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/${store:-x}/status" \
			2>/dev/null | grep . || echo 0)" \
		"bad=$(dmesg | grep -c -E 'BUG|WARNING|Oops|Call Trace|Bad page|bad:|g\.e\. 0x|unable to handle|soft lockup|blocked for more|out of memory|Out of memory|general protection|segfault')" \
		end
done
