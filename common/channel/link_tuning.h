/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a session does with the flush timeout of its link: sets it before anything is
 * sent, without blocking, and then watches what is thrown away. Tells nothing by itself.
 */
#ifndef L2_LINK_TUNING_H
#define L2_LINK_TUNING_H

#include <stdbool.h>
#include <stdint.h>

#include "channel/channel.h"
#include "event_loop.h"
#include "channel/flush_timeout.h"

struct link_tuning {
	struct flush_timeout flush; /* fd is -1 when there is none */
	struct event_source source;
	int64_t deadline_ms;
	bool watches;	/* there may be more to hear from the controller */
	int wait_error; /* -errno: it cannot be waited for */
};

/* None, for a session that leaves the link as it is. */
void link_tuning_none(struct link_tuning *tuning);

/* Starts to set MS for the link of CHANNEL; the controller's answers may take LIMIT_S
 * seconds. 0 or -errno. */
int link_tuning_start(struct link_tuning *tuning, const struct channel *channel,
		      unsigned int ms, unsigned int limit_s);

/* Until it is set: tells LOOP what to wait for; returns for how long at most, ms. */
int64_t link_tuning_prepare(struct link_tuning *tuning, struct event_loop *loop);

/* After the wait: -EAGAIN, wait again; 0, it is set; -ETIMEDOUT, or what else
 * flush_timeout_take() gives. On an error nothing is open any more. */
int link_tuning_serve(struct link_tuning *tuning, struct event_loop *loop);

/* Nothing was sent so far, so what was flushed was another's. */
void link_tuning_forget_flushes(struct link_tuning *tuning);

/* Counts flushes while data is moved, as the socket has room for some 200 only. ENDS:
 * LOOP is not waited for any more. */
void link_tuning_watch(struct link_tuning *tuning, struct event_loop *loop, bool ends);

/* How often the link's packets were flushed up to now. */
unsigned int link_tuning_flushes(struct link_tuning *tuning);

/* Harmless when there is none. */
void link_tuning_end(struct link_tuning *tuning, struct event_loop *loop);

#endif
