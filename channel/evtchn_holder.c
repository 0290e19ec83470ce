/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Both processes: the owner and the holder, connected by a socket pair. A descriptor in transit is held by
 * the socket. The owner notices that a holder was killed when it sends the next message; it then starts a
 * new one and sends it the whole list. Until then only the owner has the files.
 */
#include "channel/evtchn_holder.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* systemd does not kill a process whose name begins with @ at shutdown. */
#define NAME "@ibgate-holder"

enum {
	LIVE_MAX = 64,
	VOID_MAX = 256, /* restores for which the owner keeps files */
};

enum op {
	HOLD, /* with the descriptor: a new file without a port */
	PORT, /* the file has a port now */
	VOID, /* the file's port is void */
	END, /* the owner closed the file */
};

struct message {
	enum op op;
	int id; /* the owner's number of the file */
	uint32_t port, domid;
};

struct file {
	int fd; /* -1: free entry. The descriptor in this process */
	int id; /* the owner's number of the file */
	bool has_port, is_void;
	uint32_t port, domid;
};

static struct file live[LIVE_MAX]; /* the owner's list; the holder inherits it at fork() */
static bool live_ready;
static int void_fd[VOID_MAX];
static unsigned int voids;
static pid_t holder;
static int to_holder = -1;

static void files_init(void)
{
	for (unsigned int i = 0; i < LIVE_MAX; i++)
		live[i].fd = -1;
	live_ready = true;
}

static struct file *file_of(int id)
{
	for (unsigned int i = 0; i < LIVE_MAX; i++)
		if (live[i].fd >= 0 && live[i].id == id)
			return &live[i];
	return NULL;
}

static struct file *file_free(void)
{
	for (unsigned int i = 0; i < LIVE_MAX; i++)
		if (live[i].fd < 0)
			return &live[i];
	return NULL;
}

/* --- the holder: system calls only --- */

/* Room for one descriptor in a message. */
union control {
	struct cmsghdr align;
	char buf[CMSG_SPACE(sizeof(int))];
};

/* A port number is in use once: an older file with the same number has lost its port. */
static void holder_port(struct file *file, const struct message *m)
{
	for (unsigned int i = 0; i < LIVE_MAX; i++)
		if (live[i].fd >= 0 && live[i].has_port && live[i].port == m->port)
			live[i].is_void = true;
	file->has_port = true;
	file->port = m->port;
	file->domid = m->domid;
}

/* The owner closed the file. True: the holder keeps it open for good. */
static bool holder_end(struct file *file)
{
	int fd = file->fd;

	file->fd = -1;
	if (file->is_void)
		return true;
	if (file->has_port && !chan_xen_port_is_known(file->port, file->domid))
		return true;
	close(fd);
	return false;
}

static bool holder_handle(const struct message *m, int fd)
{
	struct file *file = m->op == HOLD ? file_free() : file_of(m->id);

	if (!file)
		return false;
	switch (m->op) {
	case HOLD:
		*file = (struct file){.fd = fd, .id = m->id};
		return false;
	case PORT:
		holder_port(file, m);
		return false;
	case VOID:
		file->is_void = true;
		return false;
	case END:
		return holder_end(file);
	}
	return false;
}

/* False: the owner has ended. *ret_fd: -1 or the descriptor in the message. */
static bool holder_receive(int sock, struct message *m, int *ret_fd)
{
	struct iovec iov = {.iov_base = m, .iov_len = sizeof(*m)};
	union control control;
	struct msghdr msg = {
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf),
	};
	const struct cmsghdr *cmsg;
	ssize_t n;

	do
		n = recvmsg(sock, &msg, 0);
	while (n < 0 && errno == EINTR);
	cmsg = CMSG_FIRSTHDR(&msg);
	*ret_fd = -1;
	if (n > 0 && cmsg)
		memcpy(ret_fd, CMSG_DATA(cmsg), sizeof(*ret_fd));
	return n == (ssize_t)sizeof(*m);
}

/*
 * The owner ended without closing its files: one without a reported port may have one. True: the holder
 * keeps at least one file open.
 */
static bool holder_inherits(void)
{
	bool stays = false;

	for (unsigned int i = 0; i < LIVE_MAX; i++) {
		if (live[i].fd < 0)
			continue;
		live[i].is_void |= !live[i].has_port;
		stays |= holder_end(&live[i]);
	}
	return stays;
}

static _Noreturn void holder_run(int sock)
{
	bool stays = false;
	struct message m;
	sigset_t all;
	int fd;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	/* Another name, so that killing the owner by name does not kill the holder. */
	prctl(PR_SET_NAME, &NAME[1]);
	strncpy(program_invocation_name, NAME, strlen(program_invocation_name));
	setsid();
	dup2(sock, 0);
	close_range(1, ~0U, 0);
	files_init();
	while (holder_receive(0, &m, &fd))
		stays |= holder_handle(&m, fd);
	stays |= holder_inherits();
	close(0);
	if (!stays)
		_exit(0);
	for (;;)
		pause();
}

/* --- the owner --- */

/* 0 or -errno. */
static int send_message(const struct message *m, int fd)
{
	struct iovec iov = {.iov_base = (void *)(uintptr_t)m, .iov_len = sizeof(*m)};
	union control control = {0};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n;

	if (fd >= 0) {
		struct cmsghdr *cmsg;

		msg.msg_control = control.buf;
		msg.msg_controllen = sizeof(control.buf);
		cmsg = CMSG_FIRSTHDR(&msg);
		cmsg->cmsg_level = SOL_SOCKET;
		cmsg->cmsg_type = SCM_RIGHTS;
		cmsg->cmsg_len = CMSG_LEN(sizeof(fd));
		memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	}
	do
		n = sendmsg(to_holder, &msg, MSG_NOSIGNAL);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : 0;
}

static void holder_reap(void)
{
	if (to_holder >= 0)
		close(to_holder);
	to_holder = -1;
	if (holder > 0)
		waitpid(holder, NULL, 0);
	holder = 0;
}

/* Starts a holder with an empty list. 0 or -errno. */
static int holder_begin(void)
{
	int pair[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	holder = fork();
	if (holder == 0)
		holder_run(pair[1]);
	if (holder < 0) {
		int err = errno;

		close(pair[0]);
		close(pair[1]);
		holder = 0;
		return -err;
	}
	close(pair[1]);
	to_holder = pair[0];
	return 0;
}

/* Starts a holder and sends it the list. */
static int holder_renew(void)
{
	int err;

	holder_reap();
	err = holder_begin();
	for (unsigned int i = 0; i < LIVE_MAX && !err; i++) {
		const struct file *f = &live[i];

		if (f->fd < 0)
			continue;
		err = send_message(&(struct message){.op = HOLD, .id = f->id}, f->fd);
		if (!err && f->has_port)
			err = send_message(&(struct message){PORT, f->id, f->port, f->domid}, -1);
	}
	for (unsigned int i = 0; i < voids && !err; i++) {
		err = send_message(&(struct message){.op = HOLD, .id = -1}, void_fd[i]);
		if (!err)
			err = send_message(&(struct message){.op = VOID, .id = -1}, -1);
		if (!err)
			err = send_message(&(struct message){.op = END, .id = -1}, -1);
	}
	return err;
}

static int notify(const struct message *m, int fd)
{
	int err = to_holder < 0 ? -EPIPE : send_message(m, fd);

	if (err) {
		err = holder_renew();
		if (!err)
			err = send_message(m, fd);
	}
	return err;
}

int chan_evtchn_hold(int fd)
{
	struct file *file;
	int err;

	if (!live_ready)
		files_init();
	file = file_free();
	if (!file)
		return -ENFILE;
	err = notify(&(struct message){.op = HOLD, .id = fd}, fd);
	if (!err)
		*file = (struct file){.fd = fd, .id = fd};
	return err;
}

void chan_evtchn_holder_port(int fd, uint32_t port, uint32_t domid)
{
	struct file *file = file_of(fd);

	notify(&(struct message){PORT, fd, port, domid}, -1);
	file->has_port = true;
	file->port = port;
	file->domid = domid;
}

void chan_evtchn_holder_void(int fd)
{
	int copy = voids < VOID_MAX ? fcntl(fd, F_DUPFD_CLOEXEC, 3) : -1;

	notify(&(struct message){.op = VOID, .id = fd}, -1);
	if (copy >= 0)
		void_fd[voids++] = copy;
}

void chan_evtchn_holder_end(int fd)
{
	file_of(fd)->fd = -1; /* first, so that holder_renew() does not send it */
	notify(&(struct message){.op = END, .id = fd}, -1);
}
