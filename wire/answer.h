/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which MAD answers which: one table of class, method and attribute for all classes. Most requests
 * come back with the response bit and their own attribute; the table holds those that do not, and
 * the rest by their rule (IBA 13.4.5 table 119, 15.2.2 table 184, 16.2.2).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct wire_answer {
	uint8_t method;
	uint16_t attribute;
};

/* How a request of this class, method and attribute is answered. */
struct wire_answer wire_answer_of(uint8_t mgmt_class, uint8_t method, uint16_t attribute);

/*
 * True when `answer` is one to `request` by class, method and attribute. Besides the answer of the
 * table that is
 *
 *	a refusal (status not 0) by a responder that does not know the request: it sends the header
 *	back with the response bit, the attribute still the request's;
 *	an RMPP ACK, STOP or ABORT about the request's own segments: the request's header with the
 *	response bit (IBA 13.6.2.1; rmpp.c of Linux).
 *
 * Ids and addresses are the caller's to compare.
 */
bool wire_answers(const uint8_t *request, const uint8_t *answer);

/*
 * True when `mad`, from the side that sent `request`, belongs to the transfer that the request
 * began: another segment of it, or an ACK, STOP or ABORT about it or about its answer.
 */
bool wire_continues(const uint8_t *request, const uint8_t *mad);
