/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* A collection of times, round trips or those between arrivals: range, mean, deviation,
 * percentiles and jitter, in a fixed amount of memory. Pure. */
#ifndef L2_TIMES_H
#define L2_TIMES_H

#include <stdint.h>

/* Times are counted in classes of less than 1 %. */
enum { TIME_CLASSES = 32 * 128 };

/* Microseconds. Zero-initialise it. */
struct times {
	uint64_t count;
	int64_t shortest, longest;
	double sum, sum_of_squares;
	double jitter;
	uint32_t classes[TIME_CLASSES];
};

/* The results, milliseconds. */
struct time_summary {
	double minimum, average, maximum, deviation, p50, p90, p99, jitter;
};

/* Adds TIME_US. CHANGE_US is by how much longer this SDU was under way than the one
 * before it (D of RFC 3550, section 6.4.1), from which that section's jitter is made. */
void times_add(struct times *times, int64_t time_us, double change_us);

/* Of none, each is not a number. The percentiles are good to 1 %. */
struct time_summary times_sum_up(const struct times *times);

#endif
