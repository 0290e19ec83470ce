# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Which domain is which guest, under a toolstack that lets two domains have one name (xl does not: names are
# written by hand here). Every order of names and restarts: tests/unit/test_io_xen_identity.c. Part of suite.sh.

rename_to() {
	lab dom0 xenstore-write "/local/domain/$1/name" "$2"
}

# domains_of GUEST: those of its devices, "5 7".
domains_of() {
	gate --json guests | awk -v guest="\"$1\"," '
		$1 == "\"guest\":" { ours = $2 == guest }
		ours && $1 == "\"domid\":" { sub(/,$/, "", $2); list = list sep $2; sep = " " }
		END { print list }'
}

domains_are() {
	[ "$(domains_of "$1")" = "$2" ]
}

# is_domain GUEST DOMID: it alone.
is_domain() {
	eventually domains_are "$1" "$2" || {
		echo "    | guest $1 is domain $(domains_of "$1")"
		return 1
	}
}

policy_names_beta() {
	printf '[gateway]\nport = %s\n[guest alpha]\naccess = port\n[guest %s]\naccess = %s\n' \
		ibsim0/1 "$1" "$2" >"$LAB_DIR/policy.conf"
	quiet gate reload
}

alpha=$(domain_of alpha) beta=$(domain_of beta)
uuid=$(lab dom0 xenstore-read "/local/domain/$beta/vm")
uuid=${uuid#/vm/}

check "no guest may write its own name" eval \
	'! lab guest alpha xenstore-write name "$uuid" 2>/dev/null &&
	 ! lab guest alpha xenstore-write "/local/domain/$alpha/vm" "/vm/$uuid" 2>/dev/null'
check "beta is known by its UUID" eval 'policy_names_beta "$uuid" admin && is_domain "$uuid" "$beta"'
rename_to "$alpha" "$uuid"
# When xenstore's thread has made this, it has told of the name.
check "a domain that is named like that UUID is not that guest" eval \
	'quiet gate attach "$beta" --handle 9 && is_domain "$uuid" "$beta $beta" && is_domain alpha "$alpha"'
device_remove "$beta" 9
rename_to "$alpha" alpha
check "beta is known by its name again" eval 'policy_names_beta beta fabric && is_domain beta "$beta"'

rename_to "$beta" alpha
check "a second domain of alpha's name loses its device" is_domain beta ''
check "  ... and alpha stays alpha" is_domain alpha "$alpha"
check "  ... the journal says why" eventually journal_has IBGATE_GUEST=alpha IBGATE_VERDICT=refuse \
	'IBGATE_REASON=another domain is served as this guest'
lab gateway kill
lab gateway start
check "  ... nor does a killed gateway change that" is_domain alpha "$alpha"
rename_to "$beta" beta
check "each under its own name, each is the guest that it was" eval \
	'is_domain alpha "$alpha" && is_domain beta "$beta" && is_served alpha && is_served beta'
