/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The grace period after the loss of a peer. A killed gateway, or a restored guest, has a new peer within
 * seconds, and with a local adapter nothing would have happened. So requests wait during grace and are sent
 * again to the next peer, time-outs of waiting threads stand still, and calls that need a peer wait. After
 * grace the adapter counts as unplugged (umad_attach.c).
 *
 * Grace begins once, and again only after a peer that answered: a peer that repeatedly connects without
 * answering does not extend it.
 *
 * A thread waits for a peer without the lock, as for an answer: other threads send, receive, close and fork
 * meanwhile, and the thread may be cancelled. Pointers looked up before the wait are invalid after it.
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
	gumad.grace_expiry_reported = false;
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
	if (!is_begun() || gumad.grace_expiry_reported || gumad_in_grace())
		return false;
	gumad.grace_expiry_reported = true;
	return true;
}

struct mono_ms gumad_grace_deadline(void)
{
	return is_begun() && !gumad.grace_expiry_reported ? gumad.grace_until : MONO_NEVER;
}

/* Waits until the opening link is readable, or until the next check is due. */
static void wait_a_moment(struct gumad_guard *guard)
{
	struct mono_ms now = gumad_now();
	struct mono_ms until = mono_add(now, GUMAD_LOOK_MS);
	int fd = gumad.opening ? gumad.link_fd : -1;
	int saved_errno = guard->saved_errno;

	if (gumad_in_grace())
		until = mono_min(until, gumad.grace_until);
	gumad_unlock(*guard);
	/* if another thread closes that descriptor, this waits for the time alone or returns at once */
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

void gumad_call_begin(struct gumad_guard *guard, uint64_t *ret_asked)
{
	gumad_attach_wait(guard, true);
	*ret_asked = gumad.attachments;
}

bool gumad_call_again(uint64_t asked)
{
	gumad_settle();
	return (!gumad.link || gumad.attachments != asked) && gumad_in_grace();
}
