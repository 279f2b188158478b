// SPDX-License-Identifier: GPL-2.0-or-later
#include "interruption.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

static volatile sig_atomic_t stop_signal;

static void remember_signal(int signal)
{
	stop_signal = signal;
}

/* One that was ignored stays ignored: a shell starts what is to run in the background
 * ("program &" in a script, nohup) that way. */
static bool is_ignored(int signal)
{
	struct sigaction before;

	return sigaction(signal, NULL, &before) == 0 && before.sa_handler == SIG_IGN;
}

void interruption_install(struct interruption *interruption)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
	struct sigaction remember = {.sa_handler = remember_signal,
				     .sa_flags = (int)SA_RESETHAND};
	struct sigaction ignore = {.sa_handler = SIG_IGN};
	sigset_t blocked, unblocked;

	interruption->signal = &stop_signal;
	sigemptyset(&blocked);
	/* Whoever started us may have had these and SIGALRM blocked: they are ours to
	 * take. */
	sigemptyset(&unblocked);
	sigaddset(&unblocked, SIGALRM); /* for channel_close() */
	sigprocmask(SIG_UNBLOCK, &unblocked, NULL);
	sigemptyset(&remember.sa_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
		if (is_ignored(signals[i]))
			continue;
		sigaddset(&blocked, signals[i]);
		sigaction(signals[i], &remember, NULL);
	}
	sigprocmask(SIG_BLOCK, &blocked, &interruption->wait_mask);
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		sigdelset(&interruption->wait_mask, signals[i]);
	/* A closed output is to be an error that write() tells. */
	sigaction(SIGPIPE, &ignore, NULL);
}

void interruption_finish(void)
{
	int came = stop_signal;
	sigset_t only;

	if (!came)
		return;
	signal(came, SIG_DFL);
	sigemptyset(&only);
	sigaddset(&only, came);
	sigprocmask(SIG_UNBLOCK, &only, NULL);
	raise(came);
}

void interruption_let_in(const struct interruption *interruption)
{
	static const struct timespec at_once;

	ppoll(NULL, 0, &at_once, &interruption->wait_mask);
}

int64_t monotonic_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t monotonic_ms(void)
{
	return monotonic_us() / 1000;
}

short poll_now(int fd, short events)
{
	struct pollfd descriptor = {.fd = fd, .events = events};

	while (poll(&descriptor, 1, 0) < 0) {
		if (errno != EINTR)
			return 0;
	}
	return descriptor.revents;
}

int wait_for(int fd, short events, int64_t deadline_ms,
	     const struct interruption *interruption)
{
	struct pollfd descriptor = {.fd = fd, .events = events};

	for (;;) {
		struct timespec timeout;
		int64_t left =
			deadline_ms == WAIT_FOREVER ? 0 : deadline_ms - monotonic_ms();
		int ready;

		if (*interruption->signal)
			return -EINTR;
		if (left < 0)
			left = 0;
		timeout = (struct timespec){.tv_sec = (time_t)(left / 1000),
					    .tv_nsec = (long)(left % 1000 * 1000000)};
		ready = ppoll(&descriptor, 1,
			      deadline_ms == WAIT_FOREVER ? NULL : &timeout,
			      &interruption->wait_mask);
		if (ready > 0) {
			interruption_let_in(interruption);
			return *interruption->signal ? -EINTR : descriptor.revents;
		}
		if (ready < 0 && errno != EINTR)
			return -errno;
		if (ready == 0 && deadline_ms != WAIT_FOREVER &&
		    monotonic_ms() >= deadline_ms)
			return 0;
	}
}
