/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The sizes of SDUs that are made here: one, or a row of them, again and again. Pure. */
#ifndef L2_SDU_SIZES_H
#define L2_SDU_SIZES_H

#include <stddef.h>
#include <stdint.h>

/* From MINIMUM by STEP up to MAXIMUM, then from MINIMUM again. */
struct sdu_sizes {
	size_t minimum, maximum, step; /* bytes; step at least 1 */
};

/* "SIZE" or "MIN..MAX" or "MIN..MAX:STEP", all within [minimum, maximum] and in order.
 * 0; -EINVAL: not of this form; -ERANGE: a number out of range. */
int sdu_sizes_parse(const char *text, size_t minimum, size_t maximum,
		    struct sdu_sizes *sizes);

/* The largest that there is, which MAXIMUM need not be. */
size_t sdu_sizes_largest(const struct sdu_sizes *sizes);

/* The size of SDU NUMBER, from 0 on. */
size_t sdu_sizes_of(const struct sdu_sizes *sizes, uint64_t number);

#endif
