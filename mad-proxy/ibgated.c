/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* ibgated: options, the lock, signals, readiness. The rest is in io/gateway.c. See docs/man/ibgated.8. */
#include <errno.h>
#include <fcntl.h>
#include <glib-unix.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <syslog.h>
#include <systemd/sd-daemon.h>
#include <unistd.h>

#include "mad-proxy/io/control.h"
#include "mad-proxy/io/control_commands.h"
#include "mad-proxy/io/gateway.h"
#include "mad-proxy/io/journal.h"
#include "mad-proxy/io/reload.h"

#define EXIT_USAGE 2
#define SESSIONS_MAX 4096
#define SESSIONS_PER_GUEST_MAX 256
/* A session needs three descriptors, five while it is set up. */
#define DESCRIPTORS_WANTED (SESSIONS_MAX * 3 + 1024)

struct options {
	char *policy;
	char *state_dir;
	char *run_dir;
	enum io_journal_sink sink;
};

struct daemon {
	struct options opt;
	GMainLoop *loop;
	int lock_fd;
	struct io_gateway *gate;
	struct io_commands commands;
	struct io_control *control;
};

/* --- options --- */

/* Journal records name the policy file, so its path must be absolute. */
static void make_absolute(char **path, const char *deflt)
{
	char *absolute = g_canonicalize_filename(*path ? *path : deflt, NULL);

	g_free(*path);
	*path = absolute;
}

/* -1 to continue, otherwise the exit status. */
static int parse_options(struct options *opt, int argc, char **argv)
{
	g_autofree char *sink = NULL;
	gboolean version = FALSE;
	const GOptionEntry entries[] = {
		{"config", 'c', 0, G_OPTION_ARG_FILENAME, &opt->policy, "the policy file", "FILE"},
		{"state", 0, 0, G_OPTION_ARG_FILENAME, &opt->state_dir,
		 "directory of the state that survives a restart (default /var/lib/ibgate)", "DIR"},
		{"run", 0, 0, G_OPTION_ARG_FILENAME, &opt->run_dir,
		 "directory of the sockets and the lock (default /run/ibgate)", "DIR"},
		{"log", 0, 0, G_OPTION_ARG_STRING, &sink,
		 "where records go: auto, journal or stderr (default auto)", "WHERE"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &version, "print the version", NULL},
		G_OPTION_ENTRY_NULL};
	g_autoptr(GOptionContext) context = g_option_context_new("- the InfiniBand gateway");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "ibgated: %s\n", error->message);
		return EXIT_USAGE;
	}
	if (version) {
		printf("ibgated %s\n", IBGATE_VERSION);
		return EXIT_SUCCESS;
	}
	if (argc > 1 || !opt->policy) {
		fprintf(stderr,
			argc > 1 ? "ibgated: unexpected argument '%s' (see ibgated --help)\n"
				 : "ibgated: no policy file given (-c FILE)%s\n",
			argc > 1 ? argv[1] : "");
		return EXIT_USAGE;
	}
	if (sink && !io_journal_sink_parse(sink, &opt->sink)) {
		fprintf(stderr, "ibgated: --log %s: must be auto, journal or stderr\n", sink);
		return EXIT_USAGE;
	}
	make_absolute(&opt->policy, NULL);
	make_absolute(&opt->state_dir, "/var/lib/ibgate");
	make_absolute(&opt->run_dir, "/run/ibgate");
	return -1;
}

/* --- the lock --- */

static gboolean make_dir(const char *path, int mode, GError **error)
{
	if (g_mkdir_with_parents(path, mode) == 0)
		return TRUE;
	g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "cannot make %s: %s", path,
		    g_strerror(errno));
	return FALSE;
}

/* The kernel releases the lock when the process ends; the file stays. */
static gboolean take_lock(struct daemon *d, GError **error)
{
	g_autofree char *path = g_build_filename(d->opt.run_dir, "lock", NULL);

	d->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (d->lock_fd >= 0 && flock(d->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return TRUE;
	if (d->lock_fd >= 0 && errno == EWOULDBLOCK)
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
			    "another ibgated runs on %s (it holds %s)", d->opt.run_dir, path);
	else
		g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
			    "cannot lock %s: %s", path, g_strerror(errno));
	return FALSE;
}

static void raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	limit.rlim_cur = DESCRIPTORS_WANTED;
	if (limit.rlim_max < DESCRIPTORS_WANTED)
		limit.rlim_max = DESCRIPTORS_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	/* Without the privilege to raise the hard limit: use all of it. */
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
}

static gboolean on_terminate(gpointer data)
{
	struct daemon *d = data;

	g_main_loop_quit(d->loop);
	return G_SOURCE_CONTINUE;
}

static gboolean on_hangup(gpointer data)
{
	struct daemon *d = data;
	g_autoptr(GError) error = NULL;
	g_auto(GStrv) changes = NULL;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time());
	changes = io_reload(d->gate, d->opt.policy, &error);
	sd_notifyf(0, "READY=1\nSTATUS=%s",
		   changes ? "Policy reloaded."
			   : "Policy has errors; the previous one stays in force.");
	return G_SOURCE_CONTINUE;
}

/* --- start and main --- */

static gboolean daemon_start(struct daemon *d, GError **error)
{
	g_autofree char *control = g_build_filename(d->opt.run_dir, "control", NULL);
	struct io_gateway_params params = {.run_dir = d->opt.run_dir,
					   .state_dir = d->opt.state_dir,
					   .max_sessions = SESSIONS_MAX,
					   .max_sessions_per_guest = SESSIONS_PER_GUEST_MAX,
					   .xen = true};

	if (!make_dir(d->opt.run_dir, 0755, error) || !make_dir(d->opt.state_dir, 0700, error) ||
	    !take_lock(d, error))
		return FALSE;
	params.policy = io_policy_read(d->opt.policy, error);
	if (!params.policy) {
		io_policy_refused(*error);
		g_clear_error(error);
		g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
			    "not started: %s has errors (ibgate policy check FILE shows them)",
			    d->opt.policy);
		return FALSE;
	}
	d->gate = io_gateway_new(&params, error);
	if (!d->gate)
		return FALSE;
	d->commands = (struct io_commands){.gate = d->gate, .policy_path = d->opt.policy};
	d->control = io_control_new(control, io_commands_answer, &d->commands, error);
	d->commands.control = d->control;
	return d->control != NULL;
}

/* Runs in the loop that serves the guests: if the loop hangs, systemd gets no keep-alive. */
static gboolean on_watchdog(gpointer data)
{
	sd_notify(0, "WATCHDOG=1");
	return G_SOURCE_CONTINUE;
}

static void watchdog_begin(void)
{
	uint64_t usec;

	if (sd_watchdog_enabled(0, &usec) > 0)
		g_timeout_add((guint)(usec / 2000), on_watchdog, NULL);
}

static void daemon_run(struct daemon *d)
{
	d->loop = g_main_loop_new(NULL, FALSE);
	g_unix_signal_add(SIGTERM, on_terminate, d);
	g_unix_signal_add(SIGINT, on_terminate, d);
	g_unix_signal_add(SIGHUP, on_hangup, d);
	watchdog_begin();
	sd_notify(0, "READY=1");
	io_journal_note(LOG_INFO, "ibgated %s serves %u port%s for %zu guest%s of %s",
			IBGATE_VERSION, d->gate->ports, d->gate->ports == 1 ? "" : "s",
			d->gate->policy->guest_count, d->gate->policy->guest_count == 1 ? "" : "s",
			d->opt.policy);
	g_main_loop_run(d->loop);
	sd_notify(0, "STOPPING=1");
	io_journal_note(LOG_INFO, "ibgated stops");
	g_main_loop_unref(d->loop);
}

int main(int argc, char **argv)
{
	struct daemon d = {.lock_fd = -1};
	g_autoptr(GError) error = NULL;
	int status = parse_options(&d.opt, argc, argv);

	if (status >= 0)
		return status;
	signal(SIGPIPE, SIG_IGN);
	/* Keep large tables in mmap when glibc would raise its threshold: unused pages are not resident. */
	mallopt(M_MMAP_THRESHOLD, 128 * 1024);
	io_journal_init(d.opt.sink);
	raise_descriptor_limit();
	status = EXIT_SUCCESS;
	if (daemon_start(&d, &error)) {
		daemon_run(&d);
	} else {
		io_journal_note(LOG_ERR, "%s", error->message);
		status = EXIT_FAILURE;
	}
	/* io_gateway_free() notifies waiting control clients that the gateway ends */
	io_gateway_free(d.gate);
	io_control_free(d.control);
	io_journal_fini();
	if (d.lock_fd >= 0)
		close(d.lock_fd);
	g_free(d.opt.policy);
	g_free(d.opt.state_dir);
	g_free(d.opt.run_dir);
	return status;
}
