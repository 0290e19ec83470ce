# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# MADs that alpha may send, as many as it can: what they put on the wire is bounded by what the gateway
# promises of their kind (the flooding program reads that from the gateway's headers), and beta gets right
# answers all the while. What is compared is what the gateway counts, again and again while the flood lasts; a
# slow machine only makes the bounds wider. Part of suite.sh.

SMP_CACHE_MS=2000

floods_policy() {
	cp "$LAB_DIR/policy.conf" "$CASE_SCRATCH/policy.before"
	cat >"$LAB_DIR/policy.conf" <<-POLICY
		[gateway]
		port = ibsim0/1
		smp-cache-ms = $SMP_CACHE_MS
		[guest alpha]
		access = fabric
		outstanding = 16
		[guest beta]
		access = fabric
	POLICY
	quiet gate reload
}

# Of alpha's MADs: sent; of these, again; requests that cost no more.
alphas_counters() {
	gate --json counters alpha | awk -F '[ ,":]+' '
		{ value[$2] = $3 }
		END { print value["sent"], value["retried"], value["answered"] + value["drop_late"] }'
}

# flood CASE BOUND: BOUND is an awk expression, which no look may exceed, over what grew by then (again,
# ended), the flood's time in ms (took), and what the case says of its kind.
flood() {
	local first status
	first=$(alphas_counters)
	echo "-q $1" >&"${session_in[FRONT]}"
	until read -r -t 0 -u "${session_out[FRONT]}"; do
		alphas_counters
	done >"$CASE_SCRATCH/flood"
	harm_end
	status=$?
	alphas_counters >>"$CASE_SCRATCH/flood"
	awk -v first="$first" '
		BEGIN { split(first, was) }
		FILENAME != ARGV[2] && /^at_a_time/ { at_a_time = $2; ms = $4; attempts = $6 }
		FILENAME != ARGV[2] && /^took/ { took = $2 }
		FILENAME != ARGV[2] { next }
		{
			sent = $1 - was[1]; again = $2 - was[2]; ended = $3 - was[3]
			bound = int('"$2"')
			shown = "    | sent " sent ", " again " of them again, " ended " ended: at most " bound " in " took " ms"
			if (sent > bound) { failed = 1; exit }
		}
		END { print shown; exit failed }' "$XEN_OUTPUT" "$CASE_SCRATCH/flood" || status=1
	[ "$status" = 0 ] || sed 's/^/    | /' "$XEN_OUTPUT"
	return "$status"
}

floods() {
	check "$(sentence_of "$1"): what is sent is bounded" flood "$@"
}

# A place is free when its request was answered, or when its time is over; an answer that nobody waits for is
# told to stop.
tables='(ended + at_a_time * (1 + int(took / ms))) * (attempts + 1)'

hostile_begin
floods_policy
fabric_begin beta
floods flood-collide "1 + again + took / $SMP_CACHE_MS"
floods flood-tables "$tables"
held=$(counter held alpha)
floods flood-one-way "$tables"
check "  ... for alpha was not read while its sends were on its account" \
	at_least "$(counter held alpha)" $((held + 1))
check "beta saw the whole fabric all the while, by SMPs and by the subnet administrator" fabric_end
cp "$CASE_SCRATCH/policy.before" "$LAB_DIR/policy.conf"
quiet gate reload
hostile_end unrecorded
