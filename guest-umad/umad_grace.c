/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What becomes of a lost peer. A gateway that was killed, or a guest that was restored, has a new one
 * within seconds, and with an adapter nothing at all would have happened. So for a while, the grace,
 * what was asked waits and is asked again of the next peer, time stands still for who waits for an
 * answer, and what needs a peer waits for it. When grace is over, the adapter is unplugged
 * (umad_attach.c).
 *
 * The grace is begun once, and again only after a peer that really answered: one that comes and goes
 * without ever being of use is not awaited for ever.
 *
 * Who waits for a peer does so without the lock, as who waits for an answer does: other threads send,
 * receive, close and fork meanwhile, and the waiting one may be cancelled. Nothing that was looked
 * up before holds afterwards.
 */
#include "guest-umad/umad_lib.h"

#include <errno.h>

uint32_t gumad_grace_max_ms = UINT32_MAX;

static bool is_begun(void)
{
	return gumad.grace_until.ms != MONO_NEVER.ms;
}

void gumad_grace_begin(uint32_t ms)
{
	if (is_begun())
		return;
	if (ms > gumad_grace_max_ms)
		ms = gumad_grace_max_ms;
	gumad.grace_until = mono_add(gumad_now(), ms);
	gumad.grace_expiry_told = false;
}

void gumad_grace_end(void)
{
	gumad.grace_until = MONO_NEVER;
}

bool gumad_in_grace(void)
{
	return is_begun() && mono_before(gumad_now(), gumad.grace_until);
}

bool gumad_may_wait_in_grace(void)
{
	if (is_begun())
		return gumad_in_grace();
	return gumad_link_traits().reconnect_ms && gumad_grace_max_ms;
}

bool gumad_grace_expired(void)
{
	if (!is_begun() || gumad.grace_expiry_told || gumad_in_grace())
		return false;
	gumad.grace_expiry_told = true;
	return true;
}

struct mono_ms gumad_grace_deadline(void)
{
	return is_begun() && !gumad.grace_expiry_told ? gumad.grace_until : MONO_NEVER;
}

/* Until the link that is being opened has something to say, or it is time to look again. */
static void wait_a_moment(struct gumad_guard *guard)
{
	struct mono_ms now = gumad_now();
	struct mono_ms until = mono_add(now, GUMAD_LOOK_MS);
	int fd = gumad.opening ? gumad.link_fd : -1;
	int saved_errno = guard->saved_errno;

	if (gumad_in_grace())
		until = mono_min(until, gumad.grace_until);
	gumad_unlock(*guard);
	/* whoever closes that link meanwhile makes this a wait for the time alone, or for nothing */
	gumad_poll(fd, (int)mono_until(now, until));
	*guard = gumad_lock();
	guard->saved_errno = saved_errno;
}

void gumad_attach_wait(struct gumad_guard *guard, bool now_please)
{
	gumad_settle();
	while (gumad_attach(now_please) == -EAGAIN) {
		wait_a_moment(guard);
		gumad_settle();
	}
}

void gumad_ask(struct gumad_guard *guard, uint64_t *ret_asked)
{
	gumad_attach_wait(guard, true);
	*ret_asked = gumad.attachments;
}

bool gumad_ask_again(uint64_t asked)
{
	gumad_settle();
	return (!gumad.link || gumad.attachments != asked) && gumad_in_grace();
}
