// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/ping.h"

#include <errno.h>
#include <stdio.h>

#include "channel/adapter.h"
#include "event_loop.h"
#include "transfer/output.h"
#include "report/field.h"

static void tell_overdue(struct ping *ping, int64_t now_us)
{
	struct round_trips *trips = &ping->trips;

	if (trips->told_overdue || trips->last_is_answered || trips->sent == 0 ||
	    now_us - trips->last_sent_us < PING_OVERDUE_US)
		return;
	trips->told_overdue = true;
	report_result(ping->report, VERBOSITY_NORMAL, "overdue",
		      FIELDS(field_count("number", trips->sent - 1)),
		      "no answer yet to seq={number}");
}

/* When the time to send is over, us, or WAIT_FOREVER. */
static int64_t end_of_time(const struct ping *ping)
{
	return ping->time_ms && ping->trips.sent && !round_trips_all_made(&ping->trips)
		     ? ping->first_sent_us + ping->time_ms * 1000
		     : WAIT_FOREVER;
}

/* Then the last one that was sent is the last. */
static void look_at_time(struct ping *ping, struct sdu_source *source, int64_t now_us)
{
	int64_t until_us = end_of_time(ping);

	if (until_us == WAIT_FOREVER || now_us < until_us)
		return;
	sdu_source_clear(source);
	ping->trips.count = ping->trips.made = ping->trips.sent;
}

/* Milliseconds until the last answer is overdue, the time is over, or missing ones were
 * waited for in vain; rounded up. */
static int64_t time_to_look(const struct ping *ping, int64_t now_us)
{
	const struct round_trips *trips = &ping->trips;
	bool waits = trips->sent && trips->made == trips->sent;
	int64_t due_us = WAIT_FOREVER;

	if (waits && !trips->last_is_answered && !trips->told_overdue)
		due_us = trips->last_sent_us + PING_OVERDUE_US;
	else if (waits && round_trips_all_made(trips))
		due_us = trips->last_sent_us + ping->patience_ms * 1000;
	if (end_of_time(ping) < due_us)
		due_us = end_of_time(ping);
	if (due_us == WAIT_FOREVER)
		return WAIT_FOREVER;
	return due_us > now_us ? (due_us - now_us) / 1000 + 1 : 0;
}

int64_t ping_prepare(struct ping *ping, struct sdu_source *source)
{
	struct round_trips *trips = &ping->trips;
	int64_t now_us = monotonic_us();
	unsigned char sdu[SDU_ROOM];

	tell_overdue(ping, now_us);
	look_at_time(ping, source, now_us);
	if (round_trips_is_over(trips, now_us, ping->patience_ms * 1000)) {
		sdu_source_end(source);
		return WAIT_FOREVER;
	}
	if (round_trips_is_due(trips, now_us) &&
	    sdu_source_put(source, sdu, round_trips_make(trips, sdu))) {
		report_failure(ping->report, STEP_MEMORY, ENOMEM,
			       "make an SDU of %zu bytes", ping->trips.sizes.maximum);
		ping->failed = true;
		sdu_source_end(source);
		return 0;
	}
	return time_to_look(ping, now_us);
}

void ping_sent(struct ping *ping)
{
	int64_t now_us = monotonic_us();

	if (!ping->trips.sent)
		ping->first_sent_us = now_us;
	round_trips_sent(&ping->trips, now_us);
}

static void tell_answer(const struct ping *ping, size_t length, uint64_t number,
			int64_t time_us)
{
	char peer[ADDRESS_TEXT_SIZE];

	report_result(
		ping->report, VERBOSITY_NORMAL, "reply",
		FIELDS(text_only(field_text("from", address_text(ping->peer, peer))),
		       field_count("number", number), field_count("length_bytes", length),
		       field_real("round_trip_ms", (double)time_us / 1000)),
		"{length_bytes:byte} from {from}: seq={number} "
		"time={round_trip_ms:3} ms");
}

void ping_take(struct ping *ping, const unsigned char *data, size_t length)
{
	char peer[ADDRESS_TEXT_SIZE];
	uint64_t number;
	int64_t time_us;

	switch (round_trips_take(&ping->trips, data, length, monotonic_us(), &number,
				 &time_us)) {
	case PING_ANSWERED:
		tell_answer(ping, length, number, time_us);
		break;
	case PING_REPEATED:
		report_error(ping->report, STATUS_DATA_LOST,
			     "%zu bytes from %s: seq=%ju again", length,
			     address_text(ping->peer, peer), (uintmax_t)number);
		break;
	case PING_WRONG:
		report_error(ping->report, STATUS_DATA_LOST,
			     "%zu bytes from %s: not what was sent", length,
			     address_text(ping->peer, peer));
		break;
	}
}

static bool is_good(const struct ping *ping)
{
	const struct round_trips *trips = &ping->trips;

	return !ping->failed && round_trips_lost(trips) == 0 && trips->repeated == 0 &&
	       trips->wrong == 0;
}

bool ping_end(const struct ping *ping)
{
	const struct round_trips *trips = &ping->trips;
	uint64_t lost = round_trips_lost(trips);
	struct time_summary times = times_sum_up(&trips->times);
	double sent = trips->sent ? (double)trips->sent : 1;

	report_result(
		ping->report, VERBOSITY_QUIET, "round_trips",
		FIELDS(field_count("sdus_sent", trips->sent),
		       field_count("sdus_answered", trips->answered),
		       field_count("sdus_lost", lost),
		       text_only(field_real("lost_percent", (double)lost * 100 / sent)),
		       field_count("sdus_repeated", trips->repeated),
		       field_count("sdus_wrong", trips->wrong),
		       field_real("minimum_ms", times.minimum),
		       field_real("average_ms", times.average),
		       field_real("maximum_ms", times.maximum),
		       field_real("deviation_ms", times.deviation),
		       field_real("median_ms", times.p50),
		       field_real("p90_ms", times.p90), field_real("p99_ms", times.p99),
		       field_real("jitter_ms", times.jitter)),
		"{sdus_sent} sent, {sdus_answered} received, {sdus_lost} lost "
		"({lost_percent:1} %), {sdus_repeated} repeated, {sdus_wrong} wrong"
		"[; round trip min/avg/max/mdev {minimum_ms:3}/{average_ms:3}/"
		"{maximum_ms:3}/{deviation_ms:3} ms, p50/p90/p99 {median_ms:3}/"
		"{p90_ms:3}/{p99_ms:3} ms, jitter {jitter_ms:3} ms]");
	return is_good(ping);
}
