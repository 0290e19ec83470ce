/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Second opinion: tshark dissects the captured MADs, and each of its fields must equal ours. Skipped (77)
 * without tshark.
 *
 * The MADs are written as a pcap of link type ERF (197) with records of type InfiniBand (21): LRH BTH DETH
 * MAD ICRC VCRC. tshark 4.0 does not read link type 247 (INFINIBAND).
 */
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire_tshark_names.h"
#include "wire_vectors.h"

#define SKIP 77

/* One field in one group. */
struct twin {
	const struct group *group;
	const char *field;
	char theirs[64];
};

#define MAX_TWINS 512

static struct twin twins[MAX_TWINS];
static size_t twins_len;
static unsigned int compared[MAX_TWINS];

/* The column of a twin in tshark's lines: each name is requested once. */
static size_t column[MAX_TWINS];
static size_t columns;

static void twins_fill(void)
{
	for (size_t g = 0; g < sizeof(groups) / sizeof(groups[0]); g++) {
		for (size_t i = 0; i < groups[g].names_len; i++) {
			struct twin *t = &twins[twins_len++];

			if (twins_len > MAX_TWINS)
				abort();
			t->group = &groups[g];
			t->field = groups[g].names[i].ours;
			snprintf(t->theirs, sizeof(t->theirs), "infiniband.%s%s", groups[g].prefix,
				 groups[g].names[i].theirs);
		}
	}
}

static void columns_assign(void)
{
	for (size_t i = 0; i < twins_len; i++) {
		size_t first = 0;

		while (strcmp(twins[first].theirs, twins[i].theirs) != 0)
			first++;
		column[i] = first < i ? column[first] : columns++;
	}
}

static void put_le16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)v;
	p[1] = (uint8_t)(v >> 8);
}

static void put_le32(uint8_t *p, uint32_t v)
{
	put_le16(p, (uint16_t)v);
	put_le16(p + 2, (uint16_t)(v >> 16));
}

enum { LRH = 8, BTH = 12, DETH = 8, CRC = 6, PACKET = LRH + BTH + DETH + WIRE_MAD_BYTES + CRC };
enum { PCAP_RECORD = 16, ERF = 16 };

/* LRH (vol. 1, 7.7) BTH (9.2) DETH (9.3.3) around a MAD; checksums are zero. */
static void packet_build(const struct vector_mad *m, uint8_t *p)
{
	memset(p, 0, PACKET);
	p[0] = m->dst_qpn == 0 ? 0xf0 : 0; /* VL15 */
	p[1] = 2; /* BTH is next */
	put_be16(p + 2, m->dlid);
	put_be16(p + 4, (PACKET - 2) / 4);
	put_be16(p + 6, m->slid);
	p += LRH;
	p[0] = 0x64; /* UD SEND only */
	put_be16(p + 2, 0xffff);
	put_be24(p + 5, m->dst_qpn);
	p += BTH;
	put_be32(p, m->qkey);
	put_be24(p + 5, m->src_qpn);
	memcpy(p + DETH, m->mad, WIRE_MAD_BYTES);
}

static void pcap_write(FILE *f, const struct vectors *v)
{
	uint8_t head[24] = {0}, record[PCAP_RECORD + ERF + PACKET];

	put_le32(head, 0xa1b2c3d4);
	put_le16(head + 4, 2);
	put_le16(head + 6, 4);
	put_le32(head + 16, 65535);
	put_le32(head + 20, 197);
	fwrite(head, sizeof(head), 1, f);
	for (size_t i = 0; i < v->len; i++) {
		uint8_t *erf = record + PCAP_RECORD;

		memset(record, 0, sizeof(record));
		put_le32(record, (uint32_t)i);
		put_le32(record + 8, ERF + PACKET);
		put_le32(record + 12, ERF + PACKET);
		put_le32(erf + 4, (uint32_t)i);
		erf[8] = 21;
		erf[9] = 4;
		put_be16(erf + 10, ERF + PACKET);
		put_be16(erf + 14, PACKET);
		packet_build(&v->mads[i], erf + ERF);
		fwrite(record, sizeof(record), 1, f);
	}
}

static bool twin_applies(const struct twin *t, const uint8_t *mad)
{
	if (t->group->mgmt_class != ANY && t->group->mgmt_class != wire_mad_class(mad))
		return false;
	return t->group->attribute == ANY || t->group->attribute == wire_mad_attribute(mad);
}

/* tshark's text for an array of bytes: an IPv6 address, or hex digits with or without colons. */
static bool bytes_equal(const uint8_t *ours, size_t len, const char *theirs)
{
	uint8_t gid[16];

	if (len == 16 && inet_pton(AF_INET6, theirs, gid) == 1)
		return memcmp(ours, gid, 16) == 0;
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;

		theirs += *theirs == ':';
		if (sscanf(theirs, "%2x", &byte) != 1 || byte != ours[i])
			return false;
		theirs += 2;
	}
	return *theirs == 0;
}

static bool value_equal(const struct twin *t, const uint8_t *mad, const char *theirs)
{
	const struct wire_field *f = wire_layout_field(t->group->layout, t->field);

	if (!f) {
		fprintf(stderr, "%s has no %s\n", t->group->layout->name, t->field);
		exit(1);
	}
	if (f->count > 1)
		return bytes_equal(mad + t->group->offset + f->bit / 8, f->count, theirs);
	return strtoull(theirs, NULL, 0) == wire_field_get(f, mad + t->group->offset, 0);
}

static FILE *tshark_open(const char *pcap)
{
	static char command[MAX_TWINS * 72 + 256];
	size_t len;

	/* The SDP heuristic takes REQs of other port spaces for a Hello. */
	len = (size_t)snprintf(command, sizeof(command),
			       "tshark -n -r %s --disable-protocol infiniband_sdp -T fields "
			       "-E occurrence=f -E separator=/t",
			       pcap);
	for (size_t i = 0, next = 0; i < twins_len; i++) {
		if (column[i] != next)
			continue;
		next++;
		len += (size_t)snprintf(command + len, sizeof(command) - len, " -e %s",
					twins[i].theirs);
	}
	snprintf(command + len, sizeof(command) - len, " 2>/dev/null");
	return popen(command, "r");
}

/* Compares one line of tshark with one MAD; the number of fields that differ. */
static unsigned int line_compare(char *line, const struct vector_mad *m)
{
	const char *values[MAX_TWINS];
	unsigned int differ = 0;

	for (size_t c = 0; c < columns; c++) {
		values[c] = strsep(&line, "\t\n");
		if (!values[c]) {
			fprintf(stderr, "%s:%u: a short line\n", m->file, m->seq);
			return 1;
		}
	}
	for (size_t i = 0; i < twins_len; i++) {
		const char *theirs = values[column[i]];

		if (!*theirs || !twin_applies(&twins[i], m->mad))
			continue;
		compared[i]++;
		if (value_equal(&twins[i], m->mad, theirs))
			continue;
		fprintf(stderr, "%s:%u: %s is %s, not our %s.%s\n", m->file, m->seq,
			twins[i].theirs, theirs, twins[i].group->layout->name, twins[i].field);
		differ++;
	}
	return differ;
}

static int corpus_compare(const struct vectors *v, const char *pcap)
{
	static char line[65536];
	FILE *f = tshark_open(pcap);
	unsigned int differ = 0;
	size_t lines = 0;

	if (!f)
		return 1;
	while (lines < v->len && fgets(line, sizeof(line), f))
		differ += line_compare(line, &v->mads[lines++]);
	if (pclose(f) != 0 || lines != v->len) {
		fprintf(stderr, "tshark: %zu lines for %zu MADs\n", lines, v->len);
		return 1;
	}
	for (size_t i = 0; i < twins_len; i++) {
		if (compared[i] > 0)
			continue;
		fprintf(stderr, "%s was never shown\n", twins[i].theirs);
		differ++;
	}
	printf("%zu MADs, %zu fields, %u differences\n", lines, twins_len, differ);
	return differ ? 1 : 0;
}

int main(void)
{
	char pcap[] = "/tmp/ibgate-wire-XXXXXX";
	struct vectors v;
	int fd, result;
	FILE *f;

	if (system("tshark --version >/dev/null 2>&1") != 0) {
		printf("SKIP: no tshark\n");
		return SKIP;
	}
	fd = mkstemp(pcap);
	f = fd < 0 ? NULL : fdopen(fd, "w");
	if (!f) {
		perror(pcap);
		return 1;
	}
	twins_fill();
	columns_assign();
	v = vectors_load();
	pcap_write(f, &v);
	fclose(f);
	result = corpus_compare(&v, pcap);
	unlink(pcap);
	vectors_free(&v);
	return result;
}
