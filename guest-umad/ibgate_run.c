/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibgate-run CMD...: executes CMD with ibgate's libibumad.so.3 first on its library path. The exit status
 * is CMD's own, or 126 or 127 as in a shell.
 *
 * The library is searched in $IBGATE_LIBDIR, beside this program (a build tree, a copy), and in the install
 * path.
 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LIBRARY "libibumad.so.3"

enum { EXIT_CANNOT_RUN = 126, EXIT_NOT_FOUND = 127 };

static const char usage[] = "usage: ibgate-run CMD [ARGUMENT...]\n"
			    "Runs CMD with InfiniBand management through the ibgate gateway.\n"
			    "\n"
			    "  --help     this text\n"
			    "  --version  version\n"
			    "\n"
			    "Environment:\n"
			    "  IBGATE_SOCKET  the gateway's socket (default /run/ibgate/guest)\n"
			    "  IBGATE_LIBDIR  the directory of ibgate's " LIBRARY "\n";

static int has_library(const char *dir)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/" LIBRARY, dir);

	return n > 0 && (size_t)n < sizeof(path) && !access(path, R_OK);
}

/* The directory of this program. */
static int own_dir(char *dir, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", dir, size - 1);
	char *slash;

	if (n <= 0)
		return -1;
	dir[n] = '\0';
	slash = strrchr(dir, '/');
	if (!slash)
		return -1;
	*slash = '\0';
	return 0;
}

static const char *find_libdir(char *buf, size_t size)
{
	const char *dir = getenv("IBGATE_LIBDIR");

	if (dir && *dir)
		return has_library(dir) ? dir : NULL;
	if (!own_dir(buf, size) && has_library(buf))
		return buf;
	return has_library(IBGATE_LIBDIR) ? IBGATE_LIBDIR : NULL;
}

static int prepend_path(const char *libdir)
{
	const char *old = getenv("LD_LIBRARY_PATH");
	char *path;
	int r;

	if (!old || !*old)
		return setenv("LD_LIBRARY_PATH", libdir, 1);
	if (asprintf(&path, "%s:%s", libdir, old) < 0)
		return -1;
	r = setenv("LD_LIBRARY_PATH", path, 1);
	free(path);
	return r;
}

int main(int argc, char **argv)
{
	char buf[PATH_MAX];
	const char *libdir;
	int at = 1;

	if (argc > 1 && !strcmp(argv[1], "--help"))
		return fputs(usage, stdout) < 0;
	if (argc > 1 && !strcmp(argv[1], "--version"))
		return puts("ibgate-run " IBGATE_VERSION) < 0;
	if (argc > 1 && !strcmp(argv[1], "--"))
		at = 2;
	if (argc > 1 && at == 1 && argv[1][0] == '-') {
		fprintf(stderr, "ibgate-run: unknown option '%s' (see ibgate-run --help)\n",
			argv[1]);
		return EXIT_CANNOT_RUN;
	}
	if (at >= argc) {
		fputs(usage, stderr);
		return EXIT_CANNOT_RUN;
	}
	libdir = find_libdir(buf, sizeof(buf));
	if (!libdir) {
		fprintf(stderr, "ibgate-run: no %s in %s\n", LIBRARY,
			getenv("IBGATE_LIBDIR") ? getenv("IBGATE_LIBDIR") : IBGATE_LIBDIR);
		return EXIT_CANNOT_RUN;
	}
	if (prepend_path(libdir) < 0) {
		perror("ibgate-run");
		return EXIT_CANNOT_RUN;
	}
	execvp(argv[at], argv + at);
	fprintf(stderr, "ibgate-run: %s: %s\n", argv[at], strerror(errno));
	return errno == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_RUN;
}
