/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands of a scenario; README describes them. */
#pragma once

#include "tests/scenario/words.h"

struct command {
	const char *name;
	void (*run)(struct words *w);
	bool checks; /* makes no event: effects may be pending */
};

/* WIRE ANSWER */
void wire_answer(struct words *w);

/* Ends with a NULL name. */
extern const struct command guest_commands[];
extern const struct command wire_commands[];
extern const struct command expect_commands[];
