/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "channel/chan.h"

#include <errno.h>
#include <stddef.h>

void chan_free(struct chan *chan)
{
	if (chan)
		chan->ops->close(chan);
}

int chan_bell(const struct chan *chan)
{
	return chan->ops->bell_fd(chan);
}

/* After one violation the session stays bad, whatever its memory contains later. */
static int result(struct chan *chan, enum chan_verdict verdict)
{
	if (verdict == CHAN_BAD_INDEX)
		chan->broken = true;
	if (chan->broken)
		return -EBADMSG;
	return verdict == CHAN_DONE;
}

int chan_take(struct chan *chan, struct chan_slot *ret_slot)
{
	int taken = result(chan, chan_consumer_take(&chan->in, ret_slot));

	chan->rang |= taken == 1 && chan->armed;
	chan->armed &= taken != 1;
	return taken;
}

int chan_reserve(struct chan *chan, struct chan_slot **ret_slot)
{
	return result(chan, chan_producer_reserve(&chan->out, ret_slot));
}

void chan_commit(struct chan *chan)
{
	chan_producer_commit(&chan->out);
}

int chan_put(struct chan *chan, const struct chan_slot *slot)
{
	struct chan_slot *place;
	int done = chan_reserve(chan, &place);

	if (done == 1) {
		*place = *slot;
		chan_commit(chan);
	}
	return done;
}

bool chan_want_room(struct chan *chan, uint32_t room)
{
	return chan_producer_want_room(&chan->out, room);
}

bool chan_bell_shows(const struct chan *chan)
{
	return chan->rang && chan_peek(chan);
}

void chan_look(struct chan *chan)
{
	chan_consumer_disarm(&chan->in);
	chan->looks = true;
	chan->armed = false;
}

bool chan_peek(const struct chan *chan)
{
	return chan_consumer_peek(&chan->in);
}

void chan_kick(struct chan *chan)
{
	bool data = chan_producer_should_notify(&chan->out);
	bool room = chan_consumer_should_notify(&chan->in);

	if (data || room) {
		chan->rung++;
		chan->ops->ring_bell(chan);
	}
}

int chan_sleep_ok(struct chan *chan)
{
	int err;

	chan_kick(chan);
	if (chan->ops->clear_bell) {
		err = chan->ops->clear_bell(chan);
		if (err)
			return err;
	}
	chan->rang = chan->looks = false;
	err = result(chan, chan_consumer_arm(&chan->in));
	chan->armed = err == 0;
	return err < 0 ? err : !err;
}

bool chan_unmask_due(const struct chan *chan)
{
	return chan->held;
}

void chan_unmask(struct chan *chan)
{
	if (chan->held)
		chan->ops->unmask(chan);
}
