/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Round trips of numbered SDUs against an end that sends each back: which one is due,
 * what an answer answers, and the statistics. Pure: it has no clock and no socket.
 * All times are microseconds on one clock.
 */
#ifndef L2_ROUND_TRIPS_H
#define L2_ROUND_TRIPS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/sdu_sizes.h"
#include "transfer/times.h"

enum {
	/* The next one goes out when the last was answered, or after this time. */
	PING_OVERDUE_US = 1000000,
	/* Those without an answer to keep; an answer to one that was forgotten counts as
	 * repeated. */
	MOST_UNANSWERED = 64,
};

enum round_trip_answer {
	PING_ANSWERED,
	PING_REPEATED, /* the right bytes, once more */
	PING_WRONG,    /* not what was sent */
};

struct unanswered_sdu {
	uint64_t number;
	int64_t sent_us;
};

/* Zero-initialise it, but for the first two. The counts are for all to read. */
struct round_trips {
	uint64_t count; /* round trips; 0: unlimited */
	struct sdu_sizes sizes;
	uint64_t made, sent, answered, repeated, wrong;

	struct unanswered_sdu unanswered[MOST_UNANSWERED]; /* the oldest first */
	size_t unanswered_count;
	bool last_is_answered, told_overdue;
	int64_t last_sent_us;

	struct times times;
	int64_t last_us; /* the last of these */
};

/* Whether there are as many as there should be. */
bool round_trips_all_made(const struct round_trips *trips);

/* Whether the next one is due at NOW_US. */
bool round_trips_is_due(const struct round_trips *trips, int64_t now_us);

/* Makes the next one in DATA, which has room for any SDU; returns its length. Call
 * round_trips_sent() when it was. */
size_t round_trips_make(struct round_trips *trips, unsigned char *data);
void round_trips_sent(struct round_trips *trips, int64_t now_us);

/* Takes an incoming SDU. *NUMBER and *TIME_US (of the round trip) say which one it
 * answers, for PING_ANSWERED; the first for PING_REPEATED, too. */
enum round_trip_answer round_trips_take(struct round_trips *trips,
					const unsigned char *data, size_t length,
					int64_t now_us, uint64_t *number,
					int64_t *time_us);

/* Whether all have been made, or PATIENCE_US after the last. */
bool round_trips_is_over(const struct round_trips *trips, int64_t now_us,
			 int64_t patience_us);

/* Those that were sent and not answered. */
uint64_t round_trips_lost(const struct round_trips *trips);

#endif
