// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "event_loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* --- signals and the clock ------------------------------------------------------------
 */

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
	/* The parent process may have had these and SIGALRM blocked: they are ours to
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
	/* A closed output is to be an error that write() reports. */
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

int descriptor_reopen(int fd)
{
	char name[32];
	struct stat status;
	int own;

	if (fstat(fd, &status) < 0)
		return -errno;
	if (!S_ISFIFO(status.st_mode) && !isatty(fd))
		return -EINVAL;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	own = open(name, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	return own < 0 ? -errno : own;
}

/* --- many descriptors -----------------------------------------------------------------
 */

enum {
	EVENTS_AT_ONCE = 64, /* the others come with the next wait */
	SIGNAL_TICK_MS = 10, /* how often to let a signal in between other events */
};

int event_loop_open(struct event_loop *loop, const struct interruption *interruption)
{
	*loop = (struct event_loop){
		.epoll = epoll_create1(EPOLL_CLOEXEC),
		.interruption = interruption,
	};
	return loop->epoll < 0 ? -errno : 0;
}

void event_loop_close(struct event_loop *loop)
{
	if (loop->epoll >= 0)
		close(loop->epoll);
	loop->epoll = -1;
}

/* One that never blocks is only counted. */
static void want_ready(struct event_loop *loop, struct event_source *source,
		       uint32_t events)
{
	if (!source->wanted && events)
		loop->always_ready++;
	else if (source->wanted && !events)
		loop->always_ready--;
	source->wanted = events;
}

int event_source_want(struct event_loop *loop, struct event_source *source,
		      uint32_t events)
{
	struct epoll_event event = {.events = events, .data.ptr = source};
	int operation = !events	       ? EPOLL_CTL_DEL
		      : source->wanted ? EPOLL_CTL_MOD
				       : EPOLL_CTL_ADD;

	if (events == source->wanted)
		return 0;
	source->mark = loop->mark;
	if (!events)
		source->ready = 0;
	if (source->never_blocks) {
		want_ready(loop, source, events);
		return 0;
	}
	if (epoll_ctl(loop->epoll, operation, source->fd, &event) < 0) {
		if (errno != EPERM)
			return -errno;
		source->never_blocks = true;
		want_ready(loop, source, events);
		return 0;
	}
	source->wanted = events;
	return 0;
}

bool event_source_is_always_ready(const struct event_source *source)
{
	return source->never_blocks && source->wanted;
}

uint32_t event_source_take(struct event_source *source)
{
	uint32_t ready = source->never_blocks ? source->wanted : source->ready;

	source->ready = 0;
	return ready;
}

static int to_timeout(const struct event_loop *loop, int64_t wait_ms)
{
	if (loop->always_ready)
		return 0;
	if (wait_ms == WAIT_FOREVER)
		return -1;
	return wait_ms > INT_MAX ? INT_MAX : (int)wait_ms;
}

int event_loop_wait(struct event_loop *loop, int64_t wait_ms)
{
	struct epoll_event events[EVENTS_AT_ONCE];
	int count =
		epoll_pwait(loop->epoll, events, EVENTS_AT_ONCE,
			    to_timeout(loop, wait_ms), &loop->interruption->wait_mask);

	if (count < 0 && errno != EINTR)
		return -errno;
	loop->now_ms = monotonic_ms();
	/* As with ppoll(), a signal waits while a descriptor is ready. */
	if ((count > 0 || loop->always_ready) &&
	    loop->now_ms - loop->let_in_ms >= SIGNAL_TICK_MS) {
		interruption_let_in(loop->interruption);
		loop->let_in_ms = loop->now_ms;
	}
	for (int i = 0; i < count; i++) {
		struct event_source *source = events[i].data.ptr;

		source->ready = events[i].events;
		if (source->mark)
			*source->mark = true;
	}
	return 0;
}
