/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A guest that violates the protocol (channel/abi) without the library: it maps the ring, writes what and
 * where it likes, and then checks whether its session is still open.
 *
 * hostile_slots HOW [NUMBER]		(attack_table below)
 *
 * Prints "closed" if the gateway closed the session, "open" if it still answers, "refused" if it did not
 * accept it; some attacks print more. Exits with 0 unless it could not run the attack.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/fabric/cases/linger.h"
#include "tests/fabric/cases/ring_by_hand.h"
#include "tests/patience.h"

/* NO_MORE_MS: a gateway that accepts no session for so long has reached its limit */
enum { SWITCH_LID = 2, LINGER_ROUNDS = 10, NO_MORE_MS = 10000 };

struct peer {
	struct hand ring; /* first: struct hand is converted to its peer */
	int sock, event;
};

static void out_of_luck(const char *what)
{
	fprintf(stderr, "hostile_slots: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void ring_bell(struct hand *ring)
{
	const struct peer *p = (const struct peer *)ring;
	uint64_t one = 1;

	if (write(p->event, &one, sizeof(one)) < 0 && errno != EAGAIN)
		out_of_luck("doorbell");
}

static bool hung_up(const struct peer *p, int wait_ms)
{
	struct pollfd pfd = {.fd = p->sock, .events = POLLRDHUP};

	return poll(&pfd, 1, wait_ms) > 0;
}

static bool look(struct hand *ring, unsigned int looks)
{
	if (looks >= TEST_PATIENCE_MS) {
		printf("no answer\n");
		return false;
	}
	return !hung_up((const struct peer *)ring, 1);
}

/* A connected socket without a WELCOME. */
static int connected(void)
{
	struct sockaddr_un sa = {.sun_family = AF_UNIX};
	const char *path = getenv("IBGATE_SOCKET");
	int sock = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	snprintf(sa.sun_path, sizeof(sa.sun_path), "%s", path ? path : "/run/ibgate/guest");
	if (sock < 0 || connect(sock, (struct sockaddr *)&sa, sizeof(sa)) < 0)
		out_of_luck("connect");
	return sock;
}

/* Connects and takes WELCOME; false: the gateway closed the socket, or the time is over. */
static bool attach_within(struct peer *p, int wait_ms)
{
	struct chan_welcome welcome;
	struct iovec iov = {&welcome, sizeof(welcome)};
	char control[CMSG_SPACE(2 * sizeof(int))] __attribute__((aligned(8)));
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control,
			     .msg_controllen = sizeof(control)};
	const struct cmsghdr *rights;
	int fds[2];
	void *map;

	memset(p, 0, sizeof(*p));
	p->sock = connected();
	if (poll(&(struct pollfd){.fd = p->sock, .events = POLLIN}, 1, wait_ms) != 1 ||
	    recvmsg(p->sock, &msg, MSG_CMSG_CLOEXEC) != sizeof(welcome)) {
		close(p->sock);
		return false;
	}
	rights = CMSG_FIRSTHDR(&msg);
	if (!rights || rights->cmsg_len != CMSG_LEN(sizeof(fds)))
		out_of_luck("no descriptors in the welcome");
	memcpy(fds, CMSG_DATA(rights), sizeof(fds));
	map = mmap(NULL, welcome.map_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
	if (map == MAP_FAILED)
		out_of_luck("mmap");
	close(fds[0]);
	p->event = fds[1];
	p->ring =
		(struct hand){.page = map, .slots = welcome.slots, .bell = ring_bell, .look = look};
	hand_begin(&p->ring);
	return true;
}

static bool attach(struct peer *p)
{
	return attach_within(p, -1);
}

/* A request to the switch. */
static struct chan_slot request(uint32_t tid)
{
	return request_slot(tid, SWITCH_LID);
}

static void say_state(struct peer *p)
{
	struct chan_port_info info;

	printf("%s\n", !hung_up(p, 0) && hand_port(&p->ring, &info) ? "open" : "closed");
}

/* For attacks after which the session cannot continue. */
static void say_end(struct peer *p)
{
	printf("%s\n", hung_up(p, TEST_PATIENCE_MS) ? "closed" : "open");
}

/* Puts one slot and prints the result. */
static void put_one(struct peer *p, struct chan_slot slot)
{
	hand_put(&p->ring, &slot);
	ring_bell(&p->ring);
	say_state(p);
}

/* --- attacks --- */

static void bad_kind(struct peer *p, unsigned long n)
{
	put_one(p, slot_of((uint8_t)n));
}

static void bad_port(struct peer *p, unsigned long n)
{
	struct chan_slot slot = request(1);

	slot.port = (uint16_t)n;
	put_one(p, slot);
}

static void bad_client(struct peer *p, unsigned long n)
{
	struct chan_slot slot = request(1);

	slot.client = (uint16_t)n;
	put_one(p, slot);
}

static void bad_agent(struct peer *p, unsigned long n)
{
	struct chan_slot slot = request(1), reply;

	slot.agent = (uint16_t)n;
	if (hand_call(&p->ring, &slot, &reply))
		printf("kind %u status %u\n", reply.kind, reply.status);
	say_state(p);
}

static void close_unknown(struct peer *p, unsigned long n)
{
	struct chan_slot slot = slot_of(CHAN_KIND_CLIENT_CLOSE);

	slot.client = (uint16_t)n;
	put_one(p, slot);
}

static void index_ahead(struct peer *p, unsigned long n)
{
	__atomic_store_n(&p->ring.page->to_host.produced, p->ring.produced + (uint32_t)n,
			 __ATOMIC_RELEASE);
	ring_bell(&p->ring);
	say_end(p);
}

/* The gateway checks the index when the ring of answers seems full: so many answers must arrive. */
static void index_consumed(struct peer *p, unsigned long n)
{
	__atomic_store_n(&p->ring.page->to_guest.consumed, p->ring.consumed + (uint32_t)n,
			 __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < 2 * p->ring.slots; i++) {
		struct chan_slot slot = request(i);

		if (!hand_put(&p->ring, &slot))
			break;
	}
	ring_bell(&p->ring);
	say_end(p);
}

/* Writes every byte of the shared memory, repeatedly, while the gateway uses it. */
static void scribble(struct peer *p, unsigned long n)
{
	size_t bytes = CHAN_RING_MAP_BYTES(p->ring.slots);

	srandom((unsigned int)n);
	for (unsigned int i = 0; i < 200 && !hung_up(p, 0); i++) {
		for (size_t at = 0; at < bytes; at += sizeof(long)) {
			long noise = random();

			memcpy((char *)p->ring.page + at, &noise, sizeof(noise));
		}
		ring_bell(&p->ring);
	}
	say_end(p);
}

static void socket_garbage(struct peer *p, unsigned long n)
{
	char garbage[512];

	memset(garbage, 0xa5, sizeof(garbage));
	for (unsigned long i = 0; i < n; i++)
		send(p->sock, garbage, sizeof(garbage), MSG_NOSIGNAL | MSG_DONTWAIT);
	say_state(p);
}

static void socket_descriptors(struct peer *p, unsigned long n)
{
	union {
		struct cmsghdr align;
		char buf[CMSG_SPACE(8 * sizeof(int))];
	} control = {0};
	char byte = 0;
	struct iovec iov = {&byte, 1};
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = control.buf,
			     .msg_controllen = sizeof(control.buf)};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	unsigned long refused = 0;
	int fds[8] = {p->sock, p->sock, 0, 1, 2, p->event, p->event, p->sock};

	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(cmsg), fds, sizeof(fds));
	for (unsigned long i = 0; i < n; i++)
		refused +=
			sendmsg(p->sock, &msg, MSG_NOSIGNAL | MSG_DONTWAIT) < 0 && errno == EPERM;
	/* by the kernel: they were never received */
	if (refused == n)
		printf("refused\n");
	else
		say_state(p);
}

/* n requests as fast as the ring takes them; answers without room are lost. */
static void flood(struct peer *p, unsigned long n)
{
	unsigned long sent = 0, ended = 0;
	struct chan_slot slot;
	int idle_ms = 0;

	while (ended < n && idle_ms < 1000 && !hung_up(p, 0)) {
		if (hand_take(&p->ring, &slot)) {
			ended += slot.kind == CHAN_KIND_RECV || slot.kind == CHAN_KIND_SEND_DONE;
			idle_ms = 0;
		} else if (sent < n &&
			   p->ring.produced - p->ring.page->to_host.consumed < p->ring.slots) {
			slot = request((uint32_t)sent++);
			hand_put(&p->ring, &slot);
		} else {
			ring_bell(&p->ring);
			idle_ms += !hung_up(p, 1);
		}
	}
	printf("sent %lu ended %lu\n", sent, ended);
	say_state(p);
}

/* n requests without reading an answer; then checks that the session works when it reads again. */
static void never_read(struct peer *p, unsigned long n)
{
	struct chan_slot slot;
	unsigned long read = 0;

	for (unsigned long i = 0; i < n; i++) {
		slot = request((uint32_t)i);
		if (!hand_put(&p->ring, &slot))
			break;
	}
	while (p->ring.page->to_host.consumed != p->ring.produced && !hung_up(p, 1))
		ring_bell(&p->ring);
	while (hand_take(&p->ring, &slot))
		read++;
	printf("sent %lu read %lu\n", n, read);
	say_state(p);
}

static void doorbells(struct peer *p, unsigned long n)
{
	while (n--)
		ring_bell(&p->ring);
	say_state(p);
}

static void die_busy(struct peer *p, unsigned long n)
{
	struct chan_slot slot;

	for (unsigned long i = 0; i < n; i++) {
		slot = request((uint32_t)i);
		hand_put(&p->ring, &slot);
	}
	ring_bell(&p->ring);
	kill(getpid(), SIGKILL);
}

/* Stops (SIGSTOP) with answers in transit until it is continued. */
static void stop_busy(struct peer *p, unsigned long n)
{
	struct chan_slot slot;
	unsigned long ended = 0;

	for (unsigned long i = 0; i < n; i++) {
		slot = request((uint32_t)i);
		hand_put(&p->ring, &slot);
	}
	ring_bell(&p->ring);
	printf("stops\n");
	raise(SIGSTOP);
	while (ended < n && !hung_up(p, 0))
		if (hand_take(&p->ring, &slot))
			ended++;
		else if (hung_up(p, 10))
			break;
	printf("had %lu of %lu\n", ended, n);
	say_state(p);
}

/* n sessions opened and closed, one after the other. */
static void churn(struct peer *p, unsigned long n)
{
	struct peer other;

	for (unsigned long i = 0; i < n; i++) {
		if (!attach(&other))
			break;
		if (i % 3)
			hand_hello(&other.ring);
		munmap(other.ring.page, CHAN_RING_MAP_BYTES(other.ring.slots));
		close(other.sock);
		close(other.event);
	}
	say_state(p);
}

/* n sessions at once. */
static void burst(struct peer *p, unsigned long n)
{
	unsigned long had = 0;

	for (unsigned long i = 0; i < n; i++) {
		struct peer other;

		had += attach(&other) && hand_hello(&other.ring);
	}
	printf("had %lu of %lu\n", had, n);
	say_state(p);
}

static bool stdin_ended(void)
{
	struct pollfd pfd = {.fd = 0, .events = POLLIN};
	char byte;

	return poll(&pfd, 1, 0) > 0 && read(0, &byte, 1) <= 0;
}

static void wake(int number)
{
}

/*
 * Until standard input ends: sends descriptors that linger on close, and lets the gateway close them last.
 * Which side closes first is a race, so this repeats, on sockets not yet accepted, just accepted, and with
 * a session.
 */
static void lingers(struct peer *p, unsigned long n)
{
	const struct itimerval soon = {.it_value.tv_usec = 5000, .it_interval.tv_usec = 5000};
	unsigned long refused = 0, round;
	struct peer other;
	int sock[8];

	/* if this side closes last, it waits itself, until a signal */
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = wake, .sa_flags = SA_RESTART}, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	for (round = 0; !stdin_ended(); round++) {
		for (unsigned int i = 0; i < 8; i++)
			sock[i] = connected();
		for (unsigned int i = 0; i < 8; i++)
			refused += linger_send(sock[i]) == EPERM;
		for (unsigned int i = 0; i < 8; i++)
			close(sock[i]);
		if (attach(&other)) {
			refused += linger_send(other.sock) == EPERM;
			munmap(other.ring.page, CHAN_RING_MAP_BYTES(other.ring.slots));
			close(other.sock);
			close(other.event);
		}
		if (round == LINGER_ROUNDS)
			printf("lingers\n");
	}
	setitimer(ITIMER_REAL, &(struct itimerval){0}, NULL);
	printf("rounds %lu refused %lu\n", round, refused);
	say_state(p);
}

/* n sessions, one after the other; keeps and fills their memory. Fewer if the gateway refuses. */
static void hoard(struct peer *p, unsigned long n)
{
	struct peer *kept = calloc(n, sizeof(*kept)), other;
	unsigned long had = 0;

	while (had < n && attach_within(&kept[had], NO_MORE_MS)) {
		memset(kept[had].ring.page, 0xa5, CHAN_RING_MAP_BYTES(kept[had].ring.slots));
		close(kept[had].sock);
		close(kept[had].event);
		had++;
	}
	printf("had %lu of %lu\n", had, n);
	for (unsigned long i = 0; i < had; i++)
		munmap(kept[i].ring.page, CHAN_RING_MAP_BYTES(kept[i].ring.slots));
	free(kept);
	/* it is accepted again after unmapping */
	printf("%s\n", attach(&other) && hand_hello(&other.ring) ? "again" : "never again");
	say_state(p);
}

static void no_hello(struct peer *p, unsigned long n)
{
	put_one(p, request(1));
}

static void bad_magic(struct peer *p, unsigned long n)
{
	put_one(p, hello_slot(0xdeadbeef, CHAN_ABI_VERSION));
}

static void bad_version(struct peer *p, unsigned long n)
{
	put_one(p, hello_slot(CHAN_ABI_MAGIC, CHAN_ABI_VERSION + 1));
}

static const struct {
	const char *name;
	bool says_hello; /* it sends HELLO first, as a correct guest */
	void (*run)(struct peer *p, unsigned long n);
} attack_table[] = {
	{"no-hello", false, no_hello},
	{"magic", false, bad_magic},
	{"version", false, bad_version},
	{"kind", true, bad_kind},
	{"port", true, bad_port},
	{"client", true, bad_client},
	{"agent", true, bad_agent},
	{"close-client", true, close_unknown},
	{"produced", true, index_ahead},
	{"consumed", true, index_consumed},
	{"scribble", true, scribble},
	{"garbage", true, socket_garbage},
	{"descriptors", true, socket_descriptors},
	{"flood", true, flood},
	{"never-read", true, never_read},
	{"doorbells", true, doorbells},
	{"die", true, die_busy},
	{"stop", true, stop_busy},
	{"churn", true, churn},
	{"burst", true, burst},
	{"linger", true, lingers},
	{"hoard", true, hoard},
};

int main(int argc, char **argv)
{
	unsigned long n = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;
	struct peer p;

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (size_t i = 0; argc > 1 && i < sizeof(attack_table) / sizeof(attack_table[0]); i++) {
		if (strcmp(attack_table[i].name, argv[1]) != 0)
			continue;
		if (!attach(&p) || (attack_table[i].says_hello && !hand_hello(&p.ring))) {
			printf("refused\n");
			return 0;
		}
		attack_table[i].run(&p, n);
		return 0;
	}
	fprintf(stderr, "hostile_slots: no such attack\n");
	return 2;
}
