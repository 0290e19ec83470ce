/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A guest's audit records, repeated ones folded; see fold.c. */
#pragma once

#include "mad-proxy/core/engine.h"

#define FOLD_ENTRIES 32
#define FOLD_VERDICTS 3

struct guest;

struct fold_entry {
	bool used;
	unsigned int written; /* records written one by one */
	uint64_t more; /* records since the last one written */
	struct audit_record rec;
};

struct fold {
	unsigned int last;
	struct timer timer;
	struct fold_entry entry[FOLD_ENTRIES];
	struct fold_entry rest[AUDIT_EVENTS][FOLD_VERDICTS];
};

void fold_init(struct fold *f);
void fold_audit(struct proxy_core *core, struct guest *g, const struct audit_record *rec);
/* Writes the counts; true if there is still something to fold. */
bool fold_flush(struct proxy_core *core, struct guest *g);
