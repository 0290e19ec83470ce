/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Opening and closing ports, sending and receiving MADs. Return values and errno are those of rdma-core's
 * libibumad on the kernel's umad device (user_mad.c: ib_umad_read, ib_umad_write).
 */
#include "guest-umad/umad_ca.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "channel/umad_addr.h"
#include "guest-umad/umad_pair.h"

enum {
	HDR_BYTES = sizeof(struct ib_user_mad),
	TID_OFFSET = 8,
	FOREVER = -1,
};

int umad_init(void)
{
	return 0;
}

int umad_done(void)
{
	struct gumad_guard guard = gumad_lock();

	gumad_idle();
	gumad_unlock(guard);
	return 0;
}

static int open_once(const char *ca_name, int portnum, bool smi)
{
	char name[UMAD_CA_NAME_LEN];
	struct gumad_port *port;
	int index, r;

	if (gumad_resolve(ca_name, &portnum, smi, name) < 0)
		return -ENODEV;
	index = gumad_find_index(name, portnum);
	if (index < 0)
		return -EINVAL;
	port = gumad_port_get(name, portnum);
	if (!port)
		return -EIO;
	port->index = index;
	r = gumad_file_open(port);
	return r < 0 ? -EIO : r;
}

static int port_open(const char *ca_name, int portnum, bool smi)
{
	struct gumad_guard guard = gumad_lock();
	uint64_t asked;
	int r;

	do {
		gumad_call_begin(&guard, &asked);
		r = open_once(ca_name, portnum, smi);
	} while (gumad_call_again(asked) && r < 0);
	gumad_unlock(guard);
	if (r < 0)
		errno = r == -EINVAL ? ENOENT : -r;
	return r;
}

int umad_open_port(const char *ca_name, int portnum)
{
	return port_open(ca_name, portnum, false);
}

int umad_open_smi_port(const char *ca_name, int portnum)
{
	return port_open(ca_name, portnum, true);
}

int umad_close_port(int portid)
{
	struct gumad_guard guard = gumad_lock();
	struct gumad_file *f = gumad_file_find(portid);

	if (f)
		gumad_file_free(f);
	gumad_settle();
	gumad_unlock(guard);
	/* close() sets it, umad_close_port() does not */
	if (!f)
		errno = EBADF;
	return 0;
}

int umad_get_fd(int portid)
{
	return portid;
}

/* write() on the umad device: 0 or -errno. */
static int file_send(struct gumad_file *f, int agentid, struct ib_user_mad *umad, int length)
{
	uint8_t tid[8];
	struct chan_addr addr;
	int r;

	if (length < TID_OFFSET + (int)sizeof(tid) || agentid < 0)
		return -EINVAL;
	chan_addr_from_umad(&addr, &umad->addr);
	/* The kernel sends a copy: the caller's buffer keeps its TID. */
	memcpy(tid, umad->data + TID_OFFSET, sizeof(tid));
	r = kmad_send(f->port->kmad, f->number, (unsigned int)agentid, &addr, umad->data,
		      (size_t)length, umad->timeout_ms, umad->retries, gumad_now());
	memcpy(umad->data + TID_OFFSET, tid, sizeof(tid));
	return r;
}

/*
 * The file of a port id, or NULL, after the steps towards a link that do not wait. A forked child waits for
 * its first link, since its inherited ports were usable in the parent.
 */
static struct gumad_file *file_ready(int portid, struct gumad_guard *guard)
{
	struct gumad_file *f = gumad_file_find(portid);
	uint64_t serial = f ? f->serial : 0;

	if (!f || gumad.link)
		return f;
	if (gumad.fresh)
		gumad_attach_wait(guard, false);
	else
		gumad_settle();
	return gumad_file_again(portid, serial);
}

int umad_send(int portid, int agentid, void *umad, int length, int timeout_ms, int retries)
{
	struct ib_user_mad *mad = umad;
	struct gumad_guard guard;
	struct gumad_file *f;
	int r = -EBADF;

	mad->timeout_ms = (uint32_t)timeout_ms;
	mad->retries = (uint32_t)retries;
	mad->agent_id = (uint32_t)agentid;
	if (umad_debug(-1) > 1)
		umad_dump(mad);

	guard = gumad_lock();
	f = file_ready(portid, &guard);
	if (f) {
		r = (gumad.link && f->port->index >= 0) || gumad_in_grace()
			    ? file_send(f, agentid, mad, length)
			    : -EIO;
		gumad_send_settle();
	}
	gumad_unlock(guard);
	errno = -r;
	return r ? -EIO : 0;
}

/*
 * read() on the umad device for a message that does not fit: returns the header and the first MAD (the
 * caller learns the length), and the message stays.
 */
static int file_read(struct gumad_file *f, struct ib_user_mad *umad, int *length)
{
	struct kmad_msg *msg = STAILQ_FIRST(&f->queue);
	size_t room = *length > 0 ? (size_t)*length : 0;
	size_t copy = msg->len;
	int r = 0;

	if (room < msg->len) {
		r = msg->len > CHAN_MAD_BYTES && room >= CHAN_MAD_BYTES ? -ENOSPC : -EINVAL;
		copy = r == -ENOSPC ? CHAN_MAD_BYTES : 0;
	}
	if (r != -EINVAL) {
		umad->agent_id = msg->agent;
		umad->status = msg->status;
		umad->timeout_ms = msg->timeout_ms;
		umad->retries = msg->retries;
		umad->length = (uint32_t)(HDR_BYTES + msg->len);
		chan_addr_to_umad(&umad->addr, &msg->addr);
		memcpy(umad->data, msg->data, copy);
	}
	*length = (int)msg->len;
	if (r < 0)
		return r;
	r = (int)msg->agent;
	free(gumad_file_pop(f));
	return r;
}

struct deadline {
	bool forever;
	struct mono_ms at;
};

static struct deadline deadline_in(int timeout_ms)
{
	return (struct deadline){
		.forever = timeout_ms < 0,
		.at = mono_add(gumad_now(), timeout_ms > 0 ? (uint64_t)timeout_ms : 0),
	};
}

static int deadline_left(const struct deadline *d)
{
	return d->forever ? -1 : (int)mono_until(gumad_now(), d->at);
}

/*
 * Waits for a message and, with a buffer, takes it. -EAGAIN if timeout_ms is 0 and there is none,
 * -ETIMEDOUT, -EIO with errno if interrupted, as poll(). The time-out stands still during grace, and the
 * wait continues while a request of the file is overdue.
 */
static int file_wait(int portid, struct ib_user_mad *umad, int *length, int timeout_ms)
{
	struct deadline deadline = deadline_in(timeout_ms);
	uint64_t serial = 0, attachments = 0;
	bool over = false, overdue = false, waited = false, asked_again;
	struct mono_ms began = {0};

	for (;;) {
		struct gumad_guard guard = gumad_lock();
		struct gumad_file *f = gumad_file_find(portid);
		int left, r = -EAGAIN;

		if (!f || (serial && f->serial != serial)) {
			r = -EBADF;
		} else {
			serial = f->serial;
			/* A queued message needs no work on the link. */
			if (STAILQ_EMPTY(&f->queue))
				gumad_settle_for(f);
			if (STAILQ_EMPTY(&f->queue) && timeout_ms) {
				if (!waited)
					began = gumad_now();
				waited = true;
				if (gumad_look_first())
					gumad_settle_for(f);
			}
			if (!STAILQ_EMPTY(&f->queue) && waited)
				gumad_look_learn(began);
			overdue = over && STAILQ_EMPTY(&f->queue) &&
				  kmad_is_overdue(f->port->kmad, f->number, gumad_now());
			if (!STAILQ_EMPTY(&f->queue))
				r = umad ? file_read(f, umad, length) : 0;
		}
		asked_again = gumad_in_grace() || (attachments && attachments != gumad.attachments);
		attachments = gumad.attachments;
		gumad_unlock(guard);
		if (r != -EAGAIN || !timeout_ms)
			return r;
		if (asked_again)
			deadline = deadline_in(timeout_ms);
		else if (over && !overdue)
			return -ETIMEDOUT;
		left = deadline_left(&deadline);
		over = !left;
		/* the overdue request's backstop ends it */
		if (over && overdue)
			left = FOREVER;
		if (left && gumad_poll(portid, left) < 0)
			return -EIO;
	}
}

int umad_recv(int portid, void *umad, int *length, int timeout_ms)
{
	int r;

	errno = 0;
	if (!umad || !length) {
		errno = EINVAL;
		return -EINVAL;
	}
	r = file_wait(portid, umad, length, timeout_ms);
	if (r < 0 && !errno)
		errno = -r;
	return r;
}

int umad_poll(int portid, int timeout_ms)
{
	int r = file_wait(portid, NULL, NULL, timeout_ms);

	return r == -EAGAIN ? -ETIMEDOUT : r;
}
