/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Catches what report.c writes on standard error, in memory, and holds it to its promise:
 * one write is one line that starts with the program's name and has no control
 * characters, or one JSON object of the program's. A harness that uses this wraps
 * write().
 */
#ifndef L2_FUZZ_CAPTURED_LINES_H
#define L2_FUZZ_CAPTURED_LINES_H

#include <stddef.h>

enum { MOST_CAPTURED = 1 << 17 };

struct captured_lines {
	char text[MOST_CAPTURED]; /* the lines, each with its \n, up to a NUL */
	size_t length;
	int count;
};

/* From here on; lines of text start with PROGRAM, a colon and a blank. */
void capture_lines(struct captured_lines *lines, const char *program);
void capture_end(void);

#endif
