# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What the lab says to a person.

lab_usage() {
	cat <<'TEXT'
./lab demo                                  shows each part once on one screen; exit status 0 on success
./lab test [--quick|--xen|NAME...]          all tests (quick: no fabric, no Xen; xen: only on real Xen), or
                                            the tests, scenarios or suites named
./lab up [--hosts N | --net FILE --sm NODE --gateway NODE] [--guests a,b] [--policy FILE]
         [--substrate local|xen]
./lab guest NAME CMD...                     CMD inside that guest; output and exit status pass through
./lab put NAME FILE...                      copies programs into that guest's /usr/local/bin
./lab dom0 CMD...                           CMD as root in dom0 (local: in the lab's namespaces)
./lab native NODE CMD...                    CMD on a simulated node attached straight to the fabric
./lab gate CMD...                           the control tool against this lab's gateway
./lab journal [journalctl arguments]        this lab's journal
./lab fabric 'CONSOLE COMMAND'              ibsim's console (Unlink, Relink, Error ...)
./lab sm stop|start                         the subnet manager
./lab gateway kill|stop|start               the gateway (kill: SIGKILL)
./lab down

LAB_DIR    where a lab keeps its state (default build/lab): one directory, one lab
LAB_BUILD  the build directory (default build/main)

For developers: LAB_KEEP=1 keeps a lab that failed to come up; LAB_ATTACH=stock attaches OpenSM
and native tools with ibsim's own preload; LAB_GATED_UNDER='valgrind ...' runs ibgated
under that command; LAB_NOBUILD=1 builds nothing; LAB_PROGRAMS is another build directory, from which a
local lab takes ibgated, ibgate and the guests' programs; LAB_FABRIC_LIB is the directory of another
libibumad for the fabric's nodes; LAB_PATIENCE is the time limit of one step in seconds (default 240). Xen:
LAB_IMAGES is the directory of the images (default build/xen), LAB_XEN_CPUS the number of processors that
QEMU emulates (default 2; 1 for a busy host).
TEXT
}

note() {
	printf 'lab: %s\n' "$*" >&2
}

die() {
	printf 'lab: %s\n' "$*" >&2
	exit 1
}

die_usage() {
	printf 'lab: %s (see ./lab help)\n' "$*" >&2
	exit 2
}

# counted NUMBER WORD [ENDING]: "1 host", "2 hosts".
counted() {
	[ "$1" = 1 ] && echo "$1 $2" || echo "$1 $2${3:-s}"
}

# What this machine cannot do, though nothing is wrong: tests skip by that status.
die_unable() {
	printf 'lab: %s\n' "$*" >&2
	exit 77
}

# die_log FILE WORDS...: with the end of a log that says why.
die_log() {
	local log=$1
	shift
	printf 'lab: %s\n' "$*" >&2
	if [ -s "$log" ]; then
		printf 'lab: the end of %s:\n' "$log" >&2
		tail -n 20 "$log" >&2
	fi
	exit 1
}
