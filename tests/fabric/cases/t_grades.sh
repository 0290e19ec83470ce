#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What each grade may do, over a real fabric. A refusal is an answer that the tool reports, a record
# with the line of the policy, and no packet on the wire.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

# Who they are; the names are those that a shared lab has.
portly=alpha viewer=beta chief=gamma nobody=delta

cat >"$CASE_SCRATCH/policy" <<POLICY
[gateway]
# the port
[guest $portly]
access = port
[guest $viewer]
access = fabric
[guest $chief]
access = admin
[guest $nobody]
access = none
POLICY

case_up --guests alpha,beta,gamma,delta --policy "$CASE_SCRATCH/policy"
policy=$LAB_DIR/policy.conf
for guest in alpha beta gamma delta; do
	case_put "$guest" hostile_mad
done

# Addresses, as the gateway's node sees them.
lab native "$GATEWAY" ibnetdiscover -p >"$CASE_SCRATCH/ports" || die "no ibnetdiscover"
own=$(awk '$1 == "CA" && / '"'$GATEWAY'"' /{ print $2; exit }' "$CASE_SCRATCH/ports")
switch=$(awk '$1 == "SW" && /\( '"'L1'"' -/ { print $2; exit }' "$CASE_SCRATCH/ports")
sm=$(awk '$1 == "CA" && / '"'H1'"' / { print $2; exit }' "$CASE_SCRATCH/ports")

guest() {
	lab guest "$@"
}

# The record of a refusal: guest, class, method, attribute, and the line that refused.
recorded() {
	journal_has IBGATE_EVENT=mad IBGATE_VERDICT=refuse "IBGATE_GUEST=$1" "IBGATE_CLASS=$2" \
		"IBGATE_METHOD=$3" "IBGATE_ATTRIBUTE=$4" "IBGATE_RULE=$policy:$5"
}

line_below() {
	echo $(($(line_of "$policy" "$1") + 1))
}

# What the switch saw of our port: packets that went into it from there.
packets_from_gateway() {
	lab native H4 perfquery "$switch" 2 | sed -n 's/^PortRcvPkts:\.*//p'
}

# unsent SENTENCE COMMAND...: fails, with an error that it reports, and nothing goes out.
unsent() {
	local sentence=$1 sent seen
	shift
	seen=$(packets_from_gateway)
	sent=$(counter sent)
	check "$sentence" fails_saying 'fail|error|ERROR|status 0x' "$@"
	check "  ... and the gateway sent nothing" equal "$(counter sent)" "$sent"
	check "  ... and the switch received nothing" equal "$(packets_from_gateway)" "$seen"
}

# own_path GUEST: SubnAdmGet of the path from the gateway's port to the SM's, by their LIDs.
own_path() {
	lab guest "$1" hostile_mad class=0x03 version=2 method=1 attr=0x35 lid="$sm" 55=48 \
		97="$sm" 99="$own"
}

link_is_up() {
	lab native H4 smpquery portinfo "$switch" 3 | grep -q 'PhysLinkState:\.*LinkUp'
}

# --- fabric: reads all, changes nothing ---

line=$(line_below "[guest $viewer]")
check "fabric: ibnetdiscover sees the whole fabric" says 'Ca.*"H8"' guest $viewer ibnetdiscover
check "fabric: saquery reads tables" says 'H8' guest $viewer saquery
check "fabric: ibportstate disable is refused" \
	fails_saying 'smp set portinfo failed' guest $viewer ibportstate "$switch" 3 disable
check "  ... the link stays up" link_is_up
check "  ... recorded with its rule" recorded $viewer SubnLID Set PortInfo "$line"
check "fabric: perfquery -R is refused" fails_saying 'perf reset' guest $viewer perfquery -R
check "  ... recorded with its rule" recorded $viewer Perf Set PortCounters "$line"
unsent "fabric: a raw SubnSet by LID is refused" \
	guest $viewer hostile_mad class=0x01 method=2 attr=0x15 mod=3 lid="$switch"
unsent "fabric: a raw SubnSet by directed route is refused" \
	guest $viewer hostile_mad method=2 attr=0x15 mod=3 hops=1
unsent "fabric: a raw PerfMgt Set is refused" \
	guest $viewer hostile_mad class=0x04 method=2 attr=0x12 lid="$switch" 65=3 66=255 67=255
unsent "fabric: a vendor class Set is refused" \
	guest $viewer hostile_mad class=0x09 method=2 attr=0x10 lid="$switch"
unsent "fabric: a join is refused with 0x0700" \
	guest $viewer hostile_mad class=0x03 version=2 method=2 attr=0x38 lid="$sm"
check "  ... that very status" says 'attribute 0x0038 status 0x0700' \
	guest $viewer hostile_mad class=0x03 version=2 method=2 attr=0x38 lid="$sm"
check "  ... recorded with its rule" recorded $viewer SA Set MCMemberRecord "$line"
unsent "fabric: a class that nobody knows is refused" \
	guest $viewer hostile_mad class=0x55 method=1 attr=1 lid="$switch"
unsent "fabric: a method that nobody knows is refused" \
	guest $viewer hostile_mad class=0x01 method=0x3f attr=0x15 lid="$switch"
unsent "fabric: an SA method that nobody knows is refused" \
	guest $viewer hostile_mad class=0x03 version=2 method=0x1e attr=0x35 lid="$sm"
unsent "fabric: reading an attribute that nobody vouches for is refused" \
	guest $viewer hostile_mad class=0x01 method=1 attr=0xff50 lid="$switch"
check "  ... recorded with its reason" journal_has "IBGATE_GUEST=$viewer" \
	'IBGATE_REASON=reading this attribute is not known to be harmless' "IBGATE_RULE=$policy:$line"
sent=$(counter sent)
check "fabric: a MAD of the reserved class 0 comes back" \
	fails_saying 'status|send failed' guest $viewer hostile_mad class=0 method=1 lid="$switch"
check "  ... unsent" equal "$(counter sent)" "$sent"

# --- port: its own and no other's ---

line=$(line_below "[guest $portly]")
check "port: ibstat shows the port" says 'State: Active' guest $portly ibstat
check "port: smpquery of its own port" says 'Lid:\.+'"$own" guest $portly smpquery portinfo "$own"
check "port: smpquery of itself by directed route" quiet guest $portly smpquery -D nodeinfo 0
check "port: perfquery of its own port" says 'PortXmitData' guest $portly perfquery
check "port: the path from itself" says 'attribute 0x0035 status 0x0000' own_path $portly
unsent "port: a table of paths is refused, also of its own" \
	guest $portly saquery -p --slid "$own" --dlid "$sm"
unsent "port: smpquery of its switch is refused" guest $portly smpquery nodeinfo "$switch"
check "  ... recorded with its rule" recorded $portly SubnLID Get NodeInfo "$line"
unsent "port: smpquery of its neighbour by directed route is refused" \
	guest $portly smpquery -D nodeinfo 0,1
unsent "port: a route of no hops that goes on by LID is refused" \
	guest $portly hostile_mad method=1 attr=0x11 hops= drdlid="$switch" lid="$switch"
unsent "port: perfquery of another's counters is refused" guest $portly hostile_mad \
	class=0x04 method=1 attr=0x12 lid="$switch" 65=1
unsent "port: node records are refused" guest $portly saquery
unsent "port: a table is refused" guest $portly saquery -p --slid "$own" --dlid "$sm"
unsent "port: another's paths are refused" guest $portly saquery -p --slid "$sm" --dlid "$own"
guest $portly ibnetdiscover >"$CASE_SCRATCH/seen" 2>&1
check "port: ibnetdiscover sees one node" \
	equal "$(grep -c -E '^(Ca|Switch|Rt)' "$CASE_SCRATCH/seen")" 1
check "  ... its own" grep -q "\"$GATEWAY\"" "$CASE_SCRATCH/seen"

# --- none ---

line=$(line_below "[guest $nobody]")
check "none: ibstat shows the port" says 'State: Active' guest $nobody ibstat
unsent "none: its own SMPs are refused" guest $nobody smpquery nodeinfo "$own"
check "  ... recorded with its rule" recorded $nobody SubnLID Get NodeInfo "$line"
unsent "none: its own counters are refused" guest $nobody perfquery
unsent "none: node records are refused" guest $nobody saquery
check "none: the path from itself" says 'attribute 0x0035 status 0x0000' own_path $nobody
unsent "none: a table of paths is refused, also of its own" \
	guest $nobody saquery -p --slid "$own" --dlid "$sm"

# --- admin ---

check "admin: ibportstate disable" says 'PhysLinkState:\.+Disabled' \
	guest $chief ibportstate "$switch" 3 disable
check "  ... and the fabric has it so" says 'PhysLinkState:\.+Disabled' \
	lab native H4 smpquery portinfo "$switch" 3
check "admin: ibportstate enable" says 'PhysLinkState:\.+Polling' \
	guest $chief ibportstate "$switch" 3 enable
# ibsim leaves it there, unlike a port that trains: for whoever comes next in this lab.
lab fabric 'Unlink "H3"[1]' >/dev/null
lab fabric 'Relink "H3"[1]' >/dev/null
check "admin: perfquery -R" quiet guest $chief perfquery -R

# --- registration ---

mkfifo "$CASE_SCRATCH/hold"
guest $chief hostile_mad reg=0x20:1:1 reg=0x20:1:1 hold <"$CASE_SCRATCH/hold" \
	>"$CASE_SCRATCH/owner" 2>&1 &
owner=$!
exec {hold}>"$CASE_SCRATCH/hold"
patiently grep -q refused "$CASE_SCRATCH/owner"
check "registration: the first to ask owns it" \
	grep -q '^class 0x20 registered' "$CASE_SCRATCH/owner"
check "registration: a second agent of the process does not get it" \
	grep -q '^class 0x20 refused' "$CASE_SCRATCH/owner"
check "registration: nor another process" \
	fails_saying '^class 0x20 refused' guest $chief hostile_mad reg=0x20:1:1
check "  ... recorded" journal_has IBGATE_EVENT=register IBGATE_VERDICT=refuse "IBGATE_GUEST=$chief" \
	'IBGATE_REASON=another client owns this class and method'
check "registration: another method of the class is free" \
	says '^class 0x20 registered' guest $chief hostile_mad reg=0x20:1:2
check "registration: the guest of a lower grade may not" \
	fails_saying '^class 0x20 refused' guest $viewer hostile_mad reg=0x20:1:3
exec {hold}>&-
wait "$owner"
check "registration: free again when its owner has gone" \
	says '^class 0x20 registered' guest $chief hostile_mad reg=0x20:1:1
check_exit
