/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * ibgate: the control tool. Its commands are one table; most send a request to the gateway, `policy` works
 * on a file alone. See docs/man/ibgate.1.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "mad-proxy/io/cli_driver.h"
#include "mad-proxy/io/cli_policy.h"
#include "mad-proxy/io/cli_show.h"
#include "mad-proxy/io/control_client.h"
#include "mad-proxy/io/gv_json.h"

/* Exit statuses: success, failure, usage error. */
enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2 };

struct options {
	char *run_dir;
	char *port, *handle; /* of attach */
	char *backend; /* of attach and detach: a gateway in another domain */
	gboolean json;
};

struct command {
	const char *name;
	const char *args; /* arguments for the usage text */
	int args_min, args_max; /* max -1: any number */
	const char *text;
	int (*run)(const struct options *opt, const struct command *command, char **args);
};

/* Prints the answer and frees it; NULL: prints the error. */
static int tell(const struct options *opt, const struct command *command, GVariant *answer,
		const GError *error)
{
	g_autoptr(GVariant) data = answer;
	g_autofree char *text = NULL;

	if (!data) {
		fprintf(stderr, "ibgate: %s: %s\n", command->name, error->message);
		return EXIT_FAILED;
	}
	text = opt->json ? io_gv_json(data) : io_cli_show(command->name, data);
	fputs(text, stdout);
	return EXIT_DONE;
}

static int ask(const struct options *opt, const struct command *command, char **args)
{
	g_autoptr(GError) error = NULL;
	GVariant *data = io_control_ask(opt->run_dir, command->name, args, &error);

	return tell(opt, command, data, error);
}

/* An option of another command is an error, as an unknown command is. */
static int ask_gateway(const struct options *opt, const struct command *command, char **args)
{
	if (!opt->port && !opt->handle && !opt->backend)
		return ask(opt, command, args);
	fprintf(stderr, "ibgate: %s has no option --%s\n", command->name,
		opt->port     ? "port"
		: opt->handle ? "handle"
			      : "backend");
	return EXIT_USAGE;
}

/* attach and detach without the control socket, for a gateway in another domain. */
static struct io_cli_driver driver_of(const struct options *opt, char **args)
{
	return (struct io_cli_driver){.backend = opt->backend,
				      .domain = args[0],
				      .port = opt->port,
				      .handle = opt->handle};
}

static int attach(const struct options *opt, const struct command *command, char **args)
{
	char *all[] = {args[0], opt->port ? opt->port : "", opt->handle ? opt->handle : "", NULL};
	const struct io_cli_driver driver = driver_of(opt, args);
	g_autoptr(GError) error = NULL;
	GVariant *data;

	if (!opt->backend)
		return ask(opt, command, all);
	data = io_cli_driver_attach(&driver, &error);
	return tell(opt, command, data, error);
}

static int detach(const struct options *opt, const struct command *command, char **args)
{
	const struct io_cli_driver driver = driver_of(opt, args);
	g_autoptr(GError) error = NULL;
	GVariant *data;

	if (opt->handle && !opt->backend) {
		fprintf(stderr, "ibgate: detach: --handle needs --backend; without them all devices"
				" of the guest are removed\n");
		return EXIT_USAGE;
	}
	if (opt->port || !opt->backend)
		return ask_gateway(opt, command, args);
	data = io_cli_driver_detach(&driver, &error);
	return tell(opt, command, data, error);
}

static int policy_check(const struct options *opt, const struct command *command, char **args)
{
	return io_cli_policy_check(args[0], opt->json) ? EXIT_DONE : EXIT_FAILED;
}

static int policy_explain(const struct options *opt, const struct command *command, char **args)
{
	switch (io_cli_policy_explain(args, opt->json)) {
	case IO_CLI_ALLOWED:
		return EXIT_DONE;
	case IO_CLI_REFUSED:
		return EXIT_FAILED;
	case IO_CLI_MISUSED:
		break;
	}
	return EXIT_USAGE;
}

static const struct command commands[] = {
	{"status", "", 0, 0, "version, ports and number of sessions of the gateway", ask_gateway},
	{"guests", "", 0, 0, "the guests of the policy and what they have open", ask_gateway},
	{"counters", "[GUEST]", 0, 1, "the counters, in total or of one guest", ask_gateway},
	{"reload", "", 0, 0, "read the policy file again", ask_gateway},
	{"attach", "DOMAIN [--port CA/N] [--handle N] [--backend DOMAIN]", 1, 1,
	 "give a Xen domain a device", attach},
	{"detach", "GUEST [--backend DOMAIN [--handle N]]", 1, 1,
	 "end all sessions of a guest, remove its devices", detach},
	{"policy check", "FILE", 1, 1, "print the errors of a policy file", policy_check},
	{"policy explain", "FILE GUEST REQUEST...", 3, -1,
	 "say whether a guest may do something, and which line decides", policy_explain},
};

static char *usage_of(const struct command *command)
{
	return g_strdup_printf("%s%s%s", command->name, *command->args ? " " : "", command->args);
}

static char *commands_help(void)
{
	GString *help = g_string_new("Commands:\n");

	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		g_autofree char *use = usage_of(&commands[i]);

		g_string_append_printf(help, "  %s\n      %s\n", use, commands[i].text);
	}
	g_string_append(help, "\nExit status: 0 done (explain: allowed), 1 not done (explain: "
			      "refused), 2 usage error.");
	return g_string_free(help, FALSE);
}

/* The command that the words name, and the number of words of its name. */
static const struct command *find_command(char **words, guint *ret_words)
{
	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		g_auto(GStrv) name = g_strsplit(commands[i].name, " ", -1);
		guint n = 0;

		while (name[n] && words[n] && strcmp(name[n], words[n]) == 0)
			n++;
		if (!name[n]) {
			*ret_words = n;
			return &commands[i];
		}
	}
	return NULL;
}

/* The usage of the commands whose name begins with `words`; false: there are none. */
static bool show_usage(const char *words)
{
	bool found = false;

	for (gsize i = 0; i < G_N_ELEMENTS(commands); i++) {
		g_autofree char *use = usage_of(&commands[i]);
		gsize length = strlen(words);

		if (strncmp(use, words, length) != 0 || (use[length] && use[length] != ' '))
			continue;
		fprintf(stderr, "usage: ibgate %s\n", use);
		found = true;
	}
	return found;
}

static int run_words(const struct options *opt, char **words)
{
	guint name_words, count;
	const struct command *command = find_command(words, &name_words);

	if (!command && words[0] && show_usage(words[0]))
		return EXIT_USAGE;
	if (!command) {
		fprintf(stderr, "ibgate: %s%s%s: see ibgate --help\n",
			words[0] ? "unknown command '" : "no command", words[0] ? words[0] : "",
			words[0] ? "'" : "");
		return EXIT_USAGE;
	}
	words += name_words;
	count = g_strv_length(words);
	if ((int)count < command->args_min ||
	    (command->args_max >= 0 && (int)count > command->args_max)) {
		show_usage(command->name);
		return EXIT_USAGE;
	}
	return command->run(opt, command, words);
}

int main(int argc, char **argv)
{
	struct options opt = {0};
	gboolean version = FALSE;
	g_auto(GStrv) words = NULL;
	const GOptionEntry entries[] = {
		{"run", 0, 0, G_OPTION_ARG_FILENAME, &opt.run_dir,
		 "the gateway's run directory (default /run/ibgate)", "DIR"},
		{"json", 0, 0, G_OPTION_ARG_NONE, &opt.json, "answer in JSON", NULL},
		{"port", 0, 0, G_OPTION_ARG_STRING, &opt.port,
		 "attach: the port that the device shows (default: the policy's first)", "CA/N"},
		{"handle", 0, 0, G_OPTION_ARG_STRING, &opt.handle,
		 "the device's number (default: attach: the lowest free one; detach: all)", "N"},
		{"backend", 0, 0, G_OPTION_ARG_STRING, &opt.backend,
		 "attach, detach, in dom0: the domain that runs the gateway", "DOMAIN"},
		{"version", 0, 0, G_OPTION_ARG_NONE, &version, "print the version", NULL},
		{G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words, NULL, NULL},
		G_OPTION_ENTRY_NULL};
	g_autoptr(GOptionContext) context =
		g_option_context_new("COMMAND - control the InfiniBand gateway");
	g_autofree char *help = commands_help();
	g_autoptr(GError) error = NULL;
	char *none[] = {NULL};
	int status;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, help);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "ibgate: %s\n", error->message);
		return EXIT_USAGE;
	}
	if (version) {
		printf("ibgate %s\n", IBGATE_VERSION);
		return EXIT_DONE;
	}
	if (!opt.run_dir)
		opt.run_dir = g_strdup("/run/ibgate");
	status = run_words(&opt, words ? words : none);
	g_free(opt.run_dir);
	g_free(opt.port);
	g_free(opt.handle);
	g_free(opt.backend);
	return status;
}
