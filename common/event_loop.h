/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Waiting for many descriptors at once, with epoll. A source is a descriptor and what is
 * wanted of it; it belongs to who reads it, who must take it out before closing the
 * descriptor or freeing the source.
 */
#ifndef L2_EVENT_LOOP_H
#define L2_EVENT_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "interruption.h"

struct event_loop {
	int epoll;
	unsigned int always_ready; /* sources that are wanted and need no waiting */
	const struct interruption *interruption;
};

/* Zero-initialise it, but for the descriptor. */
struct event_source {
	int fd;
	uint32_t wanted;
	uint32_t ready;
	bool *stirred;	   /* set to true when it is found ready; NULL: nobody asks */
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

/* Whether SOURCE needs no waiting, which the loop therefore does not tell. */
bool event_source_is_always_ready(const struct event_source *source);

/* What SOURCE was found ready for since this was last asked. */
uint32_t event_source_take(struct event_source *source);

/*
 * Waits until a source is ready, WAIT_MS are over (WAIT_FOREVER: never), or a signal
 * came. 0 or -errno; a signal is no error.
 */
int event_loop_wait(struct event_loop *loop, int64_t wait_ms);

#endif
