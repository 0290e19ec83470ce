/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/control_client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "mad-proxy/io/control_msg.h"

#define PATIENCE_S 15

static void set_errno_error(GError **error, const char *path, int err)
{
	switch (err) {
	case ENOENT:
	case ECONNREFUSED:
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
			    "no gateway answers at %s: is ibgated running (systemctl status "
			    "ibgated), and with this --run directory?",
			    path);
		return;
	case EACCES:
	case EPERM:
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_ACCES,
			    "not allowed to open %s: run ibgate as the user of ibgated (root)",
			    path);
		return;
	case EAGAIN:
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_AGAIN,
			    "the gateway at %s did not answer within %d seconds", path, PATIENCE_S);
		return;
	default:
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(err), "%s: %s", path,
			    g_strerror(err));
	}
}

/* A connected socket with time-outs, or -errno. */
static int dial(const char *path)
{
	struct timeval patience = {.tv_sec = PATIENCE_S};
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd, err;

	if (strlen(path) >= sizeof(un.sun_path))
		return -ENAMETOOLONG;
	g_strlcpy(un.sun_path, path, sizeof(un.sun_path));
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	if (connect(fd, (const struct sockaddr *)&un, sizeof(un)) == 0)
		return fd;
	err = errno;
	close(fd);
	return -err;
}

static int send_all(int fd, const guint8 *data, gsize len)
{
	while (len) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);

		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (gsize)n;
		}
	}
	return 0;
}

static int recv_all(int fd, guint8 *data, gsize len)
{
	while (len) {
		ssize_t n = recv(fd, data, len, 0);

		if (n == 0)
			return -EPIPE;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0) {
			data += n;
			len -= (gsize)n;
		}
	}
	return 0;
}

/* The raw reply. NULL: *ret_errno has the reason. */
static GVariant *exchange(int fd, GVariant *request, int *ret_errno)
{
	g_autoptr(GByteArray) out = io_control_pack(request);
	guint8 header[CONTROL_HEADER_BYTES];
	g_autofree guint8 *body = NULL;
	GVariant *reply;
	guint32 len;
	int rc = send_all(fd, out->data, out->len);

	if (rc == 0)
		rc = recv_all(fd, header, sizeof(header));
	*ret_errno = -rc;
	if (rc < 0)
		return NULL;
	*ret_errno = EPROTO;
	len = io_control_length(header, CONTROL_REPLY_MAX);
	if (len == 0)
		return NULL;
	body = g_malloc(len);
	rc = recv_all(fd, body, len);
	if (rc < 0) {
		*ret_errno = -rc;
		return NULL;
	}
	reply = io_control_unpack(body, len, CONTROL_REPLY_TYPE);
	return reply;
}

GVariant *io_control_ask(const char *run_dir, const char *command, char **args, GError **error)
{
	g_autofree char *path = g_build_filename(run_dir, "control", NULL);
	g_autoptr(GVariant) reply = NULL;
	g_autoptr(GVariant) data = NULL;
	const char *why;
	gboolean done;
	int err = 0, fd = dial(path);

	if (fd < 0) {
		set_errno_error(error, path, -fd);
		return NULL;
	}
	reply = exchange(fd, g_variant_new("(s^as)", command, args), &err);
	close(fd);
	if (!reply) {
		set_errno_error(error, path, err);
		return NULL;
	}
	g_variant_get(reply, "(b&sv)", &done, &why, &data);
	if (done)
		return g_steal_pointer(&data);
	g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, why);
	return NULL;
}
