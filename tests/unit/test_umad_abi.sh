#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# test_umad_abi.sh STOCK OURS: our library has the SONAME, the dynamic symbols and the versions of the
# distribution's and of rdma-core 65, no more and no less, and needs nothing but libc.
set -eu

symbols() {
	objdump -T "$1" | awk '/IBUMAD_/ { sub(/\(/, "", $(NF - 1)); print $(NF - 1), $NF }' | sort
}

soname() {
	objdump -p "$1" | awk '$1 == "SONAME" { print $2 }'
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
symbols "$1" >"$work/stock"
symbols "$2" >"$work/ours"
grep -q umad_open_port "$work/stock"
sort -u "$work/stock" - >"$work/wanted" <<EOF
IBUMAD_1.3 IBUMAD_1.3
IBUMAD_1.3 umad_open_smi_port
IBUMAD_1.4 IBUMAD_1.4
IBUMAD_1.4 umad_get_smi_gsi_pair_by_ca_name
IBUMAD_1.4 umad_get_smi_gsi_pairs
EOF
diff -u "$work/wanted" "$work/ours"
[ "$(soname "$1")" = "$(soname "$2")" ]

exported=$(objdump -T "$2" | awk '$4 != "*UND*" && $3 != "*UND*" && /\.(text|data|bss|rodata)/' | grep -vc IBUMAD_ || :)
[ "$exported" = 0 ] || { echo "$exported symbols without a version" >&2; exit 1; }

objdump -p "$2" | awk '$1 == "NEEDED" { print $2 }' | while read -r needed; do
	case $needed in
	libc.so.* | ld-linux* | libasan.so.* | libubsan.so.*) ;;
	*) echo "needs $needed" >&2; exit 1 ;;
	esac
done
