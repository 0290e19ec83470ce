/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The control socket, its messages, and ibgate's use of them. */
#include <stdio.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "mad-proxy/io/control.h"
#include "mad-proxy/io/control_client.h"
#include "mad-proxy/io/control_msg.h"
#include "mad-proxy/io/gv_json.h"
#include "mad-proxy/io/text_table.h"
#include "tests/unit/test.h"

struct fixture {
	char *dir;
	char *path;
	struct io_control *control;
	unsigned int asked;
	guint64 later; /* the request that waits */
};

static GVariant *answer(void *ctx, guint64 id, const char *command, char **args)
{
	struct fixture *f = ctx;

	f->asked++;
	if (strcmp(command, "later") == 0) {
		f->later = id;
		return NULL;
	}
	if (strcmp(command, "echo") != 0)
		return io_control_reply_error("not that");
	return io_control_reply_new(g_variant_new_strv((const char *const *)args, -1));
}

static int setup(void **state)
{
	struct fixture *f = g_new0(struct fixture, 1);

	f->dir = g_dir_make_tmp("ibgate-XXXXXX", NULL);
	f->path = g_build_filename(f->dir, "control", NULL);
	f->control = io_control_new(f->path, answer, f, NULL);
	assert_non_null(f->control);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	io_control_free(f->control);
	assert_int_equal(access(f->path, F_OK), -1);
	assert_int_equal(g_rmdir(f->dir), 0);
	g_free(f->path);
	g_free(f->dir);
	g_free(f);
	return 0;
}

static void run_until_idle(void)
{
	while (g_main_context_iteration(NULL, FALSE))
		;
}

static int dial(const struct fixture *f)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(un.sun_path, f->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	return fd;
}

/* What arrived: bytes, 0 for the end, -1 for nothing yet. */
static ssize_t peek(int fd, guint8 *buf, size_t len)
{
	return recv(fd, buf, len, MSG_DONTWAIT | MSG_PEEK);
}

static gpointer ask_thread(gpointer data)
{
	struct fixture *f = data;
	char *args[] = {"a", "b c", NULL};
	GError *error = NULL;
	GVariant *reply = io_control_ask(f->dir, "echo", args, &error);

	g_assert_no_error(error);
	g_main_context_wakeup(NULL);
	return reply;
}

#define TEST_F(name, fixture) TEST_OVER(setup, teardown, name, fixture)

TEST_F(a_request_gets_its_answer, struct fixture *f)
{
	GThread *thread = g_thread_new("ask", ask_thread, f);
	g_autofree const char **words = NULL;
	g_autoptr(GVariant) reply = NULL;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	while (!f->asked)
		g_main_context_iteration(NULL, TRUE);
	run_until_idle();
	reply = g_thread_join(thread);
	words = g_variant_get_strv(reply, NULL);
	assert_string_equal(words[0], "a");
	assert_string_equal(words[1], "b c");
	assert_null(words[2]);
}

static int send_request(const struct fixture *f, const char *command)
{
	const char *args[] = {NULL};
	g_autoptr(GByteArray) out = io_control_pack(g_variant_new("(s^as)", command, args));
	int fd = dial(f);

	assert_int_equal(send(fd, out->data, out->len, 0), out->len);
	run_until_idle();
	return fd;
}

TEST_F(an_answer_that_takes_its_time_reaches_who_asked_and_nobody_else, struct fixture *f)
{
	int first = send_request(f, "later");
	guint64 id = f->later;
	int second = send_request(f, "later");
	guint8 buf[256];

	assert_int_not_equal(id, f->later);
	assert_int_equal(peek(first, buf, sizeof(buf)), -1);
	io_control_reply(f->control, id, io_control_reply_error("at last"));
	run_until_idle();
	assert_true(peek(first, buf, sizeof(buf)) > 0);
	assert_int_equal(peek(second, buf, sizeof(buf)), -1);
	/* answered before, or unknown: nothing happens */
	io_control_reply(f->control, id, io_control_reply_error("again"));
	io_control_reply(f->control, 12345, io_control_reply_error("to whom?"));
	run_until_idle();
	close(first);
	close(second);
}

TEST_F(nobody_there_is_said_with_what_to_do, struct fixture *f)
{
	g_autofree char *elsewhere = g_build_filename(f->dir, "no", NULL);
	g_autoptr(GError) error = NULL;
	char *none[] = {NULL};

	assert_null(io_control_ask(elsewhere, "status", none, &error));
	assert_non_null(strstr(error->message, "is ibgated running"));
}

TEST_F(a_request_in_single_bytes_is_read_whole, struct fixture *f)
{
	const char *args[] = {"x", NULL};
	g_autoptr(GByteArray) out = io_control_pack(g_variant_new("(s^as)", "echo", args));
	guint8 buf[256];
	int fd = dial(f);

	for (guint i = 0; i < out->len; i++) {
		assert_int_equal(f->asked, 0);
		assert_int_equal(send(fd, out->data + i, 1, MSG_NOSIGNAL), 1);
		run_until_idle();
	}
	assert_int_equal(f->asked, 1);
	assert_true(peek(fd, buf, sizeof(buf)) > CONTROL_HEADER_BYTES);
	close(fd);
	run_until_idle();
}

TEST_F(nonsense_is_disconnected_or_told, struct fixture *f)
{
	static const guint8 bad[][12] = {
		{'G', 'E', 'T', ' ', '/', 0, 0, 0}, /* no valid header */
		{0x49, 0x42, 0x47, 0x43, 0xff, 0xff, 0xff, 0xff}, /* too long */
		{0x49, 0x42, 0x47, 0x43, 0, 0, 0, 0}, /* empty */
		{0x49, 0x42, 0x47, 0x43, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}, /* no GVariant */
	};

	for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
		guint8 buf[256];
		int fd = dial(f);

		run_until_idle();
		assert_int_equal(send(fd, bad[i], i == 3 ? 12 : 8, MSG_NOSIGNAL), i == 3 ? 12 : 8);
		run_until_idle();
		if (i == 3)
			assert_true(peek(fd, buf, sizeof(buf)) > 0);
		else
			assert_int_equal(peek(fd, buf, sizeof(buf)), 0);
		close(fd);
	}
	assert_int_equal(f->asked, 0);
}

TEST_F(silent_clients_do_not_keep_others_out, struct fixture *f)
{
	const char *args[] = {NULL};
	g_autoptr(GByteArray) out = io_control_pack(g_variant_new("(s^as)", "echo", args));
	int silent[40], fd;
	guint8 buf[64];

	for (int i = 0; i < 40; i++) {
		silent[i] = dial(f);
		run_until_idle();
	}
	fd = dial(f);
	assert_int_equal(send(fd, out->data, out->len, MSG_NOSIGNAL), out->len);
	run_until_idle();
	assert_int_equal(f->asked, 1);
	assert_true(peek(fd, buf, sizeof(buf)) > 0);
	/* The oldest were disconnected, the newest are still connected. */
	assert_int_equal(peek(silent[0], buf, sizeof(buf)), 0);
	assert_int_equal(peek(silent[39], buf, sizeof(buf)), -1);
	for (int i = 0; i < 40; i++)
		close(silent[i]);
	close(fd);
	run_until_idle();
}

TEST_F(a_client_that_reads_nothing_does_not_block, struct fixture *f)
{
	g_autofree char *big = g_strnfill(60000, 'x');
	const char *args[] = {big, NULL};
	g_autoptr(GByteArray) out = io_control_pack(g_variant_new("(s^as)", "echo", args));
	int small = 1, fds[4];

	for (int i = 0; i < 4; i++) {
		fds[i] = dial(f);
		setsockopt(fds[i], SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
		assert_int_equal(send(fds[i], out->data, out->len, MSG_NOSIGNAL), out->len);
		run_until_idle();
		assert_int_equal(f->asked, i + 1);
	}
	for (int i = 0; i < 4; i++)
		close(fds[i]);
	run_until_idle();
}

TEST(a_message_cut_anywhere_is_refused)
{
	const char *args[] = {"alpha", "beta", NULL};
	g_autoptr(GByteArray) out = io_control_pack(g_variant_new("(s^as)", "detach", args));
	const guint8 *body = out->data + CONTROL_HEADER_BYTES;
	guint32 len = io_control_length(out->data, CONTROL_REQUEST_MAX);
	GVariant *whole;

	assert_int_equal(len, out->len - CONTROL_HEADER_BYTES);
	assert_int_equal(io_control_length(out->data, len - 1), 0);
	for (guint32 n = 0; n < len; n++)
		assert_null(io_control_unpack(body, n, CONTROL_REQUEST_TYPE));
	whole = io_control_unpack(body, len, CONTROL_REQUEST_TYPE);
	assert_non_null(whole);
	g_variant_unref(whole);
}

TEST(json_quotes_and_keeps_the_order)
{
	g_autoptr(GVariant) v = g_variant_ref_sink(g_variant_new_parsed(
		"{'z': <'a\"b\\\\c\\n'>, 'a': <@t 18446744073709551615>, 'l': <@as []>,"
		" 'm': <@mu nothing>, 'b': <[true, false]>}"));
	g_autofree char *text = io_gv_json(v);

	assert_string_equal(text, "{\n"
				  "  \"z\": \"a\\\"b\\\\c\\u000a\",\n"
				  "  \"a\": 18446744073709551615,\n"
				  "  \"l\": [],\n"
				  "  \"m\": null,\n"
				  "  \"b\": [\n"
				  "    true,\n"
				  "    false\n"
				  "  ]\n"
				  "}\n");
}

TEST(a_table_aligns_numbers_right_and_words_left)
{
	static const char *const rows[][4] = {{"NAME", "N", "LAST", NULL},
					      {"a", "5", "x", NULL},
					      {"long-name", "1234", "-", NULL}};
	struct io_text_table table;
	g_autofree char *text = NULL;

	io_text_table_init(&table);
	for (size_t i = 0; i < 3; i++)
		io_text_table_add(&table, g_strdupv((char **)rows[i]));
	text = io_text_table_print(&table);
	io_text_table_fini(&table);
	assert_string_equal(text, "NAME          N  LAST\n"
				  "a             5  x\n"
				  "long-name  1234  -\n");
}
