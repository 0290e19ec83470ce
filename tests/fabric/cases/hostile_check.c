/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Sends thousands of distinct requests, many at a time; each must end exactly once, by its own answer from
 * its destination or by a time-out. Uses the libibumad of its environment.
 *
 * hostile_check count=N window=N timeout=MS retries=N lids=FIRST-LAST[/STEP] [reopen] [unkept]
 *
 * PerfMgt and SA queries are never merged or cached; SMPs may be, for each SL separately. The nodes at the
 * LIDs are read first.
 *
 * `reopen`: runs until standard input ends; after a failure the port is opened again and pending requests
 * are dropped, as with a kernel.
 *
 * `unkept`: no SMPs, whose answers the gateway caches (which uses its memory).
 *
 * Prints the results; exits with 0 if no answer was wrong or repeated and every request ended.
 */
#include <errno.h>
#include <infiniband/umad.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "tests/patience.h"

enum { MAD_BYTES = 256, MAX_LIDS = 4096, MAX_WINDOW = 512 };
enum kind { SMP, PERF, SA, KINDS };

static const uint8_t kind_class[KINDS] = {[SMP] = 0x01, [PERF] = 0x04, [SA] = 0x03};
static const uint8_t kind_version[KINDS] = {[SMP] = 1, [PERF] = 1, [SA] = 2};

struct flight {
	bool used;
	uint32_t tid;
	enum kind kind;
	unsigned int lid;
};

struct check {
	unsigned long count;
	unsigned int window, timeout_ms, retries;
	unsigned int first_lid, last_lid, step;
	bool reopen, unkept;

	int port, agent[KINDS];
	unsigned int sm_lid;
	unsigned int lids;
	unsigned int lid[MAX_LIDS];
	uint64_t guid[MAX_LIDS];

	struct flight flight[MAX_WINDOW];
	unsigned int flying;
	uint32_t next_tid;
	unsigned long sent, answered, timed_out, wrong, twice, reopened;
};

static bool port_open(struct check *c)
{
	umad_port_t attr;

	c->port = umad_open_port(NULL, 0);
	if (c->port < 0)
		return false;
	for (enum kind k = 0; k < KINDS; k++) {
		c->agent[k] = umad_register(c->port, kind_class[k], kind_version[k], 0, NULL);
		if (c->agent[k] < 0) {
			umad_close_port(c->port);
			return false;
		}
	}
	if (!umad_get_port(NULL, 0, &attr)) {
		c->sm_lid = attr.sm_lid;
		umad_release_port(&attr);
	}
	return true;
}

static void request_fill(uint8_t *mad, enum kind kind, uint32_t tid, unsigned int lid)
{
	memset(mad, 0, MAD_BYTES);
	mad[0] = 1;
	mad[1] = kind_class[kind];
	mad[2] = kind_version[kind];
	mad[3] = 1;
	put_be32(mad + 12, tid);
	switch (kind) {
	case SMP:
		put_be16(mad + 16, 0x11); /* NodeInfo */
		break;
	case PERF:
		put_be16(mad + 16, 0x12); /* PortCounters */
		mad[65] = 1;
		break;
	case SA:
	case KINDS:
		put_be16(mad + 16, 0x11); /* NodeRecord, by LID */
		put_be64(mad + 48, 1);
		put_be16(mad + 56, (uint16_t)lid);
		break;
	}
}

static int request_send(struct check *c, enum kind kind, uint32_t tid, unsigned int index)
{
	unsigned int to = kind == SA ? c->sm_lid : c->lid[index];
	uint8_t buf[512];

	memset(buf, 0, sizeof(buf));
	request_fill(umad_get_mad(buf), kind, tid, c->lid[index]);
	umad_set_addr(buf, (int)to, kind == SMP ? 0 : 1, kind == SMP ? tid & 15 : 0,
		      kind == SMP ? 0 : (int)0x80010000);
	return umad_send(c->port, c->agent[kind], buf, MAD_BYTES, (int)c->timeout_ms,
			 (int)c->retries);
}

static uint64_t guid_of(const struct check *c, unsigned int lid)
{
	for (unsigned int i = 0; i < c->lids; i++)
		if (c->lid[i] == lid)
			return c->guid[i];
	return 0;
}

/* NULL, or what is wrong with the answer. */
static const char *answer_fault(const struct check *c, const struct flight *f, uint8_t *buf)
{
	const uint8_t *mad = umad_get_mad(buf);
	unsigned int from = be16toh(umad_get_mad_addr(buf)->lid);

	if (mad[1] != kind_class[f->kind] || mad[3] != 0x81)
		return "of another class or method";
	if (get_be16(mad + 4))
		return "of a bad status";
	if (from != (f->kind == SA ? c->sm_lid : f->lid))
		return "of another sender";
	if (f->kind == SMP && get_be64(mad + 64 + 12) != guid_of(c, f->lid))
		return "of another node";
	if (f->kind == SA &&
	    (get_be16(mad + 56) != f->lid || get_be64(mad + 60 + 12) != guid_of(c, f->lid)))
		return "about another node";
	return NULL;
}

static struct flight *flight_find(struct check *c, uint32_t tid)
{
	for (unsigned int i = 0; i < c->window; i++)
		if (c->flight[i].used && c->flight[i].tid == tid)
			return &c->flight[i];
	return NULL;
}

/* 1: a request ended; 0: nothing was received in time; -errno. */
static int take_one(struct check *c, int wait_ms)
{
	uint8_t buf[1024];
	int len = (int)(sizeof(buf) - umad_size());
	int rc = umad_recv(c->port, buf, &len, wait_ms);
	const uint8_t *mad = umad_get_mad(buf);
	struct flight *f;
	const char *fault;

	if (rc < 0)
		return rc == -ETIMEDOUT || rc == -EWOULDBLOCK ? 0 : rc;
	f = flight_find(c, get_be32(mad + 12));
	if (!f) {
		printf("TID 0x%08x ended again, or never was ours\n", get_be32(mad + 12));
		c->twice++;
		return 1;
	}
	if (umad_status(buf)) {
		c->timed_out++;
		if (umad_status(buf) != ETIMEDOUT || mad[3] != 1) {
			printf("TID 0x%08x: status %d, method 0x%02x\n", f->tid, umad_status(buf),
			       mad[3]);
			c->wrong++;
		}
	} else {
		c->answered++;
		fault = answer_fault(c, f, buf);
		if (fault) {
			printf("TID 0x%08x: an answer %s\n", f->tid, fault);
			c->wrong++;
		}
	}
	f->used = false;
	c->flying--;
	return 1;
}

/* Reads the node at each LID, one by one, with many retries. */
static bool learn(struct check *c)
{
	uint8_t buf[1024];

	for (unsigned int lid = c->first_lid; lid <= c->last_lid && c->lids < MAX_LIDS;
	     lid += c->step) {
		int tries = 0;

		c->lid[c->lids] = lid;
		do {
			int len = MAD_BYTES;

			if (++tries > 20 || request_send(c, SMP, ++c->next_tid, c->lids) < 0)
				return false;
			if (umad_recv(c->port, buf, &len, TEST_PATIENCE_MS) < 0)
				return false;
		} while (umad_status(buf));
		c->guid[c->lids++] = get_be64((uint8_t *)umad_get_mad(buf) + 64 + 12);
	}
	return c->lids > 0;
}

static enum kind kind_of(const struct check *c)
{
	if (c->unkept)
		return c->next_tid % 2 ? PERF : SA;
	return (enum kind)(c->next_tid % KINDS);
}

static int fill_window(struct check *c)
{
	for (unsigned int i = 0; i < c->window && c->flying < c->window; i++) {
		struct flight *f = &c->flight[i];
		unsigned int index = (unsigned int)(c->sent % c->lids);
		int rc;

		if (f->used || (!c->reopen && c->sent == c->count))
			continue;
		*f = (struct flight){.used = true,
				     .tid = ++c->next_tid,
				     .kind = kind_of(c),
				     .lid = c->lid[index]};
		rc = request_send(c, f->kind, f->tid, index);
		if (rc < 0) {
			f->used = false;
			return rc;
		}
		c->sent++;
		c->flying++;
	}
	return 0;
}

static bool stdin_ended(void)
{
	struct pollfd p = {.fd = 0, .events = POLLIN};
	char byte;

	return poll(&p, 1, 0) > 0 && read(0, &byte, 1) <= 0;
}

static bool again(struct check *c)
{
	printf("the port failed\n");
	umad_close_port(c->port);
	memset(c->flight, 0, sizeof(c->flight));
	c->flying = 0;
	while (!stdin_ended()) {
		if (port_open(c)) {
			c->reopened++;
			return true;
		}
		usleep(20000);
	}
	return false;
}

static int run(struct check *c)
{
	int rc = 0;

	while (c->reopen ? !stdin_ended() : c->sent < c->count || c->flying) {
		rc = fill_window(c);
		if (rc >= 0)
			rc = take_one(c, TEST_PATIENCE_MS);
		if (rc == 0)
			rc = -ETIME; /* a request did not end */
		if (rc < 0 && (!c->reopen || rc == -ETIME || !again(c)))
			return c->reopen && rc != -ETIME ? 0 : rc;
	}
	while (c->flying && rc > 0)
		rc = take_one(c, TEST_PATIENCE_MS);
	/* late and repeated answers would arrive now */
	while (rc > 0)
		rc = take_one(c, (int)c->timeout_ms + 200);
	return c->reopen ? 0 : rc;
}

static bool option(struct check *c, const char *text)
{
	return sscanf(text, "count=%lu", &c->count) == 1 ||
	       sscanf(text, "window=%u", &c->window) == 1 ||
	       sscanf(text, "timeout=%u", &c->timeout_ms) == 1 ||
	       sscanf(text, "retries=%u", &c->retries) == 1 ||
	       sscanf(text, "lids=%u-%u/%u", &c->first_lid, &c->last_lid, &c->step) >= 2 ||
	       (!strcmp(text, "reopen") && (c->reopen = true)) ||
	       (!strcmp(text, "unkept") && (c->unkept = true));
}

int main(int argc, char **argv)
{
	static struct check c = {.count = 1000, .window = 32, .timeout_ms = 100, .step = 1};
	int rc;

	for (int i = 1; i < argc; i++) {
		if (!option(&c, argv[i])) {
			fprintf(stderr, "hostile_check: what is '%s'?\n", argv[i]);
			return 2;
		}
	}
	if (c.window < 1 || c.window > MAX_WINDOW || c.step < 1)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	c.next_tid = (uint32_t)getpid() << 20;
	if (umad_init() < 0 || !port_open(&c) || !learn(&c)) {
		printf("cannot begin\n");
		return 1;
	}
	printf("begun\n");
	rc = run(&c);
	printf("sent %lu answered %lu timed-out %lu wrong %lu twice %lu reopened %lu end %d\n",
	       c.sent, c.answered, c.timed_out, c.wrong, c.twice, c.reopened, rc);
	return c.wrong || c.twice || rc < 0;
}
