/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "wire_vectors.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "wire/class_port_info.h"
#include "wire/cm_message.h"
#include "wire/guid_info.h"
#include "wire/inform_info.h"
#include "wire/mad_header.h"
#include "wire/mcmember.h"
#include "wire/node_info.h"
#include "wire/notice.h"
#include "wire/path_record.h"
#include "wire/pkey_table.h"
#include "wire/port_info.h"
#include "wire/rdma_cm.h"
#include "wire/rmpp.h"
#include "wire/sa.h"
#include "wire/sdp.h"
#include "wire/service_record.h"
#include "wire/sidr.h"
#include "wire/sm_info.h"

const struct wire_layout *const wire_all_layouts[] = {
	&wire_class_port_info_layout,
	&wire_cm_apr_layout,
	&wire_cm_drep_layout,
	&wire_cm_dreq_layout,
	&wire_cm_lap_layout,
	&wire_cm_mra_layout,
	&wire_cm_path_layout,
	&wire_cm_rej_layout,
	&wire_cm_rep_layout,
	&wire_cm_req_layout,
	&wire_cm_rtu_layout,
	&wire_guid_info_layout,
	&wire_guid_info_record_layout,
	&wire_inform_info_layout,
	&wire_inform_info_record_layout,
	&wire_mad_header_layout,
	&wire_mcmember_layout,
	&wire_node_info_layout,
	&wire_node_record_layout,
	&wire_notice_layout,
	&wire_path_record_layout,
	&wire_pkey_table_layout,
	&wire_pkey_table_record_layout,
	&wire_port_info_layout,
	&wire_port_info_record_layout,
	&wire_rdma_cm_layout,
	&wire_rmpp_layout,
	&wire_sa_header_layout,
	&wire_sa_notice_layout,
	&wire_sdp_hello_layout,
	&wire_service_record_layout,
	&wire_sidr_rep_layout,
	&wire_sidr_req_layout,
	&wire_sm_info_layout,
	NULL,
};

static void fail(const char *what, const char *which)
{
	fprintf(stderr, "vectors: %s: %s\n", which, what);
	exit(1);
}

static bool hex_decode(const char *hex, uint8_t *ret, size_t ret_len)
{
	if (strlen(hex) != 2 * ret_len)
		return false;
	for (size_t i = 0; i < ret_len; i++) {
		unsigned int byte;

		if (sscanf(hex + 2 * i, "%2x", &byte) != 1)
			return false;
		ret[i] = (uint8_t)byte;
	}
	return true;
}

static bool line_parse(const char *line, struct vector_mad *ret)
{
	unsigned int slid, dlid;
	char hex[2 * WIRE_MAD_BYTES + 2];

	if (sscanf(line, "%u %*s %*s %*s %x %x %x %x %x %*s %*s %*s %513s", &ret->seq, &slid, &dlid,
		   &ret->src_qpn, &ret->dst_qpn, &ret->qkey, hex) != 7)
		return false;
	ret->slid = (uint16_t)slid;
	ret->dlid = (uint16_t)dlid;
	return hex_decode(hex, ret->mad, sizeof(ret->mad));
}

static void file_load(const char *path, struct vectors *v, size_t *room)
{
	const char *name = strrchr(path, '/') + 1;
	FILE *f = fopen(path, "re");
	char line[1024];

	if (!f)
		fail("cannot read", path);
	while (fgets(line, sizeof(line), f)) {
		struct vector_mad *mad;

		if (line[0] == '#' || line[0] == '\n')
			continue;
		if (v->len == *room) {
			*room = *room ? 2 * *room : 256;
			v->mads = realloc(v->mads, *room * sizeof(*v->mads));
			if (!v->mads)
				fail("no memory", path);
		}
		mad = &v->mads[v->len];
		snprintf(mad->file, sizeof(mad->file), "%.*s", (int)strcspn(name, "."), name);
		if (!line_parse(line, mad))
			fail("bad line", path);
		v->len++;
	}
	fclose(f);
}

struct vectors vectors_load(void)
{
	const char *dir = getenv("IBGATE_VECTORS");
	struct vectors v = {NULL, 0};
	size_t room = 0;
	char pattern[512];
	glob_t g;

	if (!dir)
		fail("not set", "IBGATE_VECTORS");
	snprintf(pattern, sizeof(pattern), "%s/*.mads", dir);
	if (glob(pattern, 0, NULL, &g) != 0)
		fail("no files", pattern);
	for (size_t i = 0; i < g.gl_pathc; i++)
		file_load(g.gl_pathv[i], &v, &room);
	globfree(&g);
	if (v.len == 0)
		fail("no MADs", pattern);
	return v;
}

void vectors_free(struct vectors *v)
{
	free(v->mads);
	*v = (struct vectors){NULL, 0};
}

const struct vector_mad *vectors_get(const struct vectors *v, const char *file, unsigned int seq)
{
	for (size_t i = 0; i < v->len; i++)
		if (strcmp(v->mads[i].file, file) == 0 && v->mads[i].seq == seq)
			return &v->mads[i];
	fail("no such MAD", file);
	return NULL;
}
