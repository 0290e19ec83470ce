/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests of the kmad as rows: a name and a script of words with numbers. "silence" and "nothing" check that
 * nothing else was sent or delivered.
 *
 * The process:
 * get TID TIMEOUT RETRIES		sends a Get of port counters; the link may be full
 * reply TID TIMEOUT		sends a GetResp of port counters
 * query TIMEOUT RETRIES		sends a GetTable to the SA, which must succeed
 * send METHOD SEGMENTS TIMEOUT RETRIES [ERRNO]	a message by RMPP: a request to the SA, or its answer
 * unregister			its agent ends
 * The link:
 * room N				takes N more slots;  lose: is lost;  back: is there again
 * fail ERRNO			has failed for good
 * answer N			the N-th sent slot, from 0, returns as its answer
 * done N ERRNO			it ends without an answer
 * The remote side, in the test's transaction, with the matching method:
 * seg N [FLAGS] [LENGTH]		a segment; FLAGS is F, L or FL;  segs A B: segments A to B
 * ack N WINDOW;  rmpp TYPE STATUS N LENGTH [FLAGS] [VERSION];  plain: a MAD without RMPP, with an error status
 * other N				the last segment, with data that are not the message's
 * method M			its method from now on;  lid N: its LID;  tid N: adds to the TID
 * Expected of the kmad:
 * acks N WINDOW;  aborts STATUS;  stops	its own control packets
 * sends A B			these segments only;  asks [TID [TIMEOUT RETRIES]]: sends the request
 * sent N				number of slots in all;  silence: nothing;  over: no timer is armed
 * overdue;  in-time		kmad_is_overdue()
 * Expected by the file:
 * mad;  table SEGMENTS BYTES;  message BYTES;  failure ERRNO;  nothing
 * pass MS: time passes.
 */
#pragma once

#include <errno.h>

#include "tests/unit/kmad_fixture.h"

#define SA_LID 1

enum script_agent {
	SCRIPT_PERF, /* of port counters */
	SCRIPT_SA_CLIENT,
	SCRIPT_SA, /* the responder, which receives unsolicited MADs */
};

struct script {
	const char *name;
	enum script_agent agent;
	const struct kmad_params *params;
	const char *text;
};

/* Runs these and `others` as tests. Returns the status for main(). */
int scripts_run(const struct script *scripts, size_t n, const struct CMUnitTest *others,
		size_t others_n);

/* --- for tests without a script --- */

/* An SA MAD with this RMPP header; its data are its segment number. */
struct piece {
	uint8_t type, flags, status, version;
	uint32_t segment, length;
};

void rmpp_mad(uint8_t *mad, uint8_t method, uint64_t tid, const struct piece *p);
/* It arrives from this LID in the test's transaction. */
void arrives(struct fixture *b, uint16_t lid, uint8_t method, const struct piece *p);
/* A whole message to the SA or from it: each segment's data are its number. */
void rmpp_message(uint8_t *mad, uint8_t method, uint64_t tid, uint32_t segments);
/* An SA client sends a GetTable. */
void ask_table(struct fixture *b, uint32_t timeout_ms, uint32_t retries);
/* Runs this script on an open fixture. */
void script_go_on(struct fixture *b, enum script_agent agent, const char *text);
