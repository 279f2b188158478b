/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Measures round ping against an end that echoes (--ping): puts SDUs into a transfer's
 * source when they are due, and reports the answers. */
#ifndef L2_PING_H
#define L2_PING_H

#include "channel/adapter.h"
#include "transfer/round_trips.h"
#include "report/report.h"
#include "transfer/sdu_source.h"

/* Zero-initialise it, but for the first four and those of PING. */
struct ping {
	const struct report *report;
	const bdaddr_t *peer;
	int64_t patience_ms; /* how long to wait for the last answers */
	int64_t time_ms;     /* how long to send; 0: no limit */
	struct round_trips trips;
	int64_t first_sent_us;
	bool failed; /* memory ran out, which was reported */
};

/* Puts the next SDU into SOURCE when it is due, and ends SOURCE when all is over. Returns
 * for how long at most to wait, ms or WAIT_FOREVER. */
int64_t ping_prepare(struct ping *ping, struct sdu_source *source);

/* One was sent; one came. */
void ping_sent(struct ping *ping);
void ping_take(struct ping *ping, const unsigned char *data, size_t length);

/* Reports the result; whether every one was answered, once and with its own bytes.
 */
bool ping_end(const struct ping *ping);

#endif
