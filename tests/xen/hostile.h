/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The interface of a case of the hostile front-end. Its row is in hostile.c's table; its code is in
 * case_*.c, by the part of the protocol that it violates.
 */
#pragma once

#include <stdbool.h>

#include "tests/xen/front.h"

/*
 * Runs the attack. The device begins in InitWait with nothing shared; afterwards it may be in any state;
 * the caller frees pages and port. n: the row's number, or the command line's. false: the attack failed, or
 * a result was wrong (print it).
 */
typedef bool hostile_run(struct front *f, unsigned long n);

/*
 * The back-end closed the device with a reason: its `error` matches the extended regular expression. Prints
 * the text ("error ..."), which must be in dom0's journal too.
 */
bool was_closed(struct front *f, const char *why);

/* Prints what is wrong; always false. */
__attribute__((format(printf, 1, 2))) bool complain(const char *format, ...);

/* Same numbers in every run of a seed. */
unsigned int noise(unsigned int below);
void noise_seed(unsigned long seed);

/*
 * A child that calls `again` repeatedly, with its own front (same device), until child_end(). The front's
 * keys are unknown afterwards.
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
