/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What a case of the hostile front-end is. Its row is in hostile.c's one table; what it does is in
 * case_*.c, by the part of the contract that it breaks.
 */
#pragma once

#include <stdbool.h>

#include "tests/xen/front.h"

/*
 * Does the harm. The device begins in InitWait with nothing shared; afterwards it may be in any
 * state, pages and port are given back by the caller. n: the row's number, or the command line's.
 * false: the harm could not be done, or something was not as it must be (say what).
 */
typedef bool hostile_run(struct front *f, unsigned long n);

/*
 * The back-end closed the device and says why: its `error` matches the extended regular expression.
 * Prints the text ("error ..."), which must stand in dom0's journal too.
 */
bool was_closed(struct front *f, const char *why);

/* Prints what is wrong; always false. */
__attribute__((format(printf, 1, 2))) bool complain(const char *format, ...);

/* Same numbers in every run of a seed. */
unsigned int noise(unsigned int below);
void noise_seed(unsigned long seed);

/*
 * A child that calls again and again, with a front of its own (same device), until child_end(). What
 * stands under the front's keys then nobody knows.
 */
int child_begin(struct front *f, void (*again)(struct front *own, unsigned int round));
void child_end(struct front *f, int pid);

/* case_keys.c */
hostile_run key_missing, key_no_number, keys_change, key_backend_elsewhere;
/* case_grants.c */
hostile_run grant_one_never_made, grants_huge, grants_of_another, grant_one_read_only,
	grants_revoked, grants_revoked_while_mapped, grant_twice, port_taken, port_of_another,
	port_closed;
/* case_states.c */
hostile_run state_343, state_flips, state_no_number, state_4_early, state_gone, state_1_connected,
	state_6_connected, xsa_350_toggling;
/* case_ring.c */
hostile_run ring_kind, ring_produced, ring_consumed, ring_header, ring_scribble, ring_never_read,
	xsa_155_double_fetch, slots_mutate;
/* case_floods.c */
hostile_run xsa_332_event_flood, xsa_391_signals, xsa_349_watch_flood, xsa_392_queues,
	cve_2022_42315_store_memory, flood_one_way, flood_short_tables, flood_collide;
/* case_life.c */
hostile_run life_nothing, life_cycles, life_rude_cycles, life_stop_after, life_die_after,
	life_kexec, life_two_devices, life_put_away;
