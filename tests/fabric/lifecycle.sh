#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# A lab leaves nothing behind, whatever was killed before; labs live side by side; a guest sees
# nothing of the host but its socket.
set -uo pipefail
here=$(dirname "$(readlink -f "$0")")
# shellcheck source=tests/lab/check.sh
. "$here/../lab/check.sh"

first=$LAB_DIR.a
second=$LAB_DIR.b

in_lab() { # LAB_DIR VERB...
	LAB_DIR=$1 "$CHECK_TOP/lab" "${@:2}"
}

anchor_of() {
	cut -d ' ' -f 1 "$1/anchor"
}

id_of() {
	sed -n 's/^LAB_ID=//p' "$1/lab"
}

# What of the lab in $1 (its id is $2, its pid namespace $3) there is in this host.
traces() {
	local process
	grep -F "$1" /proc/self/mountinfo
	grep -F "@$2" /proc/net/unix
	for process in /proc/[0-9]*; do
		# A dead one that waits for the host's init to look is not the lab's any more.
		! grep -q ') Z ' "$process/stat" 2>/dev/null || continue
		[ "$(readlink "$process/ns/pid" 2>/dev/null)" != "${3:?}" ] || echo "$process"
		tr '\0' ' ' 2>/dev/null <"$process/cmdline" | grep -F "$1" | grep -v -F lifecycle
	done
	ls -d "$1" 2>/dev/null
}

no_traces() {
	found=$(traces "$@")
	[ -z "$found" ]
}

# A process that was just killed may take a moment more to be gone.
nothing_of() {
	wait_at_most 60 no_traces "$@" && return
	echo "after a minute: $found"
	return 1
}

# down_is_clean SENTENCE COMMAND...: on a lab that is up, after the command.
down_is_clean() {
	local sentence=$1 id namespace
	shift
	in_lab "$first" up || die "$sentence: the lab does not come up"
	id=$(id_of "$first")
	namespace=$(readlink "/proc/$(anchor_of "$first")/ns/pid")
	"$@"
	in_lab "$first" down || die "$sentence: down fails"
	check "$sentence" nothing_of "$first" "$id" "$namespace"
}

# Kills a process of the lab as seen from here: every one whose command line holds the word.
kill_parts() {
	local word process namespace
	namespace=$(readlink "/proc/$(anchor_of "$first")/ns/mnt")
	for word in "$@"; do
		for process in $(pgrep -f -- "$word"); do
			[ "$(readlink "/proc/$process/ns/mnt")" != "$namespace" ] || kill -KILL "$process"
		done
	done
}

kill_anchor() {
	kill -KILL "$(anchor_of "$first")"
}

run_tools() {
	in_lab "$first" guest alpha ibnetdiscover >/dev/null
	in_lab "$first" native H3 sminfo >/dev/null
}

down_is_clean "down leaves nothing behind" run_tools
down_is_clean "down leaves nothing behind after ibsim was killed" kill_parts "ibsim -s"
down_is_clean "down leaves nothing behind after everything but the anchor was killed" \
	kill_parts "ibsim -s" opensm systemd-journald ibgated bwrap
down_is_clean "down leaves nothing behind after the anchor was killed" kill_anchor

leaves_no_directory() {
	! "$@" 2>/dev/null && [ ! -e "$first" ]
}
bad_policy=$(mktemp)
printf '[guest alpha]\naccess = everything\n' >"$bad_policy"
check "a policy with an error brings no lab up and leaves nothing behind" \
	leaves_no_directory in_lab "$first" up --policy "$bad_policy"
output=$(in_lab "$first" up --policy "$bad_policy" 2>&1)
check "and the error names file, line and key" grep -q "policy.conf:2: .*access" <<<"$output"
rm -f "$bad_policy"

# SIGKILL in the middle: `lab up` can do nothing any more, `lab down` finds what there is.
LAB_DIR=$first "$CHECK_TOP/lab" up --hosts 512 2>/dev/null &
up=$!
patiently test -s "$first/anchor"
kill -KILL "$up"
wait "$up" 2>/dev/null
namespace=$(readlink "/proc/$(anchor_of "$first")/ns/pid")
id=$(id_of "$first")
in_lab "$first" down
check "down leaves nothing behind of a lab whose up was killed" \
	nothing_of "$first" "$id" "$namespace"

# The same of a test that is killed, as meson does it when its time is over: nobody says `lab down`. (What is
# bound has pids of its own: it says itself what namespace its lab has.)
cat >"$LAB_DIR/killed.sh" <<-SCRIPT
	. $CHECK_TOP/tests/lab/check.sh
	lab_for_test up --hosts 2
	setsid sleep infinity &
	echo "\$(readlink "/proc/\$(cut -d ' ' -f 1 "\$LAB_DIR/anchor")/ns/pid")" >"\$LAB_DIR/namespace"
	lab guest alpha sleep infinity
SCRIPT
killed_says() {
	namespace=$(cat "$first"/killed.*/namespace) && [ -n "$namespace" ]
}
for signal in TERM KILL; do
	mkdir "$first"
	LAB_TEST_DIR=$first bash "$LAB_DIR/killed.sh" &
	killed=$!
	patiently killed_says
	id=$(id_of "$first"/killed.*)
	kill -"$signal" "$killed"
	wait "$killed" 2>/dev/null
	[ "$signal" = TERM ] || rm -rf "$first"/killed.* # nobody was left to do that
	wait_at_most 60 rmdir "$first"
	check "a test that ends by SIG$signal takes its lab along" nothing_of "$first" "$id" "$namespace"
done

trap 'in_lab "$first" down; in_lab "$second" down' EXIT
in_lab "$first" up --hosts 4 --guests one,two &
in_lab "$second" up --hosts 40 --guests three || die "the second lab does not come up"
wait "$!" || die "the first lab does not come up"
hosts_seen() {
	in_lab "$1" guest "$2" ibhosts | wc -l
}
check "a lab of 4 hosts beside another has 4 hosts" test "$(hosts_seen "$first" one)" = 4
check "a lab of 40 hosts beside another has 40 hosts" test "$(hosts_seen "$second" three)" = 40
check "a second up in the same place is refused" not_ok in_lab "$first" up
in_lab "$second" down
check "a lab goes on when its neighbour goes down" test "$(hosts_seen "$first" two)" = 4

guest() {
	in_lab "$first" guest one "$@"
}
check "a guest's exit status passes through" test "$(guest sh -c 'exit 7'; echo $?)" = 7
check "a guest reads the caller's input" test "$(echo word | guest cat)" = word
check "a guest sees no InfiniBand in /sys/class" test -z "$(guest ls /sys/class)"
check "a guest sees one socket in /run" test "$(guest find /run -type s)" = /run/ibgate/guest
check "a guest sees no abstract socket" test "$(guest sh -c 'grep -c @ /proc/net/unix')" = 0
check "a guest cannot write to the host's /usr" not_ok guest touch /usr/written
check "a guest sees only its own processes" test "$(guest sh -c 'ls -d /proc/[0-9]* | wc -l')" -lt 9
check "a guest cannot make a device node" not_ok guest mknod /tmp/disk b 254 0
check "a guest sees nothing of the lab's files" not_ok guest ls "$first"
printf '#!/bin/sh\necho "put and run $1"\n' >"$first/program"
in_lab "$first" put one "$first/program"
check "a program put into a guest runs there" test "$(guest program it)" = "put and run it"
check "and not in the other guest" not_ok in_lab "$first" guest two program

in_lab "$first" gateway kill
check "while the gateway is dead a tool fails" not_ok guest sminfo
in_lab "$first" gateway start
check "and works again when it is back" ok guest sminfo
in_lab "$first" gateway stop
explained() {
	in_lab "$first" journal -x -q -t ibgated | grep -c 'Defined-By: ibgate'
}
check "journalctl -x explains the gateway's records" test "$(explained)" -gt 0
check "a gateway that was stopped does not answer" not_ok in_lab "$first" gate status
in_lab "$first" gateway start
in_lab "$first" sm stop
check "without a subnet manager sminfo fails" not_ok guest sminfo -t 100
in_lab "$first" sm start
check "and works again with one" ok guest sminfo
check "the console answers" test "$(in_lab "$first" fabric 'Route 1 2' | tail -n 1 | cut -c 1-7)" = "To node"
check "a console command that ibsim refuses fails" not_ok in_lab "$first" fabric 'Unlink "H999"[1]'
check "so does one that there is not" not_ok in_lab "$first" fabric Bogus
check "a node that there is not is named" grep -q "no node 'H999'" <(in_lab "$first" native H999 true 2>&1)
in_lab "$first" fabric 'Unlink "H4"[1]' >/dev/null
check "an unlinked host is gone for the guest" test "$(hosts_seen "$first" one)" = 3
in_lab "$first" down

usage_of() {
	in_lab "$first" "$@" 2>/dev/null
	echo $?
}
check "a verb that there is not is an error of usage" test "$(usage_of frobnicate)" = 2
check "a net file needs the nodes' names" test "$(usage_of up --net /dev/null)" = 2
check "too many hosts are an error of usage" test "$(usage_of up --hosts 2049)" = 2

nets=/usr/share/doc/ibsim-utils/net-examples
if [ -d "$nets" ]; then
	in_lab "$first" up --net "$nets/net.2sw2path4hca" --sm Hca1 --gateway Hca2 ||
		die "ibsim's own example does not come up"
	check "a net file from elsewhere: its hosts are there" \
		test "$(in_lab "$first" guest alpha ibhosts | wc -l)" = 4
	in_lab "$first" down
fi
check_exit
