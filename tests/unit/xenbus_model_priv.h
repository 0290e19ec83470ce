/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the files of xenbus_model.h. */
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/xenbus_back.h"
#include "channel/xenbus_front.h"
#include "tests/unit/xenbus_model.h"

#define NEVER(what)                                                                              \
	do {                                                                                     \
		if (what) {                                                                      \
			fprintf(stderr, "%s:%d: it is so that %s\n", __FILE__, __LINE__, #what); \
			model_print(w);                                                          \
			abort();                                                                 \
		}                                                                                \
	} while (0)

/* A queue of the back-end's shell, padded with zeros. */
unsigned int model_length(const uint8_t *queue);
void model_put(struct model *w, uint8_t *queue, unsigned int item);
unsigned int model_take(uint8_t *queue);

/* --- xenbus_model_back.c --- */
/* The front-end's ring ends: all references to it become those of an old one. */
void model_ring_ends(struct model *w);
/* Steps the machine, and carries out its actions. */
void model_back_event(struct model *w, struct chan_back_event event, enum model_ring keys,
		      bool mappable);
void model_back_plain(struct model *w, enum chan_back_event_kind kind);
/* The watch on F/state fired. */
void model_back_looks(struct model *w);
/* The thread does its oldest job; the machine receives its oldest result. */
bool model_store_does(struct model *w, bool fails);
bool model_back_finds(struct model *w, bool mappable);
void model_back_starts(struct model *w);

/* --- xenbus_model_front.c --- */
/* The service runs and has a device. */
bool model_front_lives(const struct model *w);
void model_front_plain(struct model *w, enum chan_front_event_kind kind, bool fails);
/* Its watches on B and F fired, its timer expired. fails: its first write fails. */
bool model_front_looks(struct model *w, bool fails);
bool model_front_finds(struct model *w, bool fails);
bool model_front_ticks(struct model *w, bool fails);
bool model_front_starts(struct model *w);
bool model_front_ends(struct model *w);
