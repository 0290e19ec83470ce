/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A hostile front-end in a real guest, against a real back-end.
 *
 * hostile [-q] [-d HANDLE] CASE [NUMBER]	one case of the table below
 * hostile list				the table: name, tab, sentence
 *
 * A case attacks, then checks that the result is the one of its row; at last it connects the device
 * correctly, sends a request, and leaves the device in InitWait. With -q it only leaves it there: the next
 * case that connects shows that it works. tests/xen/cases checks the effects in dom0.
 *
 * Prints "error TEXT" for each reason from the back-end; the duration; "ok" or what is wrong. Status 0, 1
 * (wrong result) or 2 (the attack could not be run).
 */
#include "tests/xen/hostile.h"

#include <regex.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum ending {
	CLOSED_WITH, /* by the back-end, with a reason that matches `why` */
	LIVES, /* the session still answers */
	WHATEVER, /* it can only be connected afterwards; or the case checked itself */
};

struct hostile_case {
	const char *name;
	const char *sentence;
	hostile_run *run;
	unsigned long n;
	enum ending ending;
	const char *why;
};

#define GRANTS "pages of the ring"
#define PORT "event.channel|pages of the ring"

static const struct hostile_case table[] = {
	/* xenstore: the front-end's keys */
	{"key-missing", "each key in turn is missing", key_missing, 0, WHATEVER, NULL},
	{"key-no-number", "a key is no number that can be read", key_no_number, 5, WHATEVER, NULL},
	{"keys-change", "the keys change while they are read", keys_change, 8, WHATEVER, NULL},
	{"key-backend", "the front-end points at somebody else's back-end", key_backend_elsewhere,
	 0, LIVES, NULL},

	/* grants and event channels */
	{"grant-one-never", "one reference of many was never granted", grant_one_never_made, 7,
	 CLOSED_WITH, GRANTS},
	{"grants-huge", "references are outside of any grant table", grants_huge, 0, CLOSED_WITH,
	 GRANTS},
	{"grants-other", "pages are granted to another domain", grants_of_another, 0, CLOSED_WITH,
	 GRANTS},
	{"grant-one-read-only", "one page is granted read-only", grant_one_read_only, 20,
	 CLOSED_WITH, GRANTS},
	{"grants-revoked", "pages were granted once and no more", grants_revoked, 0, CLOSED_WITH,
	 GRANTS},
	{"grants-revoked-mapped", "grants are revoked while they are mapped",
	 grants_revoked_while_mapped, 0, WHATEVER, NULL},
	{"grant-twice", "two references name the same page", grant_twice, 0, CLOSED_WITH,
	 "ring-ref2 names a page"},
	{"port-taken", "the event channel is one that is connected elsewhere", port_taken, 0,
	 CLOSED_WITH, PORT},
	{"port-other", "the event channel waits for another domain", port_of_another, 0,
	 CLOSED_WITH, PORT},
	{"port-closed", "the event channel goes while the device is connected", port_closed, 0,
	 WHATEVER, NULL},

	/* states */
	{"state-343", "the state flips 3-4-3-4 while the device is connected", state_343, 10, LIVES,
	 NULL},
	{"state-flips", "the state flips again and again in any order", state_flips, 200, WHATEVER,
	 NULL},
	{"state-no-number", "the state is no number", state_no_number, 4, WHATEVER, NULL},
	{"state-4-early", "the front-end is Connected before the back-end is", state_4_early, 0,
	 CLOSED_WITH, "before that of the other end"},
	{"state-gone", "the state goes while the device is connected", state_gone, 0, WHATEVER,
	 NULL},
	{"state-1-connected", "the front-end begins anew without a close", state_1_connected, 4,
	 WHATEVER, NULL},
	{"state-6-connected", "the front-end is Closed without Closing", state_6_connected, 4,
	 WHATEVER, NULL},

	/* the ring */
	{"ring-kind", "slots are of kinds that cannot be", ring_kind, 99, CLOSED_WITH, "slot"},
	{"ring-produced", "the producer's index jumps ahead", ring_produced, FRONT_SLOTS + 1,
	 CLOSED_WITH, "ind(ex|ices)"},
	{"ring-consumed", "answers are taken before they were put", ring_consumed, 100000,
	 CLOSED_WITH, "ind(ex|ices)"},
	{"ring-header", "the header of the ring changes", ring_header, 0, LIVES, NULL},
	{"ring-scribble", "noise goes all over the pages", ring_scribble, 1, CLOSED_WITH, "."},
	{"ring-never-read", "answers are never read", ring_never_read, 500, LIVES, NULL},
	{"slots-mutate", "slots change between right and wrong while they are read", slots_mutate,
	 2, WHATEVER, NULL},

	/* one for each advisory */
	{"xsa-155", "XSA-155: what was checked is what is used, whatever the slot says by then",
	 xsa_155_double_fetch, 200, LIVES, NULL},
	{"xsa-332", "XSA-332: events flood while nothing is on the ring", xsa_332_event_flood, 5000,
	 LIVES, NULL},
	{"xsa-349", "XSA-349: writes to watched nodes flood", xsa_349_watch_flood, 800, LIVES,
	 NULL},
	{"xsa-350", "XSA-350: connect and disconnect toggle, nobody waits", xsa_350_toggling, 30,
	 WHATEVER, NULL},
	{"xsa-391", "XSA-391: every slot is signalled many times over", xsa_391_signals, 100, LIVES,
	 NULL},
	{"xsa-392", "XSA-392: requests are queued without end and no answer is taken",
	 xsa_392_queues, 600, LIVES, NULL},
	{"cve-2022-42315", "CVE-2022-42315: the guest fills xenstore as far as it may",
	 cve_2022_42315_store_memory, 1000, LIVES, NULL},

	/* permitted requests, as often as possible */
	{"flood-collide", "a request is told apart by what means nothing and cancels in a hash",
	 flood_collide, 1000, LIVES, NULL},
	{"flood-tables", "tables are asked for 256 times, a millisecond apart", flood_short_tables,
	 1000, WHATEVER, NULL},
	{"flood-one-way", "tables are asked for, and nobody waits for them", flood_one_way, 1000,
	 WHATEVER, NULL},

	/* no attacks */
	{"clean", "an honest front-end comes and goes", life_nothing, 0, WHATEVER, NULL},
	{"cycles", "an honest front-end comes and goes many times", life_cycles, 10, WHATEVER,
	 NULL},
	{"rude-cycles", "it comes and goes, half the time without a close", life_rude_cycles, 10,
	 WHATEVER, NULL},
	{"stop-after", "goes N steps of the handshake, says \"stopped\" and waits for its end",
	 life_stop_after, 0, WHATEVER, NULL},
	{"die-after", "goes N steps of the handshake and is killed", life_die_after, 0, WHATEVER,
	 NULL},
	{"kexec", "a new front-end begins, as after a kexec: the old one never said a word",
	 life_kexec, 0, WHATEVER, NULL},
	{"two-devices", "two devices of a guest are used at once, and one closed for what it did",
	 life_two_devices, 1, WHATEVER, NULL},
	{"put-away", "whatever went before, the device is brought back to InitWait", life_put_away,
	 0, WHATEVER, NULL},
};

bool complain(const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	vprintf(format, ap);
	va_end(ap);
	printf("\n");
	return false;
}

bool was_closed(struct front *f, const char *why)
{
	char text[FRONT_TEXT_BYTES];
	regex_t regex;
	bool matches;

	if (!back_wait(f, ONE_OF(CLOSED)))
		return complain("not closed: the back-end is in state %d", back_state(f));
	back_text(f, "error", text);
	if (!*text)
		return complain("closed without a reason");
	printf("error %s\n", text);
	if (regcomp(&regex, why, REG_EXTENDED | REG_NOSUB | REG_ICASE))
		return complain("bad expression %s", why);
	matches = !regexec(&regex, text, 0, NULL, 0);
	regfree(&regex);
	return matches || complain("the reason is not about %s", why);
}

static unsigned int noise_state = 1;

void noise_seed(unsigned long seed)
{
	noise_state = (unsigned int)seed * 2654435761u + 1;
}

unsigned int noise(unsigned int below)
{
	noise_state ^= noise_state << 13;
	noise_state ^= noise_state >> 17;
	noise_state ^= noise_state << 5;
	return noise_state % below;
}

int child_begin(struct front *f, void (*again)(struct front *own, unsigned int round))
{
	struct front own;
	int pid = fork();

	if (pid < 0)
		out_of_luck("fork");
	if (pid)
		return pid;
	/* Handles from before the fork are the parent's. */
	own = (struct front){.handle = f->handle, .port = -1};
	memcpy(own.path, f->path, sizeof(own.path));
	memcpy(own.ref, f->ref, sizeof(own.ref));
	own.xs = xs_open(0);
	if (!own.xs)
		out_of_luck("xs_open");
	for (unsigned int round = 0;; round++)
		again(&own, round);
}

void child_end(struct front *f, int pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	front_forget(f);
}

static bool ended_well(struct front *f, const struct hostile_case *c)
{
	switch (c->ending) {
	case CLOSED_WITH:
		return was_closed(f, c->why);
	case LIVES:
		return front_lives(f) || complain("the session does not answer");
	case WHATEVER:
		break;
	}
	return true;
}

/* Connects correctly; the reason of the last fault is removed. */
static bool comes_up_again(struct front *f)
{
	char text[FRONT_TEXT_BYTES];

	front_unbind(f);
	if (!front_roll(f))
		return complain("no InitWait afterwards: the back-end is in state %d",
				back_state(f));
	if (!front_up(f) || !front_lives(f)) {
		back_text(f, "error", text);
		return complain("no clean connect afterwards: %s", text);
	}
	back_text(f, "error", text);
	if (*text)
		return complain("the error stays: %s", text);
	return (front_down(f) && front_restart(f)) || complain("no clean close afterwards");
}

static int list(void)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		printf("%s\t%s\n", table[i].name, table[i].sentence);
	return 0;
}

static bool put_away(struct front *f)
{
	front_unbind(f);
	return front_restart(f) || complain("no InitWait afterwards");
}

static int run(const struct hostile_case *c, unsigned int handle, unsigned long n, bool quick)
{
	const uint64_t begin = now_ms();
	struct front f;
	bool ok;

	front_init(&f, handle);
	noise_seed(n);
	if (!front_restart(&f)) {
		complain("no InitWait to begin with: the back-end is in state %d", back_state(&f));
		return 2;
	}
	ok = c->run(&f, n) && ended_well(&f, c);
	ok = (quick ? put_away(&f) : comes_up_again(&f)) && ok;
	front_fini(&f);
	printf("took %llu ms\n", (unsigned long long)(now_ms() - begin));
	printf("%s\n", ok ? "ok" : "not as it must be");
	return !ok;
}

int main(int argc, char **argv)
{
	unsigned int handle = 0;
	bool quick = false;
	int option;

	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((option = getopt(argc, argv, "+qd:")) != -1) {
		if (option == 'd')
			handle = (unsigned int)strtoul(optarg, NULL, 10);
		else if (option == 'q')
			quick = true;
		else
			return 2;
	}
	argc -= optind;
	argv += optind;
	if (argc == 1 && !strcmp(argv[0], "list"))
		return list();
	for (size_t i = 0; argc >= 1 && i < sizeof(table) / sizeof(table[0]); i++)
		if (!strcmp(argv[0], table[i].name))
			return run(&table[i], handle,
				   argc > 1 ? strtoul(argv[1], NULL, 0) : table[i].n, quick);
	fprintf(stderr, "hostile: no such case\n");
	return 2;
}
