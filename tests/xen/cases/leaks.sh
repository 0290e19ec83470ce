# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# shellcheck shell=bash
# What is left of connections that came and went (sixteen; two hundred with XEN_LONG=1), half of them without
# a close: grants, event channels, xenstore nodes, descriptors, memory. Part of suite.sh.

cycles=8
[ -z "${XEN_LONG:-}" ] || cycles=100

store_nodes() {
	lab dom0 xenstore-ls | wc -l
}

store_memory() {
	at_most "${now[store]}" $((before[store] + XEN_RSS_SLACK_KIB))
}

hostile_begin
nodes_before=$(store_nodes)
grants_before=$(grants_held alpha)
check "$cycles connections come and go" harmless cycles "$cycles"
check "$cycles more, every other one without a close" harmless rude-cycles "$cycles"
check "  ... descriptors, mappings, event channels and nodes are what they were" as_before all
check "  ... so are all of xenstore's nodes (from $nodes_before)" equal "$(store_nodes)" "$nodes_before"
check "  ... and the grants that the hypervisor knows (from $grants_before)" \
	equal "$(grants_held alpha)" "$grants_before"
check "  ... and xenstored's memory (from ${before[store]} KiB)" store_memory
hostile_end unrecorded
