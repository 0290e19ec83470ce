/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A descriptor whose last close takes as long as its creator wants: a TCP socket with unsent data and
 * SO_LINGER. Sent over a unix socket and not received, it is closed by the close of that socket.
 */
#pragma once

#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define LINGER_SECONDS 600
#define LINGER_PEERS 256

/* A socket connected within this network namespace; only the last LINGER_PEERS linger. -1: errno. */
static inline int linger_socket(void)
{
	struct linger how = {.l_onoff = 1, .l_linger = LINGER_SECONDS};
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;
	int sock = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	static int peer[LINGER_PEERS];
	static unsigned int next;
	static char data[1 << 16];

	setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	setsockopt(sock, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	if (bind(listener, (struct sockaddr *)&in, len) < 0 || listen(listener, 1) < 0 ||
	    getsockname(listener, (struct sockaddr *)&in, &len) < 0 ||
	    connect(sock, (struct sockaddr *)&in, len) < 0)
		return -1;
	/* this end is not read, and the other lingers as long as this one is open */
	if (next >= LINGER_PEERS)
		close(peer[next % LINGER_PEERS]);
	peer[next++ % LINGER_PEERS] = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	close(listener);
	while (send(sock, data, sizeof(data), MSG_DONTWAIT) > 0)
		;
	setsockopt(sock, SOL_SOCKET, SO_LINGER, &how, sizeof(how));
	return sock;
}

/* Sends one over a unix socket, and keeps none. 0 or errno. */
static inline int linger_send(int unix_sock)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec iov = {.iov_base = &byte, .iov_len = 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *rights = CMSG_FIRSTHDR(&msg);
	const struct linger none = {0};
	int sock = linger_socket(), err = 0;

	if (sock < 0)
		return errno;
	rights->cmsg_level = SOL_SOCKET;
	rights->cmsg_type = SCM_RIGHTS;
	rights->cmsg_len = CMSG_LEN(sizeof(sock));
	memcpy(CMSG_DATA(rights), &sock, sizeof(sock));
	if (sendmsg(unix_sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
		err = errno;
		setsockopt(sock, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	}
	close(sock);
	return err;
}
