/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Measures round trips against an end that echoes (--ping): puts SDUs into a transfer's
 * source when they are due, and tells what comes back. */
#ifndef L2_PING_H
#define L2_PING_H

#include "channel/adapter.h"
#include "transfer/round_trips.h"
#include "report/report.h"
#include "transfer/sdu_source.h"

/* Zero-initialise it, but for the first three and those of PING. */
struct round_trips {
	const struct report *report;
	const bdaddr_t *peer;
	int64_t patience_ms; /* how long to wait for the last answers */
	struct ping ping;
	bool failed; /* memory ran out, which was told */
};

/* Puts the next SDU into SOURCE when it is due, and ends SOURCE when all is over. Returns
 * for how long at most to wait, ms or WAIT_FOREVER. */
int64_t round_trips_prepare(struct round_trips *trips, struct sdu_source *source);

/* One was sent; one came. */
void round_trips_sent(struct round_trips *trips);
void round_trips_take(struct round_trips *trips, const unsigned char *data,
		      size_t length);

/* Tells what came of it; whether every one was answered, once and with its own bytes. */
bool round_trips_end(const struct round_trips *trips);

#endif
