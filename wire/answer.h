/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Which MAD answers which request, by class, method and attribute. Most answers have the response bit and
 * the request's attribute; a table has the exceptions (IBA 13.4.5 table 119, 15.2.2 table 184, 16.2.2).
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct wire_answer {
	uint8_t method;
	uint16_t attribute;
};

/* Method and attribute of the answer to a request of this class, method and attribute. */
struct wire_answer wire_answer_of(uint8_t mgmt_class, uint8_t method, uint16_t attribute);

/*
 * True when `answer` answers `request` by class, method and attribute. Besides the answer of the
 * table this is true for
 *
 *	a status that is not 0: method and attribute as in the request (with the response bit), or GetResp, as
 *	responders answer a method that they do not know, or ClassPortInfo, as in a redirection (IBA 13.5.2;
 *	Linux's ehca_sqp.c answers PortCounters so);
 *	an RMPP ACK, STOP or ABORT about the request's own segments: the request's header with the
 *	response bit (IBA 13.6.2.1; rmpp.c of Linux).
 *
 * The caller compares ids and addresses.
 */
bool wire_answers(const uint8_t *request, const uint8_t *answer);

/*
 * True when `mad`, from the side that sent `request`, belongs to the transfer that the request
 * began: another segment of it, or an ACK, STOP or ABORT about it or about its answer.
 */
bool wire_continues(const uint8_t *request, const uint8_t *mad);
