# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Guests of a Xen lab: PV domains from the same kernel, each with an initramfs, ibguestd, an agent,
# and an interface over which dom0 alone reaches it: 10.9.0.1 is dom0.
#
#   /etc/xen/NAME.cfg                    in dom0: its configuration, for xl create
#   /var/log/xen/console/guest-NAME.log  in dom0: what it says
#   /run/ibguestd.off                    in a guest: if it is there, no ibguestd is started again

# The guest's address: by its place among the guests, whatever its domain is called by now.
xen_guest_address() {
	local name number=10
	for name in $LAB_GUESTS; do
		if [ "$name" = "$1" ]; then
			echo "10.9.0.$number"
			return
		fi
		number=$((number + 1))
	done
	die "no guest '$1'"
}

# What a guest has besides its image: the build's programs, and the agent.
xen_guest_programs() {
	local tree file
	tree=$(mktemp -d)
	mkdir -p "$tree/usr/local/lib/ibgate" "$tree/lab"
	for file in $(guest_programs); do
		cp -L "$file" "$tree/usr/local/lib/ibgate"
	done
	cp "$LAB_BUILD/tests/lab/agent" "$tree/lab"
	(cd "$tree" && find . -mindepth 1 | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
	rm -rf "$tree"
}

xen_guest_configuration() {
	local name=$1 address uuid
	address=$(xen_guest_address "$name")
	uuid=$(sha256sum <<<"$LAB_ID $name" | sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/')
	cat <<-CFG
		name = "$name"
		uuid = "$uuid"
		type = "pv"
		kernel = "/run/boot/vmlinux"
		ramdisk = "/run/boot/ramdisk"
		extra = "console=hvc0 $XEN_KERNEL_QUICK lab.name=$name lab.address=$address"
		memory = $XEN_GUEST_MB
		vcpus = 1
		cpus = "$((XEN_CPUS - 1))"
		vif = [ "script=vif-lab,mac=00:16:3e:00:00:$(printf %02x "${address##*.}"),ip=$address" ]
		on_poweroff = "destroy"
		on_reboot = "restart"
		on_crash = "destroy"
	CFG
}

# All at once. In dom0.
xen_guests_start() {
	local name pids=() pid
	wait_until test -e /run/boot/vmlinux || die "the guests' kernel is missing in dom0"
	cp /lab/host/domu/*.cfg /etc/xen
	for name in $LAB_GUESTS; do
		xen_guest_start "$name" &
		pids+=("$!")
	done
	for pid in "${pids[@]}"; do
		wait "$pid" || exit 1
	done
}

# In dom0.
xen_guest_start() {
	local name=$1 log=$LAB_DIR/guests/$1.log
	xl create -q "/etc/xen/$name.cfg" >"$log" 2>&1 </dev/null ||
		die_log "$log" "guest $name is not created"
	/lab/agent call -w "$XEN_PATIENCE" "$(xen_guest_address "$name")" "$XEN_AGENT_PORT" true </dev/null ||
		die_log "/var/log/xen/console/guest-$name.log" "guest $name does not start"
}

# Until every guest that the policy names, and whose domain is there, has its device: a gateway that
# has just started is to be used by a guest at once, as on the other substrate. Not for ever: a guest
# may be paused, or a test's own. In dom0.
xen_guests_connect() {
	[ ! -x /lab/host/build/guest-umad/ibguestd ] || wait_at_most 8 xen_guests_connected ||
		note "not every guest's device is connected yet"
}

# Both ends of device 0: only then ibguestd has its session.
xen_guests_connected() {
	xenstore-ls -f /local/domain | awk -F '[/ =\"]+' '
		FILENAME != "-" { # the policy
			if ($0 ~ /^\[guest /) {
				gsub(/^\[guest |\].*$/, "")
				named[$0] = 1
			}
			next
		}
		/\/name = / { name[$4] = $6 }
		/^\/local\/domain\/[0-9]+\/device\/vib\/0\/state = "4"/ { front[$4] = 1 }
		/^\/local\/domain\/0\/backend\/vib\/[0-9]+\/0\/state = "4"/ { back[$7] = 1 }
		END { # of several domains of one name the gateway serves one
			for (domain in name)
				if (front[domain] && back[domain])
					served[name[domain]] = 1
			for (domain in name)
				if (named[name[domain]] && !served[name[domain]])
					exit 1
		}' "$LAB_DIR/policy.conf" -
}

# From outside, through dom0. Replaces this process.
xen_guest() {
	local address
	address=$(xen_guest_address "$1")
	shift
	xen_enter
	xen_call /lab/agent call -w "$XEN_PATIENCE" -C / -e "TERM=${TERM:-dumb}" \
		"$address" "$XEN_AGENT_PORT" "$@"
}

xen_guest_run() {
	local name=$1
	shift
	xen_guest "$name" ibgate-run -- "$@"
}

# Whole or not there, as install does it.
xen_put() {
	local name=$1 file
	shift
	for file; do
		(xen_guest "$name" sh -c 'cat >"$0.new" && chmod 755 "$0.new" && mv "$0.new" "$0"' \
			"/usr/local/bin/${file##*/}" <"$file") || exit
	done
}
