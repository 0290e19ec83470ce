# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# Substrate xen: QEMU, without hardware virtualisation, boots Xen and a dom0 inside the lab's
# namespaces; everything that `inside` means on the local substrate is in dom0 then, with the same
# scripts and the same paths.
#
#   LAB_DIR/xen/console   what Xen and dom0 say
#   LAB_DIR/xen/qemu.log  what QEMU says
#   LAB_DIR/xen/share/    what dom0 sees at /lab/host, read-only: the source tree, the build
#                         directory, LAB_DIR, the images, the directory of the net file, the guests'
#                         programs
#
# In dom0 LAB_DIR is a tmpfs, where only settings, policy and net file are this host's. Commands
# travel by the agent (agent.c), over the port that QEMU forwards on the lab's own loopback.

XEN_AGENT_PORT=7700
XEN_DOM0_MB=1024
XEN_GUEST_MB=256
# Two emulated processors, one for dom0 and the other for all guests: no domain has two, or on a
# machine that has other work most of the time would go into waiting for its other processor.
XEN_CPUS=${LAB_XEN_CPUS:-2}
# What a kernel need not do before it is useful here.
XEN_KERNEL_QUICK="mitigations=off cryptomgr.notests rodata=off loglevel=5 lsm= audit=0"
XEN_KERNEL_QUICK="$XEN_KERNEL_QUICK random.trust_cpu=on initcall_blacklist=crypto_kdf108_init"
# What an agent may take to answer: its machine may have to boot first.
XEN_PATIENCE=$((4 * LAB_PATIENCE))

xen_check() {
	[ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ] ||
		die_unable "the Xen lab is made of Debian's packages for amd64, on such a host"
	(setup_packages xen) || die_unable "the packages for the Xen lab cannot be installed"
	xen_images_check
}

xen_settings() {
	[ -x "$LAB_BUILD/tests/lab/agent" ] || die "no agent in $LAB_BUILD/tests/lab"
	grep -q libxenstore "$LAB_BUILD/mad-proxy/ibgated" || die "$LAB_BUILD is built without Xen (meson's option xen)"
	if [ -n "$net" ]; then
		state_set LAB_NET_HERE "$LAB_NET"
		state_set LAB_NET "/lab/host/net/${LAB_NET##*/}"
	fi
	xen_images
	state_set LAB_XEN_IMAGES "$LAB_XEN_IMAGES"
}

# Inside the anchor, as the first thing there.
xen_up() {
	mkdir -p "$LAB_DIR/xen/share"
	ip link set lo up
	xen_share
	xen_boot
	xen_call -C / bash -c "$(declare -f xen_dom0_paths)"'; set -e; xen_dom0_paths "$@"' \
		paths "$LAB_SRC" "$LAB_BUILD" "$LAB_DIR" </dev/null || die "dom0 cannot be set up"
	xen_inside lab_services </dev/null || {
		service_pid qemu >/dev/null || die_log "$LAB_DIR/xen/console" "QEMU ended"
		exit 1
	}
}

# Bind mounts, so that one share holds everything and nothing else.
xen_share() {
	local share=$LAB_DIR/xen/share name
	mkdir -p "$share"/{src,build,lab,images,net,domu}
	mount --bind "$LAB_SRC" "$share/src"
	mount --bind "$LAB_BUILD" "$share/build"
	mount --bind "$LAB_DIR" "$share/lab"
	mount --bind "$LAB_XEN_IMAGES" "$share/images"
	[ -z "${LAB_NET_HERE:-}" ] || mount --bind "$(dirname "$LAB_NET_HERE")" "$share/net"
	xen_guest_programs >"$share/domu/programs.cpio"
	for name in $LAB_GUESTS; do
		xen_guest_configuration "$name" >"$share/domu/$name.cfg"
	done
}

xen_boot() {
	local dir=$LAB_DIR/xen guests memory pin=
	[ "$XEN_CPUS" = 1 ] || pin=dom0_vcpus_pin
	guests=$(wc -w <<<"$LAB_GUESTS")
	memory=$((XEN_DOM0_MB + 512 + XEN_GUEST_MB * guests))
	[ "$memory" -gt 3072 ] || memory=3072
	# -cpu qemu64 and nothing else. No memory is scrubbed, so that QEMU does not need all of it.
	service_start qemu qemu-system-x86_64 -name "$LAB_ID" -accel tcg,thread=multi,tb-size=512 \
		-cpu qemu64 -smp "$XEN_CPUS" -m "$memory" -nographic -nodefaults -no-reboot \
		-kernel "$LAB_XEN_IMAGES/xen" \
		-append "com1=115200,8n1 console=com1 dom0_mem=${XEN_DOM0_MB}M,max:${XEN_DOM0_MB}M dom0_max_vcpus=1 $pin noreboot=0 loglvl=info guest_loglvl=info bootscrub=0" \
		-initrd "$LAB_XEN_IMAGES/vmlinux console=hvc0 earlyprintk=xen panic=-1 net.ifnames=0 $XEN_KERNEL_QUICK,$LAB_XEN_IMAGES/dom0.cpio" \
		-serial "file:$dir/console" -monitor none \
		-fsdev "local,id=lab,path=$dir/share,security_model=none,readonly=on,multidevs=remap" \
		-device virtio-9p-pci,fsdev=lab,mount_tag=lab \
		-netdev "user,id=n0,restrict=on,hostfwd=tcp:127.0.0.1:$XEN_AGENT_PORT-10.0.2.15:$XEN_AGENT_PORT" \
		-device virtio-net-pci,netdev=n0,romfile= >"$dir/qemu.log" 2>&1 </dev/null
	wait_until xen_answers_or_dead
	if ! service_pid qemu >/dev/null; then
		cat "$dir/qemu.log" >>"$dir/console"
		die_log "$dir/console" "QEMU ended"
	fi
	xen_answers || die_log "$dir/console" "dom0 does not start within $XEN_PATIENCE s"
}

xen_answers() {
	"$LAB_BUILD/tests/lab/agent" call -w 2 127.0.0.1 "$XEN_AGENT_PORT" true </dev/null
}

xen_answers_or_dead() {
	xen_answers || not service_pid qemu
}

# In dom0, before anything of the lab's is there: SRC BUILD DIR as on the host.
xen_dom0_paths() {
	local name
	for name in src build; do
		mkdir -p "$1"
		mount --bind "/lab/host/$name" "$1"
		shift
	done
	mkdir -p "$1"
	mount -t tmpfs -o mode=755 lab "$1"
	for name in lab policy.conf net; do
		ln -s "/lab/host/lab/$name" "$1/$name"
	done
	mkdir -p "$1"/pid "$1"/guests "$1"/run
	# What runs often runs from memory.
	mkdir -p /lab/src/tests /lab/src/mad-proxy /lab/build
	cp /lab/host/src/lab /lab/src
	cp -r /lab/host/src/tests/lab /lab/src/tests
	cp -r /lab/host/src/mad-proxy/data /lab/src/mad-proxy
}

# The programs of the build that dom0 runs, in memory; new ones after a rebuild. In dom0.
xen_programs() {
	(cd /lab/host/build && cp -u -L --parents --remove-destination \
		mad-proxy/ibgated mad-proxy/ibgate tests/fabric/libibumad.so.3 "$LAB_BUILD")
}

# xen_call AGENT-OPTION... COMMAND...: in dom0, as its root. Replaces nothing.
xen_call() {
	local options=()
	while [[ ${1:-} == -* ]]; do
		options+=("$1" "$2")
		shift 2
	done
	${XEN_ENTER:-} "$LAB_BUILD/tests/lab/agent" call -r -w "$XEN_PATIENCE" "${options[@]}" \
		127.0.0.1 "$XEN_AGENT_PORT" "$@"
}

# From outside: by way of the lab's network.
xen_enter() {
	local pid
	pid=$(anchor_pid) || die "no lab is up in $LAB_DIR (./lab up)"
	XEN_ENTER="exec nsenter -t $pid -n --"
}

# Like xen_call, with the caller's settings for the lab and its tools.
xen_call_settings() {
	local name settings=()
	for name in $(compgen -e | grep -E '^(LAB|SIM|IBSIM|IBGATE|OSM)_|^TERM$'); do
		case $name in
		LAB_BUILD | LAB_SRC) ;;
		*) settings+=(-e "$name=${!name}") ;;
		esac
	done
	xen_call -C "$PWD" "${settings[@]}" -e LAB_BUILD=/lab/build -e LAB_SRC=/lab/src "$@"
}

# A function of these scripts in dom0.
xen_inside() {
	xen_call_settings bash /lab/src/lab --inside "$@"
}

xen_dom0() {
	xen_enter
	xen_call -C "$PWD" -e "LAB_BUILD=$LAB_BUILD" -e "LAB_DIR=$LAB_DIR" -e "TERM=${TERM:-dumb}" "$@"
}

# The verbs that are called most do without these scripts in dom0: reading them takes a second there.

xen_gate() {
	xen_enter
	xen_call -C "$PWD" /lab/build/mad-proxy/ibgate --run /run/ibgate "$@"
}

# As native_run in fabric.sh.
xen_native() {
	local node=$1
	shift
	[ -z "${LAB_ATTACH:-}" ] || inside native_run "$node" "$@"
	xen_enter
	# shellcheck disable=SC2016
	xen_call_settings -e "LD_LIBRARY_PATH=${LAB_FABRIC_LIB:-/lab/build/tests/fabric}" \
		-e "IBSIM_SOCKNAME=$LAB_ID" -e "SIM_HOST=$node" sh -c 'trap : INT TERM
			{ "$@" 2>&3 3>&-; } 3>&2 2>/dev/null
			status=$?
			[ "$status" -le 128 ] ||
				LD_LIBRARY_PATH= bash /lab/src/lab --inside fabric_free_dead_clients
			exit "$status"' sh "$@"
}
