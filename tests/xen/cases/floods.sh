# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# MADs that alpha may send, as many as it can: what they put on the wire is bounded by alpha's quota, and beta
# gets right answers all the while. What is compared is what the gateway counts; a slow machine only makes
# the bounds wider. Part of suite.sh.

ALPHAS_QUOTA=16
# Sends a second: one that costs the subnet administrator a table is on alpha's account for a second at least;
# requests that are the same are one send until its answer is forgotten.
TABLE_RATE=$ALPHAS_QUOTA
MERGED_RATE=4

floods_policy() {
	printf '[gateway]\nport = %s\n[guest alpha]\naccess = %s\n%s\n[guest beta]\naccess = fabric\n' \
		ibsim0/1 "$1" "${2:-}" >"$LAB_DIR/policy.conf"
	quiet gate reload
}

# sends_at_most RATE CASE: alpha's sends on the wire are no more than RATE a second.
sends_at_most() {
	local before sent took
	before=$(counter sent alpha)
	harmless -q "$2" || return 1
	sent=$(($(counter sent alpha) - before))
	took=$(sed -n 's/^took \([0-9]*\) ms$/\1/p' "$XEN_OUTPUT")
	echo "    | $(grep '^put' "$XEN_OUTPUT"), sent $sent in $took ms"
	at_most "$sent" $(($1 * (took / 1000 + 2)))
}

flood() {
	check "$(sentence_of "$2"): alpha's quota bounds what is sent" sends_at_most "$@"
}

hostile_begin
floods_policy fabric "outstanding = $ALPHAS_QUOTA"
fabric_begin beta
flood "$MERGED_RATE" flood-gid
flood "$MERGED_RATE" flood-collide
flood "$TABLE_RATE" flood-tables
held=$(counter held alpha)
flood "$TABLE_RATE" flood-one-way
check "  ... for alpha was not read while its sends were on its account" \
	at_least "$(counter held alpha)" $((held + 1))
check "beta saw the whole fabric all the while, by SMPs and by the subnet administrator" fabric_end
floods_policy port
hostile_end unrecorded
