#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The Xen lab itself: commands travel to dom0 and to the guests with all that belongs to them, and `lab down`
# leaves nothing. Guests that are saved, destroyed, made anew: tests/xen/cases/life.sh.
set -uo pipefail
export LAB_SUBSTRATE=xen
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lab/check.sh
. "$here/check.sh"

scratch=$(mktemp -d)

status_of() {
	"$@" >/dev/null 2>&1 </dev/null
	echo "$?"
}

guest() {
	lab guest alpha "$@"
}

lab_for_test up --hosts 8 --guests alpha,beta
hosts=$(grep -c '^Hca' "$LAB_DIR/net")
domains=$(. "$LAB_DIR/lab" && echo "$LAB_GUESTS")

check "the hypervisor is Xen, with a domain for each guest" \
	test "$(lab dom0 xl list | awk 'NR > 1 { print $1 }' | sort | xargs)" = "Domain-0 $domains"
check "a guest is a Xen domain of its own" test "$(guest cat /sys/hypervisor/type)" = xen
check "a guest has its own name" test "$(guest uname -n)" = alpha
check "a tool in a guest reaches the fabric" test "$(guest ibhosts | wc -l)" = "$hosts"
check "a native tool does" test "$(lab native H3 ibhosts | wc -l)" = "$hosts"
check "the gateway says that both guests are attached" \
	grep -q '2 sessions attached' <(lab gate status)
check "the journal names the guests" grep -q 'guest beta' <(lab journal -q -o cat -t ibgated)
check "ibsim's console answers" grep -q '^To node' <(lab fabric 'Route 1 2')

check "a guest's exit status passes through" test "$(status_of guest sh -c 'exit 7')" = 7
check "so does that of a command that is killed" test "$(status_of guest sh -c 'kill -9 $$')" = 137
check "a command that there is not has its own" test "$(status_of guest nosuch)" = 127
check "output and errors stay apart" \
	test "$(guest sh -c 'echo out; echo err >&2' 2>/dev/null)" = out
check "a guest reads the caller's input" test "$(echo word | guest cat)" = word
head -c 3000000 /dev/urandom >"$scratch/data"
check "megabytes pass unharmed both ways" cmp -s "$scratch/data" <(guest cat <"$scratch/data")
check "output that is not wanted ends the command" test "$(guest yes | head -n 1)" = y
printf '#!/bin/sh\necho "put and run $1"\n' >"$scratch/program"
lab put alpha "$scratch/program"
check "a program put into a guest runs there" test "$(guest program it)" = "put and run it"
check "and not in the other guest" not_ok lab guest beta program

# The command itself, not a shell that waits for it, is who dies here.
"$CHECK_TOP/lab" guest alpha sleep 1234 &
caller=$!
patiently guest pgrep -f 'sleep 1234'
kill "$caller"
wait "$caller"
check "a signal to the caller is the command's" test "$?" = 143
none_runs() {
	not_ok guest pgrep -f "$1"
}
check "which ends by it" patiently none_runs 'sleep 1234'
"$CHECK_TOP/lab" guest alpha sleep 2345 &
caller=$!
patiently guest pgrep -f 'sleep 2345'
kill -KILL "$caller"
{ wait "$caller"; } 2>/dev/null
check "a command whose caller dies ends" patiently none_runs 'sleep 2345'

check "dom0's kernel has nothing to complain of" \
	not_ok grep -E 'BUG|WARNING|Oops|Bad page' <(lab dom0 dmesg)

[ -n "${LAB_SHARED:-}" ] || check "down leaves no process and no directory" down_is_clean
rm -rf "$scratch"
check_exit
