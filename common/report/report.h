/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only place that prints. What happens is told once, by one call, and comes out on
 * standard error in one of two forms: as a line of text that starts with the program's
 * name, or, with report->json, as one JSON object on a line. l2server(1) has the events
 * and their fields, under EVENTS; tests/json_events.py holds each line to them.
 * Standard output belongs to the received data.
 *
 * Each object has "program", "event" and "time_s" (seconds since 1970), and, where they
 * apply, "connection" (the number of one of several) and "peer".
 */
#ifndef L2_REPORT_H
#define L2_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "channel/channel.h"
#include "report/explain_error.h"
#include "channel/flush_timeout.h"
#include "report/json_line.h"
#include "channel/channel_details.h"
#include "transfer/transfer.h"

enum verbosity {
	VERBOSITY_QUIET,   /* errors */
	VERBOSITY_NORMAL,  /* and what happens to connections */
	VERBOSITY_VERBOSE, /* and what was negotiated */
};

struct report {
	const char *program;
	const char *peer;	 /* the address at the other end; NULL: none as yet */
	unsigned int connection; /* what a line is about, of several; 0: there is one */
	enum verbosity verbosity;
	bool json; /* and all the details, unless it is quiet: a reader picks */
	bool *progress_shown; /* a line of progress stands on the terminal; NULL: never */
};

/* In an event loop, what is told waits for room in standard error: see diagnostics.h. 0
 * or -errno. */
int report_prepare(struct event_loop *loop);
void report_serve(const struct report *report);

/* At the end of the program, not longer than 5 s. */
void report_finish(const struct report *report, const struct interruption *interruption);

/* Whether what is for VERBOSITY is told: what costs something to find out is asked for
 * only then. */
bool report_tells(const struct report *report, enum verbosity verbosity);

/*
 * An event, in both forms: as text, FORMAT; as JSON, EVENT with FIELDS:
 *
 *	report_event(report, VERBOSITY_NORMAL, "reply",
 *		     JSON_FIELDS(json_count("number", number),
 *				 json_real("round_trip_ms", ms)),
 *		     "reply %u after %.3f ms", number, ms);
 *
 * Give it a row under EVENTS in l2server.1, and in tests/json_events.py its fields and
 * the text that they make.
 */
void report_event(const struct report *report, enum verbosity verbosity,
		  const char *event, const struct json_field *fields, const char *format,
		  ...) __attribute__((format(printf, 5, 6)));

/* What an observer wants to know, and no program will look for: "notice", with the line
 * as "message". */
void report_notice(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * What goes wrong, told at every verbosity: "error", with the line as "message" and
 * STATUS, the exit status that it alone makes. Returns that.
 */
enum exit_status report_error(const struct report *report, enum exit_status status,
			      const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The same, and a second line with what to do about it; in JSON it is in the same object,
 * as "hint". */
enum exit_status report_error_with_hint(const struct report *report,
					enum exit_status status, const char *hint,
					const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/*
 * "cannot ATTEMPT: reason", and a hint when there is one; reason, hint and status are
 * those of explain_error() for STEP and ERROR (an errno of either sign). Returns the
 * status. In JSON the reason is also told alone, as "reason".
 */
enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
	__attribute__((format(printf, 4, 5)));

/* The level of security and the size of the key that were reached, for whom asked for a
 * level. */
void report_security(const struct report *report, const struct negotiated *negotiated);

/* "listening on hci0 00:AA:01:00:00:00, PSM 0x1001 (4097)": scripts wait for it. */
void report_listening(const struct report *report, const struct channel *listener);

/* The channel to PEER is up, the server's connection NUMBER. REPORT is the server's. */
void report_accepted(const struct report *report, const bdaddr_t *peer,
		     unsigned int number);

/* The parameters that were negotiated, for VERBOSITY_VERBOSE. */
void report_connected(const struct report *report, const struct channel *channel,
		      const struct negotiated *negotiated);

/* How a channel came to its end. */
enum closer {
	CLOSED_BY_US,	    /* and the peer confirmed it */
	CLOSED_UNCONFIRMED, /* by us, and nothing more is known */
	CLOSED_BY_PEER,
	CLOSED_BY_LINK, /* it was lost */
};

/* The channel is no more, for VERBOSITY_VERBOSE; what came may not all be written. */
void report_closed(const struct report *report, enum closer closer);

/* COUNT SDUs were dropped by the kernel, told at every verbosity. Returns the status that
 * this makes. */
enum exit_status report_loss(const struct report *report, uint64_t count);

/* The command of --exec has ended, with the exit status CODE, or by the signal CODE: told
 * at every verbosity if it went wrong. Returns the status that this makes. */
enum exit_status report_command(const struct report *report, int code, bool by_signal);

/* The link's flush timeout is set: asked for, rounded, read back. Warns of an adapter
 * that flushes what others send, too. */
void report_flush_timeout(const struct report *report, enum verbosity verbosity,
			  const struct flush_timeout *flush);

/* It could not be set, for what flush_timeout_take() says is the ERROR, -ETIMEDOUT after
 * the user's limit or one of our own: see report_failure(). */
enum exit_status report_flush_failure(const struct report *report,
				      const struct flush_timeout *flush, int error,
				      bool limit_is_users);

/* What was sent was flushed, or may have been: told at every verbosity. Returns the
 * status that this makes. */
enum exit_status report_flushes(const struct report *report,
				const struct flush_timeout *flush);

/* How far a transfer is. On a terminal TEXT stands in the last line, which the next
 * line of any kind takes away; elsewhere it is not told. In JSON: "progress". */
void report_progress(const struct report *report, const struct json_field *fields,
		     const char *text);

/* The closing line: what was moved, how fast, over what, with which flush timeout (NULL:
 * as the link had it), and why it ended (WHY, with the exit status that this connection
 * makes), and the FILE of its own that it made, or NULL. */
void report_summary(const struct report *report, const struct channel *channel,
		    const struct flush_timeout *flush,
		    const struct transfer_result *result, enum exit_status status,
		    const char *why, const char *file);

#endif
