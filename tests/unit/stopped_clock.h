/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A monotonic_ms() that goes on when a test says so. A test that uses this wraps it. */
#ifndef L2_STOPPED_CLOCK_H
#define L2_STOPPED_CLOCK_H

#include <stdint.h>

#include "transfer_fixture.h"

extern struct stopped_clock {
	int64_t now_ms; /* 0: the real one */
	int left;	/* looks at it until it goes on by a millisecond by itself */
} stopped_clock;

int64_t __real_monotonic_ms(void);

/* Starts the transfer at 1 s on a clock that stands still. */
void stopped_start(struct fixture *fixture, struct event_loop *loop);

/* One turn, in which LATE_MS go by between the look at the clock and what is served. */
void late_turn(struct fixture *fixture, struct event_loop *loop, int64_t late_ms);

/* The real clock again. */
void stopped_finish(struct fixture *fixture, struct event_loop *loop);

#endif
