/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that prints: each diagnostic is one line on standard error that starts
 * with the program's name. Standard output belongs to the received data.
 */
#ifndef L2_REPORT_H
#define L2_REPORT_H

#include <stdint.h>

#include "channel.h"
#include "explain_error.h"
#include "transfer.h"

enum verbosity {
	VERBOSITY_QUIET,   /* errors */
	VERBOSITY_NORMAL,  /* and what happens to connections */
	VERBOSITY_VERBOSE, /* and what was negotiated */
};

struct report {
	const char *program;
	const char *subject; /* the connection that a line is about; NULL: there is one */
	enum verbosity verbosity;
};

/* What goes wrong: printed at every verbosity. */
void report_error(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What an observer wants to know. */
void report_notice(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* What helps to find out why two machines do not get on. */
void report_detail(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * "cannot ATTEMPT: reason", and a hint line when there is one; the reason is that of
 * explain_error() for STEP and ERROR (an errno of either sign). Returns the exit status
 * that goes with it.
 */
enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
	__attribute__((format(printf, 4, 5)));

/* "listening on hci0 00:AA:01:00:00:00, PSM 0x1001 (4097)": scripts wait for it. */
void report_listening(const struct report *report, const struct channel *listener);

/* The parameters that were negotiated. */
void report_channel(const struct report *report, const struct channel *channel);

/* The closing line: what was moved, how fast, over what, and why it ended (WHY). */
void report_summary(const struct report *report, const struct channel *channel,
		    const struct transfer_result *result, const char *why);

#endif
