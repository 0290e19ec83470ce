/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The table of counters: name and meaning. Each counter exists for each session and in total.
 */
#pragma once

#define PROXY_COUNTER_TABLE(X)                                                             \
	X(from_guest, "MADs taken from guests")                                            \
	X(to_guest, "slots put into guests' answer rings")                                 \
	X(sent, "MADs sent on the port for guests, retries included")                      \
	X(retried, "requests sent again after a time-out")                                 \
	X(answered, "requests that were answered")                                         \
	X(timed_out, "requests that ended with an error status, mostly a time-out")        \
	X(refused, "MADs that the policy refused, each answered with a status")            \
	X(refused_register, "registrations refused")                                       \
	X(merged, "requests that joined an identical one on the wire")                     \
	X(cached, "requests answered from the cache")                                      \
	X(unsolicited, "unsolicited MADs handed to their owner")                           \
	X(held, "times a guest's ring was not read because of a quota")                    \
	X(held_window, "times a guest's ring was not read because its window was full")    \
	X(connects_held, "times a guest's connections waited because there were too many") \
	X(registers_held, "registrations that waited because there were too many")         \
	X(lost_ring_full, "answers lost because the guest's ring was full")                \
	X(drop_malformed, "slots with an invalid kind or value")                           \
	X(drop_not_asked, "responses of guests that answer no request")                    \
	X(drop_flow, "segments and ACKs of guests that their transfer does not allow")     \
	X(drop_no_owner, "unsolicited MADs whose class and method has no owner")           \
	X(drop_unmatched_tid, "answers from the wire with an unknown transaction id")      \
	X(drop_late, "answers to requests that had ended or wait for none")                \
	X(drop_mismatch, "answers with the right id but wrong class, method, attribute")   \
	X(drop_wrong_sender, "answers with the right id from the wrong sender")            \
	X(drop_port_error, "sends that the port refused")                                  \
	X(bells_masked, "times a doorbell that rang for nothing was masked")               \
	X(device_connected, "times a device of a domain was connected")                    \
	X(device_faults, "times a device was closed for a fault of its front-end")         \
	X(device_paced, "times a device was looked at later because it changed often")     \
	X(store_floods, "times a xenstore node was not watched because it fired often")    \
	X(store_failed, "requests to xenstore that failed")                                \
	X(drop_effects, "events cut short because one step had too many effects")

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
