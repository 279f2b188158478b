/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Finds the clients that came and went before they were accepted, of a listener that
 * accepts at once (--no-defer; trap T2). Neither end's kernel reports them. But the
 * listener gets a signal for each client that comes, and another for each that goes
 * unaccepted (measured on 6.12 and 6.1). So of S signals and A accepted clients, with no
 * one waiting any more, (S - A) / 2 were lost.
 */
#ifndef L2_LOST_CLIENTS_H
#define L2_LOST_CLIENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "channel/channel.h"
#include "event_loop.h"

struct lost_clients {
	struct event_source arrivals; /* fd -1: none are looked for */
	uint64_t signals, accepted;
	uint64_t told;	/* by lost_clients_find() */
	bool unsettled; /* signals that came since no client waited */
	bool uncounted; /* more than the kernel queues */
};

/* For config->arrivals_signal. */
int lost_clients_signal(void);

/* Before the listener is opened. From now on the signals are blocked, also while
 * INTERRUPTION is waited for. 0 or -errno. */
int lost_clients_open(struct lost_clients *lost, struct interruption *interruption);
void lost_clients_close(struct lost_clients *lost);

/* channel_accept() gave a client; GONE: it gave -ECONNABORTED, and one was lost for which
 * there is no second signal. */
void lost_clients_count_accepted(struct lost_clients *lost, bool gone);

/*
 * How many more are known to be lost at LISTENER, which may be closed already; never one
 * too many. While clients wait to be accepted the answer is 0, and comes later: so close
 * no listener without lost_clients_send_away().
 */
uint64_t lost_clients_find(struct lost_clients *lost, const struct channel *listener);

/*
 * Accepts all who wait at LISTENER and closes their channels, which reports it to them.
 * One that had sent something counts as lost: perhaps it has gone meanwhile, and takes
 * that for received.
 */
void lost_clients_send_away(struct lost_clients *lost, const struct channel *listener);

#endif
