// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer/round_trips.h"

#include <math.h>
#include <string.h>

#include "transfer/numbered_sdus.h"
#include "transfer/output.h"

/* Times below EXACT_CLASSES us have a class each; then there are CLASSES_A_POWER for
 * every power of two. */
enum { CLASSES_A_POWER = 128, EXACT_CLASSES = 2 * CLASSES_A_POWER };

/* --- sending ------------------------------------------------------------------------ */

bool ping_all_made(const struct ping *ping)
{
	return ping->count && ping->made == ping->count;
}

bool ping_is_due(const struct ping *ping, int64_t now_us)
{
	if (ping_all_made(ping) || ping->made > ping->sent)
		return false;
	return ping->made == 0 || ping->last_is_answered ||
	       now_us - ping->last_sent_us >= PING_OVERDUE_US;
}

size_t ping_make(struct ping *ping, unsigned char *data)
{
	size_t length = sdu_sizes_of(&ping->sizes, ping->made);

	numbered_sdu_fill(data, length, (uint32_t)ping->made++);
	return length;
}

static void forget(struct ping *ping, size_t at)
{
	ping->unanswered_count--;
	memmove(ping->unanswered + at, ping->unanswered + at + 1,
		(ping->unanswered_count - at) * sizeof(*ping->unanswered));
}

void ping_sent(struct ping *ping, int64_t now_us)
{
	if (ping->unanswered_count == MOST_UNANSWERED)
		forget(ping, 0);
	ping->unanswered[ping->unanswered_count++] =
		(struct ping_unanswered){ping->sent++, now_us};
	ping->last_sent_us = now_us;
	ping->last_is_answered = ping->told_overdue = false;
}

bool ping_is_over(const struct ping *ping, int64_t now_us, int64_t patience_us)
{
	if (!ping_all_made(ping) || ping->made > ping->sent)
		return false;
	return ping->answered == ping->sent || now_us - ping->last_sent_us >= patience_us;
}

/* --- answers ------------------------------------------------------------------------ */

static bool is_sdu(const struct ping *ping, uint64_t number, const unsigned char *data,
		   size_t length)
{
	unsigned char made[SDU_ROOM];

	if (sdu_sizes_of(&ping->sizes, number) != length)
		return false;
	numbered_sdu_fill(made, length, (uint32_t)number);
	return memcmp(made, data, length) == 0;
}

static size_t class_of(int64_t time_us)
{
	uint64_t time = time_us > 0 ? (uint64_t)time_us : 0;
	size_t shift = 0;
	size_t found;

	while (time >> shift >= EXACT_CLASSES)
		shift++;
	found = shift * CLASSES_A_POWER + (size_t)(time >> shift);
	return found < PING_CLASSES ? found : PING_CLASSES - 1;
}

/* The middle of the times that CLASS counts. */
static double time_of_class(size_t class)
{
	size_t shift = class < EXACT_CLASSES ? 0 : class / CLASSES_A_POWER - 1;
	uint64_t least = (uint64_t)(class - shift * CLASSES_A_POWER) << shift;

	return (double)least + (double)(((uint64_t)1 << shift) - 1) / 2;
}

static void count_time(struct ping *ping, int64_t time_us)
{
	if (ping->answered == 0 || time_us < ping->shortest_us)
		ping->shortest_us = time_us;
	if (ping->answered == 0 || time_us > ping->longest_us)
		ping->longest_us = time_us;
	ping->sum_us += (double)time_us;
	ping->sum_of_squares += (double)time_us * (double)time_us;
	ping->classes[class_of(time_us)]++;
	ping->answered++;
}

/* Whether it was sent, however long ago. One that is too short to tell its number is
 * looked for among those sent last. */
static bool was_sent(const struct ping *ping, const unsigned char *data, size_t length,
		     uint64_t *number)
{
	uint64_t oldest = ping->sent > MOST_UNANSWERED ? ping->sent - MOST_UNANSWERED : 0;

	if (length >= NUMBERED_HEADER) {
		/* Modulo 2^32, as the number is. */
		uint32_t back = (uint32_t)ping->sent - 1 - numbered_sdu_number(data);

		*number = ping->sent - 1 - back;
		return back < ping->sent && is_sdu(ping, *number, data, length);
	}
	for (uint64_t at = ping->sent; at-- > oldest;) {
		if (is_sdu(ping, at, data, length)) {
			*number = at;
			return true;
		}
	}
	return false;
}

enum ping_answer ping_take(struct ping *ping, const unsigned char *data, size_t length,
			   int64_t now_us, uint64_t *number, int64_t *time_us)
{
	/* The youngest first: a short SDU may look like one that was lost long ago. */
	for (size_t i = ping->unanswered_count; i-- > 0;) {
		struct ping_unanswered found = ping->unanswered[i];

		if (!is_sdu(ping, found.number, data, length))
			continue;
		forget(ping, i);
		*number = found.number;
		*time_us = now_us - found.sent_us;
		count_time(ping, *time_us);
		if (found.number + 1 == ping->sent)
			ping->last_is_answered = true;
		return PING_ANSWERED;
	}
	if (was_sent(ping, data, length, number)) {
		ping->repeated++;
		return PING_REPEATED;
	}
	ping->wrong++;
	return PING_WRONG;
}

uint64_t ping_lost(const struct ping *ping)
{
	return ping->sent - ping->answered;
}

/* --- what came out ------------------------------------------------------------------ */

/* The time that PART of all round trips do not exceed, us. */
static double quantile(const struct ping *ping, double part)
{
	double wanted = ceil(part * (double)ping->answered);
	double counted = 0;
	double time;
	size_t class = 0;

	for (; class < PING_CLASSES - 1; class ++) {
		counted += ping->classes[class];
		if (counted >= wanted)
			break;
	}
	time = time_of_class(class);
	if (time < (double)ping->shortest_us)
		return (double)ping->shortest_us;
	return time > (double)ping->longest_us ? (double)ping->longest_us : time;
}

bool ping_times(const struct ping *ping, struct ping_times *times)
{
	double count = (double)ping->answered;
	double average = count > 0 ? ping->sum_us / count : 0;
	double variance =
		count > 0 ? ping->sum_of_squares / count - average * average : 0;

	if (ping->answered == 0)
		return false;
	*times = (struct ping_times){
		.minimum = (double)ping->shortest_us / 1000,
		.average = average / 1000,
		.maximum = (double)ping->longest_us / 1000,
		.deviation = variance > 0 ? sqrt(variance) / 1000 : 0,
		.median = quantile(ping, 0.5) / 1000,
		.p99 = quantile(ping, 0.99) / 1000,
	};
	return true;
}
