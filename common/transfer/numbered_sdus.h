/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Numbered SDUs, in the pattern of BlueZ's l2test: the number, 32 bits, and the length,
 * 16 bits, little-endian; then 0x7f up to the end. An SDU that is shorter holds the
 * beginning of it. Pure.
 */
#ifndef L2_NUMBERED_SDUS_H
#define L2_NUMBERED_SDUS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { NUMBERED_HEADER = 6 }; /* bytes of number and length */

/* Fills DATA, LENGTH bytes (at most 65535), with SDU NUMBER. */
void numbered_sdu_fill(unsigned char *data, size_t length, uint32_t number);

/* The number that DATA, at least NUMBERED_HEADER bytes, says it has. */
uint32_t numbered_sdu_number(const unsigned char *data);

enum sdu_finding {
	SDU_GOOD,
	SDU_MISSING,	  /* FIRST to LAST did not come before the ones after them */
	SDU_LATE,	  /* FIRST, which was missing, came after others: reordered */
	SDU_REPEATED,	  /* FIRST came again */
	SDU_WRONG_LENGTH, /* FIRST says that it is SAYS bytes long, and is not */
	SDU_WRONG_BYTE,	  /* FIRST has SAYS where 0x7f should be, at OFFSET */
	SDU_NO_NUMBER,	  /* it is shorter than its header */
};

struct sdu_verdict {
	enum sdu_finding finding;
	uint32_t first, last; /* numbers of SDUs */
	size_t length, offset;
	unsigned int says;
};

/* Ranges of missing numbers to remember; when there are more, the oldest are forgotten
 * and count as missing for good. */
enum { MOST_GAPS = 256, MOST_VERDICTS = 3 };

struct number_gap {
	uint32_t first, last;
};

/* What has come. Zero-initialise it. */
struct numbered_check {
	uint32_t next; /* the number that is to come */
	struct number_gap gaps[MOST_GAPS];
	size_t gap_count;
	uint64_t checked;
	uint64_t good; /* not late, not repeated, not wrong */
	uint64_t missing, late, repeated, wrong;
};

/*
 * Looks at the next SDU that came. Writes what is wrong with it and with the order, up to
 * MOST_VERDICTS, into VERDICTS, and returns how many; 0: all is good. CHECK->missing
 * counts those that have not come up to now.
 */
size_t numbered_check(struct numbered_check *check, const unsigned char *data,
		      size_t length, struct sdu_verdict verdicts[MOST_VERDICTS]);

/* Whether all that came was in order and none is missing. */
bool numbered_check_is_good(const struct numbered_check *check);

#endif
