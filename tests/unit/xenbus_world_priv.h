/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the files behind xenbus_world.h share. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xenbus_back.h"
#include "channel/xenbus_front.h"
#include "tests/unit/xenbus_world.h"

#define NEVER(what)                                                                              \
	do {                                                                                     \
		if (what) {                                                                      \
			fprintf(stderr, "%s:%d: it is so that %s\n", __FILE__, __LINE__, #what); \
			world_print(w);                                                          \
			abort();                                                                 \
		}                                                                                \
	} while (0)

/* A queue of the back-end's shell: zeros at its end. */
unsigned int world_length(const uint8_t *queue);
void world_put(struct world *w, uint8_t *queue, unsigned int item);
unsigned int world_take(uint8_t *queue);

/* --- xenbus_world_back.c --- */
/* The front-end's present ring is no more: whoever knows it knows an old one. */
void world_ring_ends(struct world *w);
/* Lets the machine step, and carries out what it says. */
void world_back_event(struct world *w, struct chan_back_event event, enum world_ring keys,
		      bool mappable);
void world_back_plain(struct world *w, enum chan_back_event_kind kind);
/* The watch on F/state fired. */
void world_back_looks(struct world *w);
/* The thread does the oldest thing that it was told; the machine hears the oldest it found. */
bool world_store_does(struct world *w, bool fails);
bool world_back_finds(struct world *w, bool mappable);
void world_back_starts(struct world *w);

/* --- xenbus_world_front.c --- */
/* The service runs and has a device. */
bool world_front_lives(const struct world *w);
void world_front_plain(struct world *w, enum chan_front_event_kind kind, bool fails);
/* Its watches on B and F fired, its timer is over. fails: its first write does. */
bool world_front_looks(struct world *w, bool fails);
bool world_front_finds(struct world *w, bool fails);
bool world_front_ticks(struct world *w, bool fails);
bool world_front_starts(struct world *w);
bool world_front_ends(struct world *w);
