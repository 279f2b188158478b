/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* How far a transfer is, while it runs: a line on a terminal that is written over, or
 * events, or with a period a line for each. */
#ifndef L2_PROGRESS_H
#define L2_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "report/report.h"

enum { PROGRESS_TEXT_SIZE = 128 };

/* What has moved up to now. */
struct moved {
	uint64_t bytes, sdus;
	bool knows_loss; /* of SDUs that came: */
	uint64_t lost;
	double jitter_ms; /* of their arrival; not a number: not known */
};

/* Zero-initialise it. */
struct progress {
	bool shown;	      /* it is to be shown, */
	unsigned int line_ms; /* as a line each period of this length; 0: no lines */
	uint64_t total;	      /* bytes that there will be; 0: not known */
	int64_t start_ms, next_ms;
	int64_t last_ms; /* when it was shown last, */
	uint64_t last_bytes, last_sdus;
};

/*
 * How far DONE of TOTAL bytes (0: not known) after ELAPSED_MS is: "1.2 MB 45% 103.4 kB/s
 * 0:14 left". What does not fit COLUMNS is left out, from the right. Pure; returns TEXT.
 */
const char *progress_text(char text[PROGRESS_TEXT_SIZE], size_t columns, uint64_t done,
			  uint64_t total, int64_t elapsed_ms);

/* What --send is, and --expect says: the bytes that INPUT (-1: none) still has when it is
 * a regular file, otherwise 0. *IS_FILE says whether it is one. */
uint64_t progress_total(int input, bool *is_file);

/* Starts to report, if it is to be seen; LINE_MS: see above. */
void progress_start(struct progress *progress, uint64_t total, bool shown,
		    unsigned int line_ms);

/* Milliseconds until the next report is due, at most, or WAIT_FOREVER. */
int64_t progress_time(const struct progress *progress);

/* Reports to REPORT that MOVED has moved; it is time to, or the transfer has ended. */
void progress_tell(struct progress *progress, const struct report *report,
		   const struct moved *moved);
void progress_end(struct progress *progress, const struct report *report,
		  const struct moved *moved);

#endif
