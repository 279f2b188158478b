/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIGINT, SIGTERM and SIGHUP, and waiting that they end at once. The signals stay blocked
 * but while a wait lets them in, so none can slip through between a look at the flag and
 * the wait.
 */
#ifndef L2_INTERRUPTION_H
#define L2_INTERRUPTION_H

#include <signal.h>
#include <stdint.h>

struct interruption {
	const volatile sig_atomic_t *signal; /* the signal that came, 0: none */
	sigset_t wait_mask;		     /* the signal mask to wait with */
};

/* Makes the three set *interruption->signal, but for those that were ignored when the
 * program began, and ignores SIGPIPE. A second signal has its default effect: it ends the
 * program at once. */
void interruption_install(struct interruption *interruption);

/* For a program that has cleaned up: when a signal came, ends the program by that
 * signal, so that a shell knows; else returns. */
void interruption_finish(void);

/* Lets in a signal that waits: poll() with a mask leaves it waiting when a descriptor is
 * ready, so a flow that never pauses would never be interrupted. */
void interruption_let_in(const struct interruption *interruption);

/* Milliseconds on a clock that nobody sets. */
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

#endif
