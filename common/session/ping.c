// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/ping.h"

#include <errno.h>
#include <stdio.h>

#include "channel/adapter.h"
#include "event_loop.h"
#include "transfer/output.h"

static struct field json_real_if(bool known, const char *name, double value)
{
	return known ? field_real(name, value) : field_null(name);
}

static void tell_overdue(struct round_trips *trips, int64_t now_us)
{
	struct ping *ping = &trips->ping;

	if (ping->told_overdue || ping->last_is_answered || ping->sent == 0 ||
	    now_us - ping->last_sent_us < PING_OVERDUE_US)
		return;
	ping->told_overdue = true;
	report_event(trips->report, VERBOSITY_NORMAL, "overdue",
		     FIELDS(field_count("number", ping->sent - 1)),
		     "no answer yet to seq={number}");
}

/* Milliseconds until the last answer is overdue, or missing ones were waited for in vain;
 * rounded up. */
static int64_t time_to_look(const struct round_trips *trips, int64_t now_us)
{
	const struct ping *ping = &trips->ping;
	int64_t due_us = ping->last_sent_us;

	if (ping->sent == 0 || ping->made > ping->sent)
		return WAIT_FOREVER;
	if (!ping->last_is_answered && !ping->told_overdue)
		due_us += PING_OVERDUE_US;
	else if (ping_all_made(ping))
		due_us += trips->patience_ms * 1000;
	else
		return WAIT_FOREVER;
	return due_us > now_us ? (due_us - now_us) / 1000 + 1 : 0;
}

int64_t round_trips_prepare(struct round_trips *trips, struct sdu_source *source)
{
	struct ping *ping = &trips->ping;
	int64_t now_us = monotonic_us();
	unsigned char sdu[SDU_ROOM];

	tell_overdue(trips, now_us);
	if (ping_is_over(ping, now_us, trips->patience_ms * 1000)) {
		sdu_source_end(source);
		return WAIT_FOREVER;
	}
	if (ping_is_due(ping, now_us) &&
	    sdu_source_put(source, sdu, ping_make(ping, sdu))) {
		report_failure(trips->report, STEP_MEMORY, ENOMEM,
			       "make an SDU of %zu bytes", trips->ping.sizes.maximum);
		trips->failed = true;
		sdu_source_end(source);
		return 0;
	}
	return time_to_look(trips, now_us);
}

void round_trips_sent(struct round_trips *trips)
{
	ping_sent(&trips->ping, monotonic_us());
}

static void tell_answer(const struct round_trips *trips, size_t length, uint64_t number,
			int64_t time_us)
{
	char peer[ADDRESS_TEXT_SIZE];

	report_event(
		trips->report, VERBOSITY_NORMAL, "reply",
		FIELDS(text_only(field_text("from", address_text(trips->peer, peer))),
		       field_count("number", number), field_count("length_bytes", length),
		       field_real("round_trip_ms", (double)time_us / 1000)),
		"{length_bytes:byte} from {from}: seq={number} "
		"time={round_trip_ms:3} ms");
}

void round_trips_take(struct round_trips *trips, const unsigned char *data, size_t length)
{
	char peer[ADDRESS_TEXT_SIZE];
	uint64_t number;
	int64_t time_us;

	switch (ping_take(&trips->ping, data, length, monotonic_us(), &number,
			  &time_us)) {
	case PING_ANSWERED:
		tell_answer(trips, length, number, time_us);
		break;
	case PING_REPEATED:
		report_error(trips->report, STATUS_DATA_LOST,
			     "%zu bytes from %s: seq=%ju once more", length,
			     address_text(trips->peer, peer), (uintmax_t)number);
		break;
	case PING_WRONG:
		report_error(trips->report, STATUS_DATA_LOST,
			     "%zu bytes from %s: not what was sent", length,
			     address_text(trips->peer, peer));
		break;
	}
}

static bool is_good(const struct round_trips *trips)
{
	const struct ping *ping = &trips->ping;

	return !trips->failed && ping_lost(ping) == 0 && ping->repeated == 0 &&
	       ping->wrong == 0;
}

bool round_trips_end(const struct round_trips *trips)
{
	const struct ping *ping = &trips->ping;
	uint64_t lost = ping_lost(ping);
	struct ping_times times = {0};
	bool timed = ping_times(ping, &times);
	bool good = is_good(trips);
	double sent = ping->sent ? (double)ping->sent : 1;

	report_event(
		trips->report, good ? VERBOSITY_NORMAL : VERBOSITY_QUIET, "round_trips",
		FIELDS(field_count("sdus_sent", ping->sent),
		       field_count("sdus_answered", ping->answered),
		       field_count("sdus_lost", lost),
		       text_only(field_real("lost_percent", (double)lost * 100 / sent)),
		       field_count("sdus_repeated", ping->repeated),
		       field_count("sdus_wrong", ping->wrong),
		       json_real_if(timed, "minimum_ms", times.minimum),
		       json_real_if(timed, "average_ms", times.average),
		       json_real_if(timed, "maximum_ms", times.maximum),
		       json_real_if(timed, "deviation_ms", times.deviation),
		       json_real_if(timed, "median_ms", times.median),
		       json_real_if(timed, "p99_ms", times.p99)),
		"{sdus_sent} sent, {sdus_answered} received, {sdus_lost} lost "
		"({lost_percent:1} %), {sdus_repeated} repeated, {sdus_wrong} wrong"
		"[; round trip min/avg/max/mdev {minimum_ms:3}/{average_ms:3}/"
		"{maximum_ms:3}/{deviation_ms:3} ms, p50 {median_ms:3} ms, "
		"p99 {p99_ms:3} ms]");
	return good;
}
