/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Every counter of the gateway, in one table: name, and what it counts. Each exists per session
 * and in total.
 */
#pragma once

#define PROXY_COUNTER_TABLE(X)                                                             \
	X(from_guest, "MADs taken from guests")                                            \
	X(to_guest, "slots put into guests' answer rings")                                 \
	X(sent, "MADs sent on the port for guests, retries included")                      \
	X(retried, "requests sent again after a time-out")                                 \
	X(answered, "requests that got their answer")                                      \
	X(timed_out, "requests that ended in a status, a time-out most often")             \
	X(refused, "MADs refused by policy, each answered with a status")                  \
	X(refused_register, "registrations refused")                                       \
	X(merged, "requests that joined an identical one on the wire")                     \
	X(cached, "requests answered from the cache")                                      \
	X(unsolicited, "unsolicited MADs handed to their owner")                           \
	X(held, "times a guest was not read because it was over a quota")                  \
	X(connects_held, "times a guest's connections waited because there were too many") \
	X(registers_held, "registrations that waited because there were too many")         \
	X(lost_ring_full, "answers lost because the guest's ring was full")                \
	X(drop_malformed, "slots with a kind or value that cannot be")                     \
	X(drop_not_asked, "answers of guests to nobody's request")                         \
	X(drop_flow, "segments and ACKs of guests that their transfer does not allow")     \
	X(drop_no_owner, "unsolicited MADs of a class and method nobody registered")       \
	X(drop_unmatched_tid, "answers from the wire with an unknown transaction id")      \
	X(drop_late, "answers nobody waits for: late, abandoned, or without a time-out")   \
	X(drop_mismatch, "answers with the right id but wrong class, method, attribute")   \
	X(drop_wrong_sender, "answers with the right id from the wrong sender")            \
	X(drop_port_error, "sends that the port refused")                                  \
	X(bells_masked, "times a doorbell was not heard because it rang for nothing")      \
	X(device_connected, "times a device of a domain was connected")                    \
	X(device_faults, "times a device was closed because its front-end did wrong")      \
	X(device_paced, "times a device was looked at later because it changed often")     \
	X(store_floods, "times a xenstore node was not watched because it fired often")    \
	X(store_failed, "requests to xenstore that failed")                                \
	X(drop_effects, "events cut short because one step had too much to do")

enum proxy_counter {
#define X(name, text) PROXY_COUNT_##name,
	PROXY_COUNTER_TABLE(X)
#undef X
		PROXY_COUNTERS
};

/* For people. */
extern const struct proxy_counter_text {
	const char *name, *meaning;
} proxy_counters[PROXY_COUNTERS];
