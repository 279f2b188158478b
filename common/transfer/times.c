// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/times.h"

#include <math.h>
#include <stddef.h>

/* Times below EXACT_CLASSES us have a class each; then there are CLASSES_A_POWER for
 * every power of two. */
enum { CLASSES_A_POWER = 128, EXACT_CLASSES = 2 * CLASSES_A_POWER };

static size_t class_of(int64_t time_us)
{
	uint64_t time = time_us > 0 ? (uint64_t)time_us : 0;
	size_t shift = 0;
	size_t found;

	while (time >> shift >= EXACT_CLASSES)
		shift++;
	found = shift * CLASSES_A_POWER + (size_t)(time >> shift);
	return found < TIME_CLASSES ? found : TIME_CLASSES - 1;
}

/* The middle of the times that CLASS counts. */
static double time_of_class(size_t class)
{
	size_t shift = class < EXACT_CLASSES ? 0 : class / CLASSES_A_POWER - 1;
	uint64_t least = (uint64_t)(class - shift * CLASSES_A_POWER) << shift;

	return (double)least + (double)(((uint64_t)1 << shift) - 1) / 2;
}

void times_add(struct times *times, int64_t time_us, double change_us)
{
	if (times->count == 0 || time_us < times->shortest)
		times->shortest = time_us;
	if (times->count == 0 || time_us > times->longest)
		times->longest = time_us;
	times->sum += (double)time_us;
	times->sum_of_squares += (double)time_us * (double)time_us;
	times->jitter += (fabs(change_us) - times->jitter) / 16;
	times->classes[class_of(time_us)]++;
	times->count++;
}

/* The time that PART of all do not exceed, ms. */
static double quantile(const struct times *times, double part)
{
	double wanted = ceil(part * (double)times->count);
	double counted = 0;
	double time;
	size_t class = 0;

	for (; class < TIME_CLASSES - 1; class ++) {
		counted += times->classes[class];
		if (counted >= wanted)
			break;
	}
	time = fmax(time_of_class(class), (double)times->shortest);
	return fmin(time, (double)times->longest) / 1000;
}

struct time_summary times_sum_up(const struct times *times)
{
	double count = (double)times->count;
	double average = times->sum / count;
	double variance = times->sum_of_squares / count - average * average;

	if (times->count == 0)
		return (struct time_summary){NAN, NAN, NAN, NAN, NAN, NAN, NAN, NAN};
	return (struct time_summary){
		.minimum = (double)times->shortest / 1000,
		.average = average / 1000,
		.maximum = (double)times->longest / 1000,
		.deviation = variance > 0 ? sqrt(variance) / 1000 : 0,
		.p50 = quantile(times, 0.5),
		.p90 = quantile(times, 0.9),
		.p99 = quantile(times, 0.99),
		.jitter = times->jitter / 1000,
	};
}
