/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#include "channel/closer.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/queue.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "channel/local.h"

enum {
	CLOSER_SIGNAL_NS = 200000,
	LOOK_MS = 100, /* interval of checks whether the peer still maps the memory */
};

struct chan_account {
	atomic_uint left;
	bool dropped;
};

struct item {
	int fd; /* or -1; closed after chan */
	struct chan *chan;
	struct chan_account *account; /* NULL: not counted against an account */
	bool is_queued;
	STAILQ_ENTRY(item) next;
};

STAILQ_HEAD(item_list, item);

struct chan_closer {
	pthread_mutex_t lock;
	pthread_cond_t changed;
	pthread_t thread;
	struct item_list fresh; /* to be closed */
	struct item_list held; /* closed, but the peer still maps their memory */
	bool stop;
	atomic_uint queued;
	timer_t timer; /* set by the thread */
	int timer_error; /* of timer_create(); 1: not called yet */
};

static void signal_ignored(int number)
{
}

static void timer_set(struct chan_closer *closer, long ns)
{
	const struct itimerspec when = {.it_value.tv_nsec = ns, .it_interval.tv_nsec = ns};

	timer_settime(closer->timer, 0, &when, NULL);
}

/* False: the peer still maps its memory. */
static bool item_close(struct chan_closer *closer, struct item *item)
{
	bool done = true;

	timer_set(closer, CLOSER_SIGNAL_NS);
	if (item->fd >= 0)
		close(item->fd);
	else
		done = chan_local_host_release(item->chan);
	timer_set(closer, 0);
	return done;
}

static void account_leave(struct chan_account *account)
{
	if (account && --account->left == 0 && account->dropped)
		free(account);
}

/* Closes all items of a list; those whose memory the peer still maps go to `held`. Lock held. */
static void work_off(struct chan_closer *closer, struct item_list *list)
{
	struct item_list work = STAILQ_HEAD_INITIALIZER(work);

	STAILQ_CONCAT(&work, list);
	while (!STAILQ_EMPTY(&work)) {
		struct item *item = STAILQ_FIRST(&work);
		bool done;

		STAILQ_REMOVE_HEAD(&work, next);
		pthread_mutex_unlock(&closer->lock);
		done = item_close(closer, item);
		pthread_mutex_lock(&closer->lock);
		closer->queued -= item->is_queued;
		item->is_queued = false;
		if (!done && !closer->stop) {
			STAILQ_INSERT_TAIL(&closer->held, item, next);
			continue;
		}
		if (!done)
			chan_free(item->chan);
		account_leave(item->account);
		free(item);
	}
}

/* Lock held. */
static void wait_for_work(struct chan_closer *closer)
{
	struct timespec until;

	if (STAILQ_EMPTY(&closer->held)) {
		pthread_cond_wait(&closer->changed, &closer->lock);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += LOOK_MS * 1000000L;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&closer->changed, &closer->lock, &until);
}

static void thread_begin(struct chan_closer *closer)
{
	struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = SIGURG};

	event._sigev_un._tid = gettid();
	closer->timer_error = timer_create(CLOCK_MONOTONIC, &event, &closer->timer) ? -errno : 0;
	pthread_cond_broadcast(&closer->changed);
}

static void *thread_run(void *data)
{
	struct chan_closer *closer = data;

	pthread_mutex_lock(&closer->lock);
	thread_begin(closer);
	while (closer->timer_error == 0) {
		if (!STAILQ_EMPTY(&closer->fresh)) {
			work_off(closer, &closer->fresh);
			continue;
		}
		if (closer->stop && STAILQ_EMPTY(&closer->held))
			break;
		if (!closer->stop)
			wait_for_work(closer);
		if (STAILQ_EMPTY(&closer->fresh))
			work_off(closer, &closer->held);
	}
	pthread_mutex_unlock(&closer->lock);
	return NULL;
}

/* The thread blocks all signals but its own. */
static int thread_start(struct chan_closer *closer)
{
	const struct sigaction action = {.sa_handler = signal_ignored};
	sigset_t others, before;
	int rc;

	if (sigaction(SIGURG, &action, NULL) < 0)
		return -errno;
	sigfillset(&others);
	sigdelset(&others, SIGURG);
	pthread_sigmask(SIG_SETMASK, &others, &before);
	rc = pthread_create(&closer->thread, NULL, thread_run, closer);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc)
		return -rc;
	pthread_mutex_lock(&closer->lock);
	while (closer->timer_error > 0)
		pthread_cond_wait(&closer->changed, &closer->lock);
	rc = closer->timer_error;
	pthread_mutex_unlock(&closer->lock);
	if (rc)
		pthread_join(closer->thread, NULL);
	return rc;
}

static void closer_fini(struct chan_closer *closer)
{
	pthread_cond_destroy(&closer->changed);
	pthread_mutex_destroy(&closer->lock);
	free(closer);
}

int chan_closer_new(struct chan_closer **ret)
{
	struct chan_closer *closer = calloc(1, sizeof(*closer));
	pthread_condattr_t monotonic;
	int rc;

	if (!closer)
		return -ENOMEM;
	pthread_mutex_init(&closer->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&closer->changed, &monotonic);
	pthread_condattr_destroy(&monotonic);
	STAILQ_INIT(&closer->fresh);
	STAILQ_INIT(&closer->held);
	closer->timer_error = 1;
	rc = thread_start(closer);
	if (rc) {
		closer_fini(closer);
		return rc;
	}
	*ret = closer;
	return 0;
}

void chan_closer_free(struct chan_closer *closer)
{
	if (!closer)
		return;
	pthread_mutex_lock(&closer->lock);
	closer->stop = true;
	pthread_cond_broadcast(&closer->changed);
	pthread_mutex_unlock(&closer->lock);
	pthread_join(closer->thread, NULL);
	timer_delete(closer->timer);
	closer_fini(closer);
}

unsigned int chan_closer_queue(struct chan_closer *closer)
{
	return closer->queued;
}

struct chan_account *chan_account_new(void)
{
	return calloc(1, sizeof(struct chan_account));
}

unsigned int chan_account_left(struct chan_account *account)
{
	return account->left;
}

void chan_account_drop(struct chan_closer *closer, struct chan_account *account)
{
	if (!account)
		return;
	pthread_mutex_lock(&closer->lock);
	account->dropped = true;
	if (account->left == 0)
		free(account);
	pthread_mutex_unlock(&closer->lock);
}

static void give(struct chan_closer *closer, struct chan_account *account, int fd,
		 struct chan *chan)
{
	struct item *item = malloc(sizeof(*item));

	/* without memory for an item the only place to close it is here */
	if (!item) {
		chan_free(chan);
		if (fd >= 0)
			close(fd);
		return;
	}
	*item = (struct item){.fd = fd, .chan = chan, .account = account, .is_queued = true};
	pthread_mutex_lock(&closer->lock);
	closer->queued++;
	if (account)
		account->left++;
	STAILQ_INSERT_TAIL(&closer->fresh, item, next);
	pthread_cond_broadcast(&closer->changed);
	pthread_mutex_unlock(&closer->lock);
}

void chan_closer_socket(struct chan_closer *closer, struct chan_account *account, int fd)
{
	shutdown(fd, SHUT_RDWR);
	give(closer, account, fd, NULL);
}

void chan_closer_channel(struct chan_closer *closer, struct chan_account *account,
			 struct chan *chan)
{
	shutdown(chan_local_socket(chan), SHUT_RDWR);
	give(closer, account, -1, chan);
}
