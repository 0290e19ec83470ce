# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# The images of a Xen lab: hypervisor, kernel, and an initramfs each for dom0 and the guests, made of
# Debian packages as tests/lab/xen/tree says. Packages are unpacked, never installed: no maintainer
# script runs. Programs of ibgate's build are not in them, so a rebuild makes no new images.
#
#   XEN_CACHE/debs/       packages, as downloaded
#   XEN_CACHE/KEY/        images: xen vmlinux dom0.cpio domu.cpio; whole or not there
#   XEN_CACHE/work.PID/   being made
#
# KEY names the recipe (these scripts) and the versions of all packages.

XEN_CACHE=${LAB_IMAGES:-$LAB_SRC/build/xen}
XEN_CACHE_KEEP=3
XEN_KEY=''

# Sets XEN_KEY and XEN_PACKAGES: what the images are to be made of, or those that there are.
xen_images_check() {
	local recipe
	recipe=$(cat "$LAB_SRC"/tests/lab/xen_images.sh "$LAB_SRC"/tests/lab/xen/* | sha256sum | cut -c 1-12)
	if XEN_PACKAGES=$(xen_packages); then
		XEN_KEY=$recipe-$(sha256sum <<<"$XEN_PACKAGES" | cut -c 1-12)
	else
		XEN_KEY=$(cd "$XEN_CACHE" 2>/dev/null && ls -d -t "$recipe"-* 2>/dev/null | head -n 1) || true
		[ -n "$XEN_KEY" ] || die_unable "apt has no package lists, and the Xen lab's images need packages"
		note "apt has no package lists: using the images that exist"
	fi
}

# Sets LAB_XEN_IMAGES, made when they are not there.
xen_images() {
	local key packages lock
	[ -n "$XEN_KEY" ] || xen_images_check
	key=$XEN_KEY packages=$XEN_PACKAGES
	mkdir -p "$XEN_CACHE/debs"
	if [ ! -d "$XEN_CACHE/$key" ]; then
		exec {lock}>"$XEN_CACHE/lock"
		flock "$lock" # of two labs that start at once, one makes them
		[ -d "$XEN_CACHE/$key" ] || xen_images_make "$XEN_CACHE/$key" "$packages" || exit 1
		exec {lock}>&-
	fi
	touch "$XEN_CACHE/$key"
	LAB_XEN_IMAGES=$XEN_CACHE/$key
}

# The packages with the versions that apt would install: "URI FILE SIZE HASH" lines, sorted.
xen_packages() {
	local names kernel tries
	for tries in 1 2; do
		kernel=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ && !n++ { print $2 }')
		names=$(awk -F '\t+' '$1 == "both" || $1 == "dom0" { print $2 } $1 == "from" { print $2 }' \
			"$LAB_SRC/tests/lab/xen/tree")
		# shellcheck disable=SC2086
		if [ -n "$kernel" ] && apt-get -qq download --print-uris $kernel $names 2>/dev/null |
			LC_ALL=C sort -u | grep .; then
			return 0
		fi
		[ "$tries" = 2 ] || setup_apt update >/dev/null 2>&1 || return 1
	done
	return 1
}

# xen_images_make DIR PACKAGES
xen_images_make() {
	local dir=$1 packages=$2 work=$XEN_CACHE/work.$$ log=$XEN_CACHE/work.$$.log begun=$SECONDS
	note "making the images of the Xen lab (once)"
	rm -rf "$XEN_CACHE"/work.*
	mkdir -p "$work"/{root,lists,both,dom0,out}
	xen_images_steps </dev/null >"$log" 2>&1 & # (in a condition, `set -e` would be off)
	if ! wait "$!"; then
		die_log "$log" "making the images of the Xen lab failed"
	fi
	mv "$work/out" "$dir"
	rm -rf "$work" "$log"
	# shellcheck disable=SC2012
	ls -d -t "$XEN_CACHE"/*-* | tail -n "+$((XEN_CACHE_KEEP + 1))" | xargs -r rm -rf
	note "made in $((SECONDS - begun)) s"
}

xen_images_steps() {
	set -e
	xen_debs "$packages"
	xen_root
	kver=$(ls "$work/root/usr/lib/modules")
	xen_kernels
	xen_skeleton "$work/both"
	xen_skeleton "$work/dom0"
	xen_tree both
	xen_tree dom0
	xen_modules
	xen_busybox
	xen_own_files
	cp -a --reflink=auto "$work/both" "$work/domu"
	install -m 755 "$LAB_SRC"/tests/lab/xen/domu.* "$work/domu/etc/lab"
	xen_machine "$work/domu" domu
	cp -a "$work/dom0/." "$work/both"
	install -m 755 "$LAB_SRC"/tests/lab/xen/dom0.* "$work/both/etc/lab"
	xen_machine "$work/both" dom0
	xen_cpio "$work/domu" >"$work/out/domu.cpio"
	xen_cpio "$work/both" >"$work/out/dom0.cpio"
}

# xen_debs PACKAGES: what is not there yet is downloaded; work/debs lists the files.
xen_debs() {
	local new=$work/new file names=()
	mkdir -p "$new"
	awk '{ print $2 }' <<<"$1" >"$work/debs"
	while read -r file; do
		[ -e "$XEN_CACHE/debs/$file" ] || names+=("${file%%_*}")
	done <"$work/debs"
	if [ "${#names[@]}" -gt 0 ]; then
		(cd "$new" && apt-get -q -o APT::Sandbox::User=root download "${names[@]}")
		mv "$new"/*.deb "$XEN_CACHE/debs"
	fi
}

# Every package unpacked into one tree, and what each holds.
xen_root() {
	local root=$work/root dir file
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
	for dir in bin sbin lib lib64; do
		ln -s "usr/$dir" "$root/$dir"
	done
	while read -r file; do
		dpkg-deb --fsys-tarfile "$XEN_CACHE/debs/$file" |
			tar -x -C "$root" --keep-directory-symlink --exclude=./usr/share/doc \
				--exclude=./usr/share/man --exclude='./usr/share/locale' \
				--exclude='./usr/lib/x86_64-linux-gnu/gconv' \
				--exclude='./usr/share/perl/*/unicore'
		dpkg-deb --fsys-tarfile "$XEN_CACHE/debs/$file" | tar -t |
			sed -E 's,^\./,,; s,^(bin|sbin|lib|lib64)/,usr/\1/,; /\/$/d' >"$work/lists/${file%%_*}"
	done <"$work/debs"
}

# The hypervisor, unpacked, and the kernel: Debian's bzImage holds an xz of the ELF file, at an
# offset that its header tells (Documentation/x86/boot.rst), four bytes of size behind it. Nothing
# is left to unpack under TCG.
xen_kernels() {
	local bzimage=$work/root/boot/vmlinuz-$kver setup offset length
	gzip -dc "$work"/root/boot/xen-4.17-amd64.gz >"$work/out/xen"
	setup=$(od -An -tu1 -j $((0x1f1)) -N 1 "$bzimage")
	offset=$(od -An -tu4 -j $((0x248)) -N 4 "$bzimage")
	length=$(od -An -tu4 -j $((0x24c)) -N 4 "$bzimage")
	tail -c +$(((setup + 1) * 512 + offset + 1)) "$bzimage" | head -c $((length - 4)) |
		xz -dc >"$work/out/vmlinux"
	[ "$(head -c 4 "$work/out/vmlinux")" = $'\x7fELF' ]
}

xen_skeleton() {
	local dir
	mkdir -p "$1"/usr/{bin,sbin,lib/x86_64-linux-gnu,lib64,local/bin,local/sbin,local/lib/ibgate} \
		"$1"/{dev,proc,sys,run,tmp,root,mnt,lab/host,etc/lab,var/cache,var/tmp,var/lib,var/log}
	for dir in bin sbin lib lib64; do
		[ -e "$1/$dir" ] || ln -s "usr/$dir" "$1/$dir"
	done
}

# xen_tree IMAGE: the files of its rows, and the libraries they need.
xen_tree() {
	local image=$1 to=$work/$1 row package files
	while IFS=$'\t' read -r row package files; do
		[ "$row" = "$image" ] || continue
		# shellcheck disable=SC2086
		xen_copy "$package" $files
	done < <(sed -E 's/\t+/\t/g; /^#/d' "$LAB_SRC/tests/lab/xen/tree")
	xen_libraries
}

# xen_copy PACKAGE PATTERN...: a pattern that matches nothing is an error.
xen_copy() {
	local package=$1 pattern file found
	shift
	for pattern; do
		found=
		while read -r file; do
			# shellcheck disable=SC2053
			[[ $file == $pattern || $file == $pattern/* ]] || continue
			found=1
			[ -e "$work/root/$file" ] || continue # a link into another package
			mkdir -p "$to/$(dirname "$file")"
			cp -a "$work/root/$file" "$to/$file"
			[ ! -L "$work/root/$file" ] || [ -d "$work/root/$file" ] ||
				cp -L --remove-destination "$work/root/$file" "$to/$file"
		done <"$work/lists/$package"
		[ -n "$found" ] || {
			echo "$package holds no $pattern"
			return 1
		}
	done
}

xen_libraries() {
	local libraries=$work/root/usr/lib/x86_64-linux-gnu path file
	path=$libraries/systemd:$libraries
	find "$to" -type f \( -perm /111 -o -name '*.so*' \) ! -name '*.ko' | while read -r file; do
		[ "$(head -c 4 "$file" | tr -d '\0')" = $'\x7fELF' ] || continue
		"$work/root/usr/lib64/ld-linux-x86-64.so.2" --library-path "$path" --list "$file" 2>&1
	done | sort -u >"$work/needed.$image"
	! grep -E 'not found|error while' "$work/needed.$image" || return 1
	sed -n "s,.*=> $work/root/\([^ ]*\) .*,\1,p" "$work/needed.$image" | sort -u |
		while read -r file; do
			[ -e "$work/both/$file" ] || [ -e "$to/$file" ] || {
				mkdir -p "$to/$(dirname "$file")"
				cp -L "$work/root/$file" "$to/$file"
			}
		done
	# Nothing from this host slips in.
	sed -n 's/.*=> \([^ ]*\) .*/\1/p' "$work/needed.$image" | grep -v -F "$work/root/" && return 1
	[ "$image" != both ] || cp -L "$work/root/usr/lib64/ld-linux-x86-64.so.2" "$to/usr/lib64"
}

# Of the kernel's modules those that the tree names, with what they need.
xen_modules() {
	local row image names name to
	depmod -b "$work/root" "$kver"
	while IFS=$'\t' read -r row image names; do
		[ "$row" = modules ] || continue
		to=$work/$image
		for name in $names; do
			grep -E "(^|/)${name//[-_]/[-_]}\.ko:" "$work/root/usr/lib/modules/$kver/modules.dep" || {
				echo "the kernel has no module $name" >&2
				return 1
			}
		done | tr -d : | tr ' ' '\n' | sort -u | while read -r name; do
			mkdir -p "$to/usr/lib/modules/$kver/$(dirname "$name")"
			cp "$work/root/usr/lib/modules/$kver/$name" "$to/usr/lib/modules/$kver/$name"
		done
	done < <(sed -E 's/\t+/\t/g; /^#/d' "$LAB_SRC/tests/lab/xen/tree")
	cp "$work/root/usr/lib/modules/$kver"/modules.{order,builtin,builtin.modinfo} \
		"$work/both/usr/lib/modules/$kver"
}

# Busybox's programs where there is no other of that name.
xen_busybox() {
	local applet
	"$work/both/usr/bin/busybox" --list-full | sed -E 's,^(s?bin)/,usr/\1/,' | while read -r applet; do
		[ -e "$work/both/$applet" ] || [ -e "$work/both/${applet/sbin/bin}" ] ||
			[ -e "$work/both/${applet/\/bin//sbin}" ] ||
			ln -s /usr/bin/busybox "$work/both/$applet"
	done
	ln -sf dash "$work/both/usr/bin/sh"
	ln -sf mawk "$work/both/usr/bin/awk"
}

xen_own_files() {
	local etc=$work/both/etc
	printf '%s\n' root:x:0:0:root:/root:/bin/bash nobody:x:65534:65534::/nonexistent:/bin/false >"$etc/passwd"
	printf '%s\n' root:x:0: systemd-journal:x:999: nogroup:x:65534: >"$etc/group"
	printf '%s\n' 'passwd: files' 'group: files' 'hosts: files' >"$etc/nsswitch.conf"
	echo '127.0.0.1 localhost' >"$etc/hosts"
	install -m 755 "$LAB_SRC/tests/lab/xen/machine.sh" "$etc/lab"
	ln -s xen-4.17 "$work/dom0/usr/lib/xen"
	mkdir -p "$work"/dom0/{etc/xen/scripts,var/lib/xen,var/lib/xenstored,var/log/xen/console} \
		"$work"/dom0/{var/lib/systemd/catalog,usr/lib/xen-4.17/bin}
	echo 'autoballoon="off"' >"$work/dom0/etc/xen/xl.conf"
	install -m 755 "$LAB_SRC/tests/lab/xen/vif" "$work/dom0/etc/xen/scripts/vif-lab"
}

# xen_machine TREE WHICH: modules and init.
xen_machine() {
	local file
	depmod -b "$1" "$kver"
	for file in "$1/etc/lab/$2".*; do
		mv "$file" "${file/$2./}"
	done
	mv "$1/etc/lab/inittab" "$1/etc/inittab"
	ln -sf /usr/bin/busybox "$1/init"
}

xen_cpio() {
	(cd "$1" && find . | LC_ALL=C sort | cpio --quiet -o -H newc -R 0:0)
}
