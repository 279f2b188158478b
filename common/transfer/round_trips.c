// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/round_trips.h"

#include <string.h>

#include "transfer/numbered_sdus.h"
#include "transfer/output.h"

/* --- sending ------------------------------------------------------------------------ */

bool round_trips_all_made(const struct round_trips *trips)
{
	return trips->count && trips->made == trips->count;
}

bool round_trips_is_due(const struct round_trips *trips, int64_t now_us)
{
	if (round_trips_all_made(trips) || trips->made > trips->sent)
		return false;
	return trips->made == 0 || trips->last_is_answered ||
	       now_us - trips->last_sent_us >= PING_OVERDUE_US;
}

size_t round_trips_make(struct round_trips *trips, unsigned char *data)
{
	size_t length = sdu_sizes_of(&trips->sizes, trips->made);

	numbered_sdu_fill(data, length, (uint32_t)trips->made++);
	return length;
}

static void forget(struct round_trips *trips, size_t at)
{
	trips->unanswered_count--;
	memmove(trips->unanswered + at, trips->unanswered + at + 1,
		(trips->unanswered_count - at) * sizeof(*trips->unanswered));
}

void round_trips_sent(struct round_trips *trips, int64_t now_us)
{
	if (trips->unanswered_count == MOST_UNANSWERED)
		forget(trips, 0);
	trips->unanswered[trips->unanswered_count++] =
		(struct unanswered_sdu){trips->sent++, now_us};
	trips->last_sent_us = now_us;
	trips->last_is_answered = trips->told_overdue = false;
}

bool round_trips_is_over(const struct round_trips *trips, int64_t now_us,
			 int64_t patience_us)
{
	if (!round_trips_all_made(trips) || trips->made > trips->sent)
		return false;
	return trips->answered == trips->sent ||
	       now_us - trips->last_sent_us >= patience_us;
}

/* --- answers ------------------------------------------------------------------------ */

static bool is_sdu(const struct round_trips *trips, uint64_t number,
		   const unsigned char *data, size_t length)
{
	unsigned char made[SDU_ROOM];

	if (sdu_sizes_of(&trips->sizes, number) != length)
		return false;
	numbered_sdu_fill(made, length, (uint32_t)number);
	return memcmp(made, data, length) == 0;
}

/* Whether it was sent, however long ago. One that is too short to hold its number is
 * looked for among those sent last. */
static bool was_sent(const struct round_trips *trips, const unsigned char *data,
		     size_t length, uint64_t *number)
{
	uint64_t oldest =
		trips->sent > MOST_UNANSWERED ? trips->sent - MOST_UNANSWERED : 0;

	if (length >= NUMBERED_HEADER) {
		/* Modulo 2^32, as the number is. */
		uint32_t back = (uint32_t)trips->sent - 1 - numbered_sdu_number(data);

		*number = trips->sent - 1 - back;
		return back < trips->sent && is_sdu(trips, *number, data, length);
	}
	for (uint64_t at = trips->sent; at-- > oldest;) {
		if (is_sdu(trips, at, data, length)) {
			*number = at;
			return true;
		}
	}
	return false;
}

enum round_trip_answer round_trips_take(struct round_trips *trips,
					const unsigned char *data, size_t length,
					int64_t now_us, uint64_t *number,
					int64_t *time_us)
{
	/* The youngest first: a short SDU may look like one that was lost long ago. */
	for (size_t i = trips->unanswered_count; i-- > 0;) {
		struct unanswered_sdu found = trips->unanswered[i];

		if (!is_sdu(trips, found.number, data, length))
			continue;
		forget(trips, i);
		*number = found.number;
		*time_us = now_us - found.sent_us;
		times_add(&trips->times, *time_us,
			  trips->answered++ ? (double)(*time_us - trips->last_us) : 0);
		trips->last_us = *time_us;
		if (found.number + 1 == trips->sent)
			trips->last_is_answered = true;
		return PING_ANSWERED;
	}
	if (was_sent(trips, data, length, number)) {
		trips->repeated++;
		return PING_REPEATED;
	}
	trips->wrong++;
	return PING_WRONG;
}

uint64_t round_trips_lost(const struct round_trips *trips)
{
	return trips->sent - trips->answered;
}
