/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How a line gets out, as text or as JSON: report.c says what is in it. Each is one
 * write() on standard error, so that lines of several processes do not mix. */
#ifndef L2_REPORT_LINE_H
#define L2_REPORT_LINE_H

#include "report/report.h"

/* Bytes that a line's text may have, with its NUL; what is more is cut. */
enum { REPORT_TEXT_SIZE = 8192 };

/* "PROGRAM: [PEER (CONNECTION): ]TEXT", with control characters as \xNN: whatever
 * a peer or a command line puts into a diagnostic, it stays one line and does not steer a
 * terminal. */
void report_text_line(const struct report *report, const char *text);

/* TEXT on the terminal's last line, in place of what report_passing_line() put there. It
 * goes when anything else is told. */
void report_passing_line(const struct report *report, const char *text);

/* An object with what all events have (see report.h), and then FIELDS. */
void report_json_line(const struct report *report, const char *event,
		      const struct field *fields);

#endif
