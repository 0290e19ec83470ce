/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibguestd: in a guest, serves the libibumad of its processes on a local socket and connects all of them to
 * the gateway (docs/man/ibguestd.8). This file: options, the lock, signals, readiness.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "channel/local.h"
#include "guest-umad/ibguestd_loop.h"

#ifdef IBGATE_XEN
#define HAVE_XEN true
#define XEN_RUN guestd_xen_run
#else
#define HAVE_XEN false
#define XEN_RUN guestd_local_run
#endif
#define EXIT_USAGE 2
#define BACKLOG 64

struct service {
	struct guestd_options options;
	int lock_fd, listen_fd, signal_fd;
	struct stat socket; /* identifies our socket at the end */
	struct guestd_feed feed;
	struct guestd loop;
};

/* --- options --- */

static const char usage[] =
	"usage: ibguestd [--socket PATH] [--mode MODE] [--upstream xen|PATH]...\n"
	"Passes the management datagrams of this guest's programs to the gateway.\n"
	"  --socket PATH    the socket for the programs (default /run/ibgate/guest)\n"
	"  --mode MODE      permissions of that socket, octal (default 0600)\n"
	"  --upstream xen   every vib device of this Xen domain (the default)\n"
	"  --upstream PATH  a gateway's local socket; may be given several times\n"
	"  --version, --help\n";

static int wrong_use(const char *what, const char *value)
{
	fprintf(stderr, "ibguestd: %s%s%s (see ibguestd --help)\n", what, value ? ": " : "",
		value ? value : "");
	return EXIT_USAGE;
}

static bool parse_mode(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] < '0' || text[0] > '7' || *end || mode > 0777)
		return false;
	*ret = (unsigned int)mode;
	return true;
}

/* -1 to continue, otherwise the exit status. */
static int parse_upstream(struct guestd_options *o, const char *value, bool *xen)
{
	if (!strcmp(value, "xen")) {
		*xen = true;
	} else if (value[0] != '/') {
		return wrong_use("--upstream is xen, or the absolute path of a socket", value);
	} else if (o->paths == RELAY_UPSTREAMS) {
		return wrong_use("too many upstreams", NULL);
	} else {
		o->path[o->paths++] = value;
	}
	if (*xen && o->paths)
		return wrong_use("--upstream is either xen or sockets, not both", NULL);
	return -1;
}

/* -1 to continue, otherwise the exit status. */
static int parse_options(struct guestd_options *o, int argc, char **argv)
{
	static const struct option options[] = {
		{"socket", required_argument, NULL, 's'},   {"mode", required_argument, NULL, 'm'},
		{"upstream", required_argument, NULL, 'u'}, {"version", no_argument, NULL, 'V'},
		{"help", no_argument, NULL, 'h'},	    {NULL, 0, NULL, 0},
	};
	bool xen = false;
	int c, rc;

	*o = (struct guestd_options){.socket = "/run/ibgate/guest", .mode = 0600};
	while ((c = getopt_long(argc, argv, "h", options, NULL)) >= 0) {
		switch (c) {
		case 's':
			o->socket = optarg;
			break;
		case 'm':
			if (!parse_mode(optarg, &o->mode))
				return wrong_use("--mode is an octal number such as 0660", optarg);
			break;
		case 'u':
			rc = parse_upstream(o, optarg, &xen);
			if (rc >= 0)
				return rc;
			break;
		case 'V':
			printf("ibguestd %s\n", IBGATE_VERSION);
			return EXIT_SUCCESS;
		case 'h':
			fputs(usage, stdout);
			return EXIT_SUCCESS;
		default:
			return EXIT_USAGE;
		}
	}
	if (optind < argc)
		return wrong_use("unexpected argument", argv[optind]);
	return -1;
}

/* --- the socket --- */

/* /run/ibgate may not exist yet. Only the last directory is made. */
static void make_parent(const char *path)
{
	const char *slash = strrchr(path, '/');
	char parent[PATH_MAX];

	if (!slash || slash == path || (size_t)(slash - path) >= sizeof(parent))
		return;
	memcpy(parent, path, (size_t)(slash - path));
	parent[slash - path] = '\0';
	(void)!mkdir(parent, 0755);
}

/* The kernel releases the lock when the process ends; the file stays. */
static bool take_lock(struct service *s)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s.lock", s->options.socket);

	if (n < 0 || (size_t)n >= sizeof(path)) {
		guestd_log("--socket %s: too long", s->options.socket);
		return false;
	}
	s->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (s->lock_fd < 0) {
		guestd_log("cannot make %s: %s (does its directory exist, and may this user write "
			   "there?)",
			   path, strerror(errno));
		return false;
	}
	if (flock(s->lock_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	guestd_log("another ibguestd serves %s already: stop it, or choose another --socket",
		   s->options.socket);
	return false;
}

static bool listen_at_socket(struct service *s)
{
	const struct chan_listen how = {
		.path = s->options.socket,
		.mode = s->options.mode,
		.uid = (uid_t)-1,
		.gid = (gid_t)-1,
		.backlog = BACKLOG,
	};

	s->listen_fd = chan_local_listen(&how);
	if (s->listen_fd >= 0 && stat(s->options.socket, &s->socket) == 0)
		return true;
	guestd_log("cannot listen at %s: %s", s->options.socket,
		   strerror(s->listen_fd < 0 ? -s->listen_fd : errno));
	return false;
}

static void remove_socket(const struct service *s)
{
	struct stat now;

	if (stat(s->options.socket, &now) == 0 && now.st_dev == s->socket.st_dev &&
	    now.st_ino == s->socket.st_ino)
		unlink(s->options.socket);
}

/* --- the service manager --- */

/* As sd_notify(3): a datagram to the socket that the service manager named. */
static void notify(const char *message)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	size_t len = path ? strlen(path) : 0;
	int fd;

	if (!len || len >= sizeof(un.sun_path) || (path[0] != '/' && path[0] != '@'))
		return;
	memcpy(un.sun_path, path, len);
	if (path[0] == '@')
		un.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)!sendto(fd, message, strlen(message), MSG_NOSIGNAL, (const struct sockaddr *)&un,
		      (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len));
	close(fd);
}

static void is_alive(void)
{
	notify("WATCHDOG=1");
}

/* As sd_watchdog_enabled(3): the loop sends keep-alives at half the interval that systemd requires. */
static void watchdog_begin(struct guestd *g)
{
	const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");

	if (!usec || (pid && strtol(pid, NULL, 10) != getpid()))
		return;
	g->alive = is_alive;
	g->alive_ms = (uint32_t)(strtoul(usec, NULL, 10) / 2000);
}

/* For this thread and those it creates. */
static int take_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* --- start and main --- */

static int serve(struct service *s)
{
	struct guestd_connector connector = {.feed = &s->feed, .options = &s->options};
	pthread_t thread;
	int rc = guestd_feed_init(&s->feed);

	if (rc == 0)
		rc = guestd_init(&s->loop, &s->feed, s->listen_fd, s->signal_fd);
	if (rc == 0)
		/* NOLINTNEXTLINE(bugprone-branch-clone): both are the same without Xen */
		rc = -pthread_create(&thread, NULL, s->options.paths ? guestd_local_run : XEN_RUN,
				     &connector);
	if (rc != 0) {
		guestd_log("cannot start: %s", strerror(-rc));
		return EXIT_FAILURE;
	}
	watchdog_begin(&s->loop);
	notify("READY=1");
	guestd_run(&s->loop);
	notify("STOPPING=1");
	remove_socket(s);
	guestd_feed_stop(&s->feed);
	pthread_join(thread, NULL);
	guestd_fini(&s->loop);
	guestd_feed_fini(&s->feed);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct service s;
	int rc = parse_options(&s.options, argc, argv);

	if (rc >= 0)
		return rc;
	if (!s.options.paths && !HAVE_XEN) {
		guestd_log("this ibguestd was built without Xen: give it --upstream PATH");
		return EXIT_FAILURE;
	}
	s.signal_fd = take_signals();
	if (s.signal_fd < 0) {
		guestd_log("cannot receive signals: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	make_parent(s.options.socket);
	if (!take_lock(&s) || !listen_at_socket(&s))
		return EXIT_FAILURE;
	return serve(&s);
}
