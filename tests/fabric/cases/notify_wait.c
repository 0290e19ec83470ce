/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Acts as the service manager: waits at a socket for COUNT of these messages.
 *
 * notify_wait PATH MESSAGE COUNT
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int sock = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	char message[256];
	long left;

	if (argc != 4)
		return 2;
	left = strtol(argv[3], NULL, 10);
	snprintf(un.sun_path, sizeof(un.sun_path), "%s", argv[1]);
	unlink(argv[1]);
	if (bind(sock, (struct sockaddr *)&un, sizeof(un)) < 0) {
		perror(argv[1]);
		return 1;
	}
	while (left > 0) {
		ssize_t n = recv(sock, message, sizeof(message) - 1, 0);

		if (n < 0)
			return 1;
		message[n] = '\0';
		left -= !strcmp(message, argv[2]);
	}
	return 0;
}
