#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A gateway that is killed and started again: what it knew is in its state directory. A class that a guest
# owned is not another's before its guest had time to come back; a state that is torn is set aside.
set -uo pipefail
# shellcheck source=tests/fabric/cases/case.sh
. "$(dirname "$(readlink -f "$0")")/case.sh"

alpha_serves() {
	lab native H3 ibping -c 1 -t 500 "$(lab guest alpha ibstat | sed -n 's/.*Base lid: //p' | head -n 1)"
}

# kill(1) on the server of alpha, in its own namespace.
signal_server() {
	# shellcheck disable=SC2016
	lab guest alpha sh -c 'kill -"$1" "$(cat /tmp/server)"' sh "$1"
}

cannot_serve="can't serve class 50"

case_up --hosts 4
# shellcheck disable=SC2016
lab guest alpha sh -c 'ibping -S >/dev/null 2>&1 & echo $! >/tmp/server'
check "a guest serves a class" eventually alpha_serves
check "another cannot have it" fails_saying "$cannot_serve" lab guest beta ibping -S
signal_server STOP
lab gateway kill
lab gateway start
check "nor while the guest has not come back to a new gateway" \
	fails_saying "$cannot_serve" lab guest beta ibping -S
signal_server CONT
check "the guest comes back and has it" eventually alpha_serves
signal_server KILL
# shellcheck disable=SC2016
lab guest beta sh -c 'ibping -S >/dev/null 2>&1 & echo $! >/tmp/server'
check "a guest that goes leaves it to others" eventually alpha_serves

# The class is beta's by now, and the port has one LID for all.
lab gateway stop
printf x >>"$LAB_DIR/state/state"
lab gateway start
check "a state that is torn is no obstacle" eventually lab guest alpha ibstat
check "  ... but set aside" test -f "$LAB_DIR/state/state.set-aside"
check "  ... and the journal says so" \
	says 'state is torn: it is not used' lab journal -q
check_exit
