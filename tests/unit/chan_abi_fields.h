/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The offset of every field of the guest/host protocol: F(struct, field, offset, bytes), in order. The
 * kernel build asserts it, and docs/protocol.md is compared with it. A change here breaks every existing
 * front-end.
 */
#pragma once

/* clang-format off */
#define CHAN_ABI_FIELDS(F) \
	F(chan_ring_page, magic, 0, 4) \
	F(chan_ring_page, version, 4, 4) \
	F(chan_ring_page, slots, 8, 4) \
	F(chan_ring_page, slot_bytes, 12, 4) \
	F(chan_ring_page, pad, 16, 48) \
	F(chan_ring_page, to_host, 64, 128) \
	F(chan_ring_page, to_guest, 192, 128) \
	F(chan_ring_ctl, produced, 0, 4) \
	F(chan_ring_ctl, space_event, 4, 4) \
	F(chan_ring_ctl, producer_pad, 8, 56) \
	F(chan_ring_ctl, consumed, 64, 4) \
	F(chan_ring_ctl, data_event, 68, 4) \
	F(chan_ring_ctl, consumer_pad, 72, 56) \
	F(chan_slot, kind, 0, 1) \
	F(chan_slot, retries, 1, 1) \
	F(chan_slot, port, 2, 2) \
	F(chan_slot, client, 4, 2) \
	F(chan_slot, agent, 6, 2) \
	F(chan_slot, timeout_ms, 8, 4) \
	F(chan_slot, status, 12, 4) \
	F(chan_slot, cookie, 16, 8) \
	F(chan_slot, addr, 24, 40) \
	F(chan_slot, mad, 64, 256) \
	F(chan_addr, qpn, 0, 4) \
	F(chan_addr, qkey, 4, 4) \
	F(chan_addr, flow_label, 8, 4) \
	F(chan_addr, lid, 12, 2) \
	F(chan_addr, pkey_index, 14, 2) \
	F(chan_addr, sl, 16, 1) \
	F(chan_addr, path_bits, 17, 1) \
	F(chan_addr, grh_present, 18, 1) \
	F(chan_addr, gid_index, 19, 1) \
	F(chan_addr, hop_limit, 20, 1) \
	F(chan_addr, traffic_class, 21, 1) \
	F(chan_addr, reserved, 22, 2) \
	F(chan_addr, gid, 24, 16) \
	F(chan_hello, magic, 0, 4) \
	F(chan_hello, version_min, 4, 2) \
	F(chan_hello, version_max, 6, 2) \
	F(chan_hello, features, 8, 8) \
	F(chan_hello_reply, magic, 0, 4) \
	F(chan_hello_reply, version, 4, 2) \
	F(chan_hello_reply, ports, 6, 2) \
	F(chan_hello_reply, features, 8, 8) \
	F(chan_hello_reply, outstanding, 16, 4) \
	F(chan_hello_reply, reserved, 20, 4) \
	F(chan_port_info, ca_name, 0, 20) \
	F(chan_port_info, ca_type, 20, 40) \
	F(chan_port_info, fw_ver, 60, 20) \
	F(chan_port_info, hw_ver, 80, 20) \
	F(chan_port_info, link_layer, 100, 20) \
	F(chan_port_info, node_guid, 120, 8) \
	F(chan_port_info, system_guid, 128, 8) \
	F(chan_port_info, gid_prefix, 136, 8) \
	F(chan_port_info, port_guid, 144, 8) \
	F(chan_port_info, capmask, 152, 4) \
	F(chan_port_info, rate, 156, 4) \
	F(chan_port_info, base_lid, 160, 2) \
	F(chan_port_info, sm_lid, 162, 2) \
	F(chan_port_info, pkeys, 164, 2) \
	F(chan_port_info, node_type, 166, 1) \
	F(chan_port_info, ca_ports, 167, 1) \
	F(chan_port_info, port_num, 168, 1) \
	F(chan_port_info, lmc, 169, 1) \
	F(chan_port_info, sm_sl, 170, 1) \
	F(chan_port_info, state, 171, 1) \
	F(chan_port_info, phys_state, 172, 1) \
	F(chan_port_info, reserved, 173, 5) \
	F(chan_pkeys, first, 0, 2) \
	F(chan_pkeys, count, 2, 2) \
	F(chan_pkeys, total, 4, 2) \
	F(chan_pkeys, reserved, 6, 2) \
	F(chan_pkeys, pkey, 8, 240) \
	F(chan_register, method_mask, 0, 16) \
	F(chan_register, mgmt_class, 16, 1) \
	F(chan_register, mgmt_class_version, 17, 1) \
	F(chan_register, rmpp_version, 18, 1) \
	F(chan_register, oui, 19, 3) \
	F(chan_register, reserved, 22, 2) \
	F(chan_issm, on, 0, 4) \
	F(chan_issm, reserved, 4, 4) \
	F(chan_event, event, 0, 4) \
	F(chan_event, reserved, 4, 4) \
	F(chan_welcome, magic, 0, 4) \
	F(chan_welcome, version, 4, 4) \
	F(chan_welcome, slots, 8, 4) \
	F(chan_welcome, slot_bytes, 12, 4) \
	F(chan_welcome, map_bytes, 16, 4) \
	F(chan_welcome, reserved, 20, 12)
/* clang-format on */
