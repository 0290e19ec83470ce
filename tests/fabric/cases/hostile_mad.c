/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends one MAD described by the command line, through the libibumad of its environment: in a guest the
 * gateway's, on a node the fabric's. For MADs that no tool of infiniband-diags sends.
 *
 * hostile_mad [NAME=VALUE...] [hold]
 *
 * reg=CLASS:VERSION:METHOD,METHOD...[:OUI] registers (in the order given) and prints the result; class=,
 * base=, version=, method=, attr=, mod=, lid=, hops=1,2,3 (makes it directed route), drdlid=, qpn=, qkey=,
 * pkey=, timeout=, retries= describe the MAD, at OFFSET=BYTE sets a byte. Without class= nothing is sent.
 * `hold` keeps everything open until standard input ends.
 *
 * Prints one line per step. Exits with 0 if all registrations succeeded and the answer's status is 0, else
 * 1.
 */
#include <errno.h>
#include <infiniband/umad.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"

#define MAD_BYTES 256
#define DR_CLASS 0x81
#define SUBN_CLASS 0x01

struct request {
	uint8_t mad[MAD_BYTES];
	bool given;
	unsigned int lid, qpn, qkey, pkey, timeout, retries;
};

static int failed;

static unsigned int number(const char *text)
{
	return (unsigned int)strtoul(text, NULL, 0);
}

/* CLASS:VERSION:METHODS[:OUI] */
static int do_register(int port, char *text)
{
	unsigned int mgmt_class = number(strsep(&text, ":"));
	unsigned int version = text ? number(strsep(&text, ":")) : 1;
	char *methods = text ? strsep(&text, ":") : NULL;
	unsigned int oui = text ? number(text) : 0;
	uint8_t oui_bytes[3] = {(uint8_t)(oui >> 16), (uint8_t)(oui >> 8), (uint8_t)oui};
	long mask[16 / sizeof(long)] = {0};
	int agent;

	for (char *m; methods && (m = strsep(&methods, ","));)
		if (*m)
			mask[number(m) / (8 * sizeof(long))] |= 1L
								<< (number(m) % (8 * sizeof(long)));
	if (mgmt_class >= 0x30 && mgmt_class <= 0x4f)
		agent = umad_register_oui(port, (int)mgmt_class, 0, oui_bytes, mask);
	else
		agent = umad_register(port, (int)mgmt_class, (int)version, 0, mask);
	if (agent < 0) {
		printf("class 0x%02x refused: %d\n", mgmt_class, agent);
		failed = 1;
	} else {
		printf("class 0x%02x registered\n", mgmt_class);
	}
	return agent;
}

static void set_hops(struct request *r, char *text)
{
	unsigned int count = 0;

	r->mad[1] = DR_CLASS;
	put_be16(r->mad + 32, 0xffff);
	put_be16(r->mad + 34, 0xffff);
	for (char *hop; (hop = strsep(&text, ","));)
		if (*hop && count < 62)
			r->mad[128 + ++count] = (uint8_t)number(hop);
	r->mad[7] = (uint8_t)count;
	r->lid = 0xffff;
	r->given = true;
}

static bool set_field(struct request *r, const char *name, char *value)
{
	unsigned int n = number(value);

	if (!strcmp(name, "class")) {
		r->mad[1] = (uint8_t)n;
		r->given = true;
	} else if (!strcmp(name, "base")) {
		r->mad[0] = (uint8_t)n;
	} else if (!strcmp(name, "version")) {
		r->mad[2] = (uint8_t)n;
	} else if (!strcmp(name, "method")) {
		r->mad[3] = (uint8_t)n;
	} else if (!strcmp(name, "attr")) {
		put_be16(r->mad + 16, (uint16_t)n);
	} else if (!strcmp(name, "mod")) {
		put_be32(r->mad + 20, n);
	} else if (!strcmp(name, "hops")) {
		set_hops(r, value);
	} else if (!strcmp(name, "drdlid")) {
		put_be16(r->mad + 34, (uint16_t)n);
	} else if (!strcmp(name, "lid")) {
		r->lid = n;
	} else if (!strcmp(name, "qpn")) {
		r->qpn = n;
	} else if (!strcmp(name, "qkey")) {
		r->qkey = n;
	} else if (!strcmp(name, "pkey")) {
		r->pkey = n;
	} else if (!strcmp(name, "timeout")) {
		r->timeout = n;
	} else if (!strcmp(name, "retries")) {
		r->retries = n;
	} else if (*name >= '0' && *name <= '9' && number(name) < MAD_BYTES) {
		r->mad[number(name)] = (uint8_t)n;
	} else {
		return false;
	}
	return true;
}

/* Sends the MAD and prints the result. The answer must have its TID and class. */
static void do_send(int port, const struct request *r)
{
	uint8_t buf[1024];
	int agent = umad_register(port, r->mad[1], r->mad[2], 0, NULL);
	int len = MAD_BYTES;
	const uint8_t *mad;
	int rc;

	memset(buf, 0, sizeof(buf));
	if (agent < 0) /* a class that cannot be registered can still be sent */
		agent = umad_register(port, SUBN_CLASS, 1, 0, NULL);
	mad = memcpy(umad_get_mad(buf), r->mad, MAD_BYTES);
	umad_set_addr(buf, (int)r->lid, (int)r->qpn, 0, (int)r->qkey);
	umad_set_pkey(buf, (int)r->pkey);
	rc = umad_send(port, agent, buf, MAD_BYTES, (int)r->timeout, (int)r->retries);
	if (rc < 0) {
		printf("send failed: %d\n", rc);
		failed = 1;
		return;
	}
	if (!r->timeout) {
		printf("sent\n");
		return;
	}
	rc = umad_recv(port, buf, &len, 20000);
	if (rc < 0 || umad_status(buf)) {
		printf("status %d\n", rc < 0 ? rc : umad_status(buf));
		failed = 1;
		return;
	}
	printf("answer class 0x%02x method 0x%02x attribute 0x%04x status 0x%04x\n", mad[1], mad[3],
	       get_be16(mad + 16), get_be16(mad + 4) & 0x7fff);
	if (mad[1] != r->mad[1] || memcmp(mad + 12, r->mad + 12, 4)) {
		printf("not the answer to what was asked\n");
		failed = 1;
	}
	failed |= (get_be16(mad + 4) & 0x7fff) != 0;
}

int main(int argc, char **argv)
{
	struct request r = {
		.mad = {1, 0, 1, 1}, .qpn = 1, .qkey = 0x80010000, .timeout = 500, .retries = 0};
	bool hold = false;
	int port = umad_init() < 0 ? -1 : umad_open_port(NULL, 0);

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (port < 0) {
		printf("no port: %d\n", port);
		return 1;
	}
	put_be64(r.mad + 8, 0x1234567800000000ull | (uint32_t)getpid());
	for (int i = 1; i < argc; i++) {
		char *value = strchr(argv[i], '=');

		if (value)
			*value++ = 0;
		if (!strcmp(argv[i], "hold")) {
			hold = true;
		} else if (value && !strcmp(argv[i], "reg")) {
			do_register(port, value);
		} else if (!value || !set_field(&r, argv[i], value)) {
			fprintf(stderr, "hostile_mad: what is '%s'?\n", argv[i]);
			return 2;
		}
	}
	if (r.mad[1] == SUBN_CLASS || r.mad[1] == DR_CLASS)
		r.qpn = r.qkey = 0;
	if (r.given)
		do_send(port, &r);
	while (hold && getchar() != EOF)
		;
	umad_close_port(port);
	return failed;
}
