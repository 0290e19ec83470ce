/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tests of the kmad as rows: a name and a script of words, each with its numbers. Nothing that the script
 * does not expect may have been sent, nor been given to the file, where it says "silence" and "nothing".
 *
 * The process:
 *	get TID TIMEOUT RETRIES		asks for port counters; the link may take it or not
 *	reply TID TIMEOUT		answers with port counters
 *	query TIMEOUT RETRIES		asks the SA for a table, and it goes
 *	send METHOD SEGMENTS TIMEOUT RETRIES [ERRNO]	a message by RMPP: a request to the SA, or its answer
 *	unregister			its agent goes
 * The link:
 *	room N				takes N more slots;  lose: goes;  back: is there again
 *	fail ERRNO			went for good
 *	answer N			the N-th slot that was sent, from 0, comes back as its answer
 *	done N ERRNO			... ended without one
 * What comes from the other side, under the test's transaction, with the method that fits:
 *	seg N [FLAGS] [LENGTH]		a segment; FLAGS is F, L or FL;  segs A B: segments A to B
 *	ack N WINDOW;  rmpp TYPE STATUS N LENGTH [FLAGS] [VERSION];  plain: a MAD without RMPP that says no
 *	other N				the last segment, with data that are not the message's
 *	method M			that it has from now on;  lid N: whom it comes from;  tid N: adds to the TID
 * What is expected of the kmad:
 *	acks N WINDOW;  aborts STATUS;  stops	of its own
 *	sends A B			these segments, and no more;  asks [TID [TIMEOUT RETRIES]]: the request goes
 *	sent N				so many slots in all;  silence: nothing;  over: no timer runs
 *	overdue;  in-time		kmad_is_overdue()
 * What is expected to be given to the file:
 *	mad;  table SEGMENTS BYTES;  message BYTES;  failure ERRNO;  nothing
 * pass MS: time passes.
 */
#pragma once

#include <errno.h>

#include "tests/unit/kmad_fixture.h"

#define SA_LID 1

enum script_agent {
	SCRIPT_PERF, /* of port counters */
	SCRIPT_SA_CLIENT,
	SCRIPT_SA, /* the one that answers, and gets what nobody asked for */
};

struct script {
	const char *name;
	enum script_agent agent;
	const struct kmad_params *params;
	const char *text;
};

/* Runs these as tests, and those beside them. The status for main(). */
int scripts_run(const struct script *scripts, size_t n, const struct CMUnitTest *others,
		size_t others_n);

/* --- for tests that are no scripts --- */

/* An SA MAD with this RMPP header; its data are the number of the segment. */
struct piece {
	uint8_t type, flags, status, version;
	uint32_t segment, length;
};

void rmpp_mad(uint8_t *mad, uint8_t method, uint64_t tid, const struct piece *p);
/* ... arrives from this LID in the test's transaction. */
void arrives(struct fixture *b, uint16_t lid, uint8_t method, const struct piece *p);
/* A whole message for the SA or from it: each segment's data are its number. */
void rmpp_message(uint8_t *mad, uint8_t method, uint64_t tid, uint32_t segments);
/* An SA client asks for a table. */
void ask_table(struct fixture *b, uint32_t timeout_ms, uint32_t retries);
/* Runs this script on a fixture that is open already. */
void script_go_on(struct fixture *b, enum script_agent agent, const char *text);
