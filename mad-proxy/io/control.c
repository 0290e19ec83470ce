/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "mad-proxy/io/control.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/local.h"
#include "mad-proxy/io/control_msg.h"

#define CLIENTS_MAX 16
#define CLIENT_SECONDS 10 /* from accepting the connection to the end of the answer */
#define READ_CHUNK 4096

struct io_control {
	char *path;
	int listen_fd;
	guint listen_source;
	io_control_answer answer;
	void *ctx;
	GPtrArray *clients;
	guint64 last_id;
};

/* One connection: first `in` fills, then `out` empties. */
struct client {
	struct io_control *control;
	guint64 id; /* of its request */
	int fd;
	guint io_source; /* 0: it waits for its answer */
	guint timer;
	GByteArray *in;
	GByteArray *out;
	guint sent;
};

static void client_free(gpointer data)
{
	struct client *client = data;

	if (client->io_source)
		g_source_remove(client->io_source);
	if (client->timer)
		g_source_remove(client->timer);
	close(client->fd);
	g_byte_array_unref(client->in);
	if (client->out)
		g_byte_array_unref(client->out);
	g_free(client);
}

static void client_drop(struct client *client)
{
	g_ptr_array_remove_fast(client->control->clients, client);
}

static gboolean client_timed_out(gpointer data)
{
	struct client *client = data;

	client->timer = 0;
	client_drop(client);
	return G_SOURCE_REMOVE;
}

static gboolean client_writable(gint fd, GIOCondition condition, gpointer data)
{
	struct client *client = data;
	ssize_t n = send(fd, client->out->data + client->sent, client->out->len - client->sent,
			 MSG_NOSIGNAL | MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n > 0)
		client->sent += (guint)n;
	if (n > 0 && client->sent < client->out->len)
		return G_SOURCE_CONTINUE;
	client->io_source = 0;
	client_drop(client);
	return G_SOURCE_REMOVE;
}

static GVariant *answer_request(struct io_control *control, guint64 id, GVariant *request)
{
	g_autofree const char **args = NULL;
	const char *command;

	g_variant_get(request, "(&s^a&s)", &command, &args);
	return control->answer(control->ctx, id, command, (char **)args);
}

/* 1: the request is complete, 0: more must come, -1: it is invalid. */
static int request_complete(const GByteArray *in, guint32 *ret_len)
{
	if (in->len < CONTROL_HEADER_BYTES)
		return 0;
	*ret_len = io_control_length(in->data, CONTROL_REQUEST_MAX);
	if (*ret_len == 0)
		return -1;
	return in->len >= CONTROL_HEADER_BYTES + *ret_len;
}

static void client_give(struct client *client, GVariant *answer)
{
	client->out = io_control_pack(answer);
	client->io_source = g_unix_fd_add(client->fd, G_IO_OUT, client_writable, client);
}

static void client_answer(struct client *client, guint32 len)
{
	g_autoptr(GVariant) request = io_control_unpack(client->in->data + CONTROL_HEADER_BYTES,
							len, CONTROL_REQUEST_TYPE);
	GVariant *answer;

	client->id = ++client->control->last_id;
	answer = request ? answer_request(client->control, client->id, request)
			 : io_control_reply_error("malformed request");
	if (answer)
		client_give(client, answer);
}

void io_control_reply(struct io_control *control, guint64 id, GVariant *answer)
{
	for (guint i = 0; i < control->clients->len; i++) {
		struct client *client = g_ptr_array_index(control->clients, i);

		if (client->id == id && !client->out) {
			client_give(client, answer);
			return;
		}
	}
	g_variant_unref(g_variant_ref_sink(answer));
}

static gboolean client_readable(gint fd, GIOCondition condition, gpointer data)
{
	struct client *client = data;
	guint8 chunk[READ_CHUNK];
	guint32 len = 0;
	ssize_t n = recv(fd, chunk, sizeof(chunk), MSG_DONTWAIT);
	int complete;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return G_SOURCE_CONTINUE;
	if (n > 0)
		g_byte_array_append(client->in, chunk, (guint)n);
	complete = n > 0 ? request_complete(client->in, &len) : -1;
	if (complete == 0)
		return G_SOURCE_CONTINUE;
	client->io_source = 0;
	if (complete > 0)
		client_answer(client, len);
	else
		client_drop(client);
	return G_SOURCE_REMOVE;
}

static gboolean control_accept(gint fd, GIOCondition condition, gpointer data)
{
	struct io_control *control = data;
	int sock = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct client *client;

	if (sock < 0)
		return G_SOURCE_CONTINUE;
	/* Too many clients: close the oldest. */
	if (control->clients->len >= CLIENTS_MAX)
		g_ptr_array_remove_index(control->clients, 0);
	client = g_new0(struct client, 1);
	client->control = control;
	client->fd = sock;
	client->in = g_byte_array_new();
	client->io_source = g_unix_fd_add(sock, G_IO_IN | G_IO_HUP, client_readable, client);
	client->timer = g_timeout_add_seconds(CLIENT_SECONDS, client_timed_out, client);
	g_ptr_array_add(control->clients, client);
	return G_SOURCE_CONTINUE;
}

struct io_control *io_control_new(const char *path, io_control_answer answer, void *ctx,
				  GError **error)
{
	const struct chan_listen how = {.path = path,
					.mode = 0600,
					.uid = (uid_t)-1,
					.gid = (gid_t)-1,
					.backlog = CLIENTS_MAX,
					.stream = true};
	int fd = chan_local_listen(&how);
	struct io_control *control;

	if (fd < 0) {
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(-fd),
			    "cannot listen at %s: %s", path, g_strerror(-fd));
		return NULL;
	}
	control = g_new0(struct io_control, 1);
	control->path = g_strdup(path);
	control->listen_fd = fd;
	control->answer = answer;
	control->ctx = ctx;
	control->clients = g_ptr_array_new_with_free_func(client_free);
	control->listen_source = g_unix_fd_add(fd, G_IO_IN, control_accept, control);
	return control;
}

void io_control_free(struct io_control *control)
{
	if (!control)
		return;
	g_source_remove(control->listen_source);
	g_ptr_array_unref(control->clients);
	close(control->listen_fd);
	unlink(control->path);
	g_free(control->path);
	g_free(control);
}
