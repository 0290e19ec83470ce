# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# A gateway in a driver domain: beta has an ibgated of its own (over the port that dom0's gives it) and serves
# alpha, as docs/deploy.md says. dom0 is toolstack only; its own policy would let alpha see less. Part of
# suite.sh; with XEN_LONG=1 alone.
[ -n "${XEN_LONG:-}" ] || return 0

driver_policy() {
	printf '[gateway]\nport = ibsim0/1\n[guest alpha]\naccess = %s\n' "$1" |
		lab guest beta sh -c 'cat >/run/driver/policy'
}

# ibgated, ibgate, and what they are linked with but a libibumad: beta has its own.
driver_install() {
	# shellcheck disable=SC2016
	lab dom0 sh -c '
		cd "$(mktemp -d)" && cp "$1/ibgated" "$1/ibgate" . &&
		cp -L $(LD_TRACE_LOADED_OBJECTS=1 ./ibgated |
			sed -n "s,.*=> \(/[^ ]*\) .*,\1,p" | grep -v -e /libc.so -e /libibumad) . &&
		tar -cf - . && rm -rf "$PWD"' sh "$LAB_BUILD/mad-proxy" |
		lab guest beta sh -c 'mkdir -p /run/driver && tar -xf - -C /run/driver'
}

driver_start() {
	lab guest beta sh -c 'cd /run/driver && LD_LIBRARY_PATH=/usr/local/lib/ibgate:/run/driver \
		setsid ./ibgated -c policy --run /run/driver/run --state /run/driver/state \
		>>log 2>&1 </dev/null & echo $! >/run/driver/pid'
	eventually driver_gate status >/dev/null
}

driver_kill() {
	# shellcheck disable=SC2016
	lab guest beta sh -c 'kill -9 "$(cat /run/driver/pid)"'
}

driver_gate() {
	lab guest beta env LD_LIBRARY_PATH=/run/driver /run/driver/ibgate --run /run/driver/run "$@"
}

# Run in dom0, where no gateway is asked.
toolstack() {
	lab dom0 "$LAB_BUILD/mad-proxy/ibgate" "$@"
}

driver_output() {
	lab guest beta grep -q -- "$1" /run/driver/log
}

sees_the_fabric() {
	eventually lab guest alpha sh -c 'ibnetdiscover | grep -q "^Switch"'
}

has_no_port() {
	lab guest alpha sh -c '! smpquery -D nodeinfo 0 >/dev/null 2>&1'
}

# Asked of beta, not of dom0: it has to be beta that answers.
no_backend_of() {
	lab guest beta sh -c "xenstore-exists name && ! xenstore-exists backend/vib/$1"
}

# kernel_says_nothing dom0|guest NAME
kernel_says_nothing() {
	lab "$@" sh -c 'dmesg >/tmp/dmesg && ! grep -e "grant table" -e WARNING -e BUG /tmp/dmesg'
}

# What stands beside alpha's device.
driver_node() {
	lab dom0 xenstore-read "/local/domain/$(domain_of beta)/backend/vib/$(domain_of alpha)/0/$1"
}

check "beta has a gateway's programs" driver_install
driver_policy fabric
check "  ... and its gateway runs, on the port that beta is given" driver_start
check "  ... and knows that it may see nothing but its own devices" driver_output 'attach --backend'
quiet lab gate detach alpha
check "alpha has no port any more" eventually has_no_port
check "beta's own operator cannot attach, and is told who can" eval \
	'{ driver_gate attach alpha 2>&1 || true; } | grep -q -- --backend'
check "dom0 gives alpha a device of beta's" quiet toolstack attach --backend beta alpha
check "  ... which bears alpha's name" equal "$(driver_node domain)" alpha
check "  ... and alpha sees the fabric through two gateways" sees_the_fabric
check "  ... as beta's policy lets it" driver_output 'guest alpha: Sub.*allowed (.*policy:4, access)'

driver_policy port
check "beta's policy is another one: alpha sees its own port alone" eval \
	'quiet driver_gate reload && ! lab guest alpha sh -c "ibnetdiscover 2>&1 | grep -q ^Switch" &&
	 is_served alpha'
driver_policy fabric
quiet driver_gate reload

driver_kill
check "beta's gateway is killed and started: alpha sees the fabric" eval 'driver_start && sees_the_fabric'
check "  ... and alpha's kernel had nothing to say of it" kernel_says_nothing guest alpha
check "alpha's device is detached" eval \
	'toolstack detach --backend beta alpha | grep -q "1 device removed"'
check "  ... both ends are gone" lab dom0 sh -c \
	"! xenstore-exists /local/domain/$(domain_of alpha)/device/vib &&
	 ! xenstore-exists /local/domain/$(domain_of beta)/backend/vib/$(domain_of alpha)"
check "  ... and alpha has no port" eventually has_no_port

check "attached again, it has one" eval 'quiet toolstack attach --backend beta alpha && sees_the_fabric'
old=$(domain_of beta)
lab dom0 xl destroy beta
check "beta is destroyed: alpha has no port" eventually has_no_port
check "  ... and beta has died, for nobody holds its pages" eventually no_trace_of "$old"
check "made anew, it runs a gateway" eval \
	'guest_boot beta && is_served beta && driver_install && driver_policy fabric && driver_start'
check "  ... and what was left of alpha's device is replaced" eval \
	'toolstack attach --backend beta alpha | grep -q "device 0 of" && sees_the_fabric'

old=$(domain_of alpha)
lab dom0 xl destroy alpha
check "alpha is destroyed: beta removes what was its" eventually no_backend_of "$old"
check "  ... and it has died, for nobody holds its pages" eventually no_trace_of "$old"
check "made anew, it is dom0's guest again" eval 'guest_boot alpha && is_served alpha'
quiet lab put alpha "$XEN_HOSTILE"
check "neither kernel had anything to say of it" eval \
	'kernel_says_nothing dom0 && kernel_says_nothing guest beta'
# shellcheck disable=SC2016
lab guest beta sh -c 'kill "$(cat /run/driver/pid)"'
