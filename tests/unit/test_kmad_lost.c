/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A link that is lost and returns: requests are sent again, and no time runs meanwhile. */
#include "tests/unit/kmad_script.h"

/* Each request takes four and a half seconds: four times one, and the grace. */
static const struct script scripts[] = {
	{"what_was_asked_is_asked_again_in_order", SCRIPT_PERF, &fixture_gateway_like,
	 "get 1 1000 3, get 2 1000 3, get 3 1000 3, answer 1, mad, lose, get 4 1000 3, back, "
	 "asks 1, answer 3, mad, asks 3, answer 4, mad, asks 4, answer 5, mad, silence, "
	 "pass 100000, nothing"},
	/* however little of a request's time is left */
	{"time_stands_still_while_the_link_is_away", SCRIPT_PERF, &fixture_gateway_like,
	 "get 1 1000 3, pass 4499, lose, pass 20000, in-time, nothing, back, asks 1, "
	 "pass 4499, nothing, pass 1, failure ETIMEDOUT"},
	{"every_retry_is_there_again", SCRIPT_PERF, &fixture_kernel_like,
	 "get 1 1000 3, pass 3500, lose, back, pass 10000, asks 1, asks 1, asks 1, asks 1, "
	 "silence, failure ETIMEDOUT"},
	/* half a table of the old link and half of the new one are no table */
	{"a_table_that_was_coming_is_asked_for_anew", SCRIPT_SA_CLIENT, &fixture_gateway_like,
	 "query 1000 0, seg 1 F 660, seg 2, lose, pass 20000, back, asks, seg 3 L 220, nothing, "
	 "seg 1 F 660, seg 2, nothing, seg 3 L 220, table 3 656"},
	{"what_was_to_be_acknowledged_is_not_any_more", SCRIPT_SA_CLIENT, &fixture_gateway_like,
	 "query 1000 0, room 0, seg 1 FL 220, table 1 256, lose, back, silence"},
	{"a_long_message_is_sent_from_its_start", SCRIPT_SA_CLIENT, &fixture_gateway_like,
	 "method 0x94, send 0x14 5 1000 2, sends 1 1, ack 1 4, sends 2 4, lose, back, sends 1 1"},
	/* a guest's SM sends responses: sent or lost, nothing here waits for them */
	{"what_expects_no_answer_is_not_sent_again", SCRIPT_PERF, &fixture_gateway_like,
	 "reply 1 0, reply 2 1000, lose, back, silence, pass 999, nothing, pass 1, "
	 "failure ETIMEDOUT"},
	/* the second link was lost as well */
	{"a_link_that_stays_away_ends_everything", SCRIPT_PERF, &fixture_gateway_like,
	 "get 1 1000 3, lose, get 2 1000 3, lose, fail ETIMEDOUT, failure ETIMEDOUT, "
	 "failure ETIMEDOUT, back, silence"},
};

int main(void)
{
	return scripts_run(scripts, sizeof(scripts) / sizeof(scripts[0]), NULL, 0);
}
