/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What becomes of a lost peer. A gateway that was killed, or a guest that was restored, has a new one
 * within seconds, and with an adapter nothing at all would have happened. So for a while, the hope,
 * what was asked waits and is asked again of the next peer, time stands still for who waits for an
 * answer, and what needs a peer waits for it. When hope is over, the adapter is unplugged
 * (umad_lib.c).
 *
 * Hope is begun once, and again only after a peer that really answered: one that comes and goes
 * without ever being of use is not hoped for for ever.
 */
#include "guest-umad/umad_lib.h"

#include <errno.h>
#include <unistd.h>

enum { LOOK_MS = 50 };

uint32_t gumad_hope_max_ms = UINT32_MAX;

/* When hope ends; NEVER: it was not begun. */
static struct mono_ms hope_end = {UINT64_MAX};
static bool hope_told; /* that it is over */

static bool is_begun(void)
{
	return hope_end.ms != MONO_NEVER.ms;
}

void gumad_hope_begin(uint32_t ms)
{
	if (is_begun())
		return;
	if (ms > gumad_hope_max_ms)
		ms = gumad_hope_max_ms;
	hope_end = mono_add(gumad_now(), ms);
	hope_told = false;
}

void gumad_hope_fulfilled(void)
{
	hope_end = MONO_NEVER;
}

bool gumad_hopes(void)
{
	return is_begun() && mono_before(gumad_now(), hope_end);
}

bool gumad_may_hope(void)
{
	if (is_begun())
		return gumad_hopes();
	return gumad_link_traits().hope_ms && gumad_hope_max_ms;
}

bool gumad_hope_is_over(void)
{
	if (!is_begun() || hope_told || gumad_hopes())
		return false;
	hope_told = true;
	return true;
}

struct mono_ms gumad_hope_deadline(void)
{
	return is_begun() && !hope_told ? hope_end : MONO_NEVER;
}

bool gumad_hope_wait(void)
{
	if (!gumad_hopes())
		return false;
	usleep(LOOK_MS * 1000);
	return true;
}

/* The attachment that a question was begun with. */
static uint64_t asked;

void gumad_ask(void)
{
	gumad_settle();
	gumad_attach(true);
	asked = gumad.attachments;
}

bool gumad_ask_again(void)
{
	gumad_settle();
	return (!gumad.link || gumad.attachments != asked) && gumad_hopes();
}
