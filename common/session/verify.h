/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Checks the numbered SDUs that come (--verify), and reports what is wrong with them. */
#ifndef L2_VERIFY_H
#define L2_VERIFY_H

#include "transfer/numbered_sdus.h"
#include "transfer/times.h"
#include "report/report.h"

/* Findings to report one by one; the others are counted. */
enum { MOST_TOLD = 50 };

/* Zero-initialise it, but for REPORT. */
struct verification {
	const struct report *report;
	struct numbered_check check;
	unsigned int told;
	struct times gaps;	   /* from one arrival to the next */
	int64_t first_us, last_us; /* of those with a number; 0: none yet */
	uint32_t first, last;	   /* numbers of the SDUs that arrived then */
};

void verification_look(struct verification *verification, const unsigned char *data,
		       size_t length, int64_t arrived_us);

/* Reports the result; whether all was good. */
bool verification_end(const struct verification *verification);

#endif
