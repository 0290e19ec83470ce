#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# OpenSM in a guest of grade admin brings a subnet up, answers its queries and hears its traps, all
# through the gateway.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

hosts=64

cat >"$CASE_SCRATCH/policy" <<'POLICY'
[gateway]
# the port
[guest alpha]
access = admin
[guest beta]
access = fabric
POLICY

records() {
	"$@" saquery | grep -c '^NodeRecord dump'
}

# state_of NODE: of its port, by the node itself.
state_of() {
	lab native "$1" smpquery -D portinfo 0 1 | sed -n 's/^LinkState:\.*//p'
}

is_active() {
	[ "$(state_of "$1")" = Active ]
}

subnet_is_up() {
	lab guest alpha grep -q 'SUBNET UP' /tmp/opensm.log
}

is_sm() {
	lab native H3 smpquery portinfo "$own" | grep -q '^[[:space:]]*IsSM$'
}

table_is_whole() {
	[ "$(records lab guest "$1")" = "$nodes" ]
}

is_no_sm() {
	! is_sm
}

case_up --hosts "$hosts" --guests alpha,beta --policy "$CASE_SCRATCH/policy"
own=$(lab native "$GATEWAY" smpquery -D portinfo 0 | sed -n 's/^Lid:\.*//p')
nodes=$(records lab native H3)
lab sm stop
# A link that nobody has brought up yet.
lab fabric 'Unlink "H9"[1]' >/dev/null
lab fabric 'Relink "H9"[1]' >/dev/null
check "before: a new link stays in Init" equal "$(state_of H9)" Initialize
check "before: there is no SA" fails_saying . lab native H3 saquery -t 200

lab guest alpha opensm -d2 -e -F /tmp/none -P /tmp/none -f /tmp/opensm.log -D 0x03 \
	>"$CASE_SCRATCH/opensm" 2>&1 </dev/null &
opensm=$!
check "OpenSM in a guest brings the subnet up" eventually subnet_is_up
check "  ... the new link with it" eventually is_active H9
check "its port says that it is a subnet manager" is_sm
check "sminfo on a node finds it there" \
	says "sm lid $own .*SMINFO_MASTER" lab native H3 sminfo
check "a node gets a table of many segments from it" equal "$(records lab native H3)" "$nodes"
check "so does another guest, once the gateway has seen where the SM is" \
	eventually table_is_whole beta
check "so does the guest itself" equal "$(records lab guest alpha)" "$nodes"
check "a guest sees the whole fabric" \
	equal "$(lab guest beta ibnetdiscover | grep -c '^Ca')" "$hosts"

lab fabric 'Unlink "H10"[1]' >/dev/null
lab fabric 'Relink "H10"[1]' >/dev/null
check "a trap reaches it: a link that comes back is brought up" eventually is_active H10

lab guest alpha bash -c 'kill -KILL "$(pidof opensm)"'
wait "$opensm" 2>/dev/null
check "when it is killed, its port is no subnet manager's any more" eventually is_no_sm
lab sm start
check "and another may take over" eventually table_is_whole beta
check_exit
