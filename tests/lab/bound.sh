# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What is started for a while ends with whoever started it, however that ends: a test's lab with the
# test, a test with the one that runs it, all of `./lab test` with `./lab test`. (A lab that a person
# brings up with `./lab up` is not bound to anybody.)

# bound COMMAND...: runs it, and all that it starts, in a pid namespace whose first process the kernel
# kills when this process dies. Returns its status.
#
# The chain: we -> unshare (dies with its parent) -> first process of the namespace (dies with unshare)
# -> the kernel kills the rest, nested namespaces too.
bound() {
	local how=(unshare --pid --fork --kill-child --mount --propagation unchanged)
	local proc='mount --make-rprivate /proc && mount -t proc proc /proc' pid status
	[ "$(id -u)" = 0 ] || how+=(--user --map-current-user)
	if ! "${how[@]}" sh -c "$proc" 2>/dev/null; then
		"$@" # where one may have no namespaces, no lab can be either
		return
	fi
	setpriv --pdeathsig KILL "${how[@]}" sh -c "$proc || exit"'; "$@"; exit' bound "$@" <&0 &
	pid=$!
	# unshare itself would wait for its child whatever it is told.
	# shellcheck disable=SC2064
	trap "kill -KILL $pid" HUP INT TERM
	wait "$pid"
	status=$?
	trap - HUP INT TERM
	wait "$pid" 2>/dev/null || true # a signal ends the first wait before its end
	return "$status"
}

# bound_self SCRIPT ARGUMENT...: starts the script once more, bound, and exits as it does; returns in that
# second one. The last thing that the first one does is LAB_BOUND_END.
LAB_BOUND_END=:
bound_self() {
	local status=0
	if [ -n "${LAB_BOUND:-}" ]; then
		unset LAB_BOUND # what is started from here binds itself
		return
	fi
	LAB_BOUND=1 bound bash "$@" || status=$?
	eval "$LAB_BOUND_END"
	exit "$status"
}
