/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Signals, the clock, and waiting for one descriptor or for many.
 *
 * SIGINT, SIGTERM and SIGHUP stay blocked except while a wait lets them in, so that none
 * can slip through between a look at the flag and the wait, and each ends a wait at once.
 */
#ifndef L2_EVENT_LOOP_H
#define L2_EVENT_LOOP_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>

/* --- signals and the clock ------------------------------------------------------------
 */

struct interruption {
	const volatile sig_atomic_t *signal; /* the signal that came, 0: none */
	sigset_t wait_mask;		     /* the signal mask to wait with */
};

/* Makes the three set *interruption->signal, but for those that were ignored when the
 * program began, and ignores SIGPIPE. A second signal has its default effect: it ends the
 * program at once. */
void interruption_install(struct interruption *interruption);

/* For a program that has cleaned up: when a signal came, ends the program by that
 * signal, so that a shell knows; otherwise returns. */
void interruption_finish(void);

/* Delivers a pending signal: poll() with a mask leaves it waiting when a descriptor is
 * ready, so a flow that never pauses would never be interrupted. */
void interruption_let_in(const struct interruption *interruption);

/* Milliseconds on the monotonic clock. */
int64_t monotonic_ms(void);
/* Microseconds on the same clock. */
int64_t monotonic_us(void);

/* No deadline, for wait_for(). */
#define WAIT_FOREVER INT64_MAX

/* Which of EVENTS (poll's; errors and hang-ups always count) FD has now. A signal changes
 * nothing about it: told as "nothing", a close by the peer would be a loss. */
short poll_now(int fd, short events);

/*
 * Waits until FD has one of EVENTS (poll's; errors and hang-ups always count), the
 * monotonic time is DEADLINE_MS, or a signal came. FD may be -1: just waits.
 * Returns the events, 0 at the deadline, -EINTR after a signal, or another -errno.
 */
int wait_for(int fd, short events, int64_t deadline_ms,
	     const struct interruption *interruption);

/* A descriptor of our own to what FD is open on, to write without blocking, which leaves
 * FD as it is for others; only of pipes and terminals. -errno where that is not possible.
 */
int descriptor_reopen(int fd);

/* --- many descriptors, with epoll -----------------------------------------------------
 */

/* A source is a descriptor and what is wanted of it; it belongs to its reader, which must
 * take it out before it closes the descriptor or frees the source. */
struct event_loop {
	int epoll;
	unsigned int always_ready; /* sources that are wanted and need no waiting */
	const struct interruption *interruption;
	int64_t now_ms;	   /* when the last wait ended, */
	int64_t let_in_ms; /* and a signal was let in last */
	bool *mark; /* of the owner that is served now: what it wants sets this when it
		     * is ready; NULL: the owner looks at all of its sources */
};

/* Zero-initialise it, but for the descriptor. */
struct event_source {
	int fd;
	uint32_t wanted;
	uint32_t ready;
	bool *mark;	   /* set to true when it is found ready; NULL: none */
	bool never_blocks; /* a regular file or the like, which epoll cannot watch */
};

/* 0 or -errno. */
int event_loop_open(struct event_loop *loop, const struct interruption *interruption);
void event_loop_close(struct event_loop *loop);

/*
 * From now on SOURCE is waited for with EVENTS (EPOLLIN, EPOLLOUT; with either, errors
 * and hang-ups count too, which would make an unwanted source spin). 0 takes it out.
 * Returns 0 or -errno.
 */
int event_source_want(struct event_loop *loop, struct event_source *source,
		      uint32_t events);

/* Whether SOURCE needs no waiting, which the loop therefore does not report. */
bool event_source_is_always_ready(const struct event_source *source);

/* What SOURCE was found ready for since this was last asked. */
uint32_t event_source_take(struct event_source *source);

/*
 * Waits until a source is ready, WAIT_MS are over (WAIT_FOREVER: never), or a signal
 * came. 0 or -errno; a signal is no error.
 */
int event_loop_wait(struct event_loop *loop, int64_t wait_ms);

#endif
