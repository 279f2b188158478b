/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The only place that prints. What happens is reported once, by one call, and comes out
 * on standard error in one of two forms: as a line of text that starts with the program's
 * name, or, with report->json, as one JSON object on a line. Results that were asked for
 * come out on standard output. dist/ has a JSON Schema of all
 * events, to which tests/json_events.py holds each line; l2cap-tools-events(5) explains
 * them.
 * Standard output belongs to the received data.
 *
 * Each object has "program", "event" and "time_s" (seconds since 1970), the first also
 * "version", and, where they apply, "connection" (the number of one of several) and
 * "peer".
 */
#ifndef L2_REPORT_H
#define L2_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "report/explain_error.h"

struct event_loop;
struct field;
struct interruption;

enum verbosity {
	VERBOSITY_QUIET,   /* errors */
	VERBOSITY_NORMAL,  /* and what happens to connections */
	VERBOSITY_VERBOSE, /* and what was negotiated */
};

/* What hints name, so that their commands can be run as they are; "": not known. */
struct hint_words {
	char adapter[16];      /* hciN */
	char index[6];	       /* its N */
	char psm[8];	       /* that the run is about */
	char adapters[128];    /* all that there are: "hci0, hci1" */
	char capabilities[64]; /* that the run needs, as setcap wants them: setcap takes
				* away those that it is not given */
};

struct report {
	const char *program;
	struct hint_words *words; /* NULL: nothing is known */
	bool checking;	  /* for --check: errors are its problems, notices its warnings */
	const char *peer; /* the address at the other end; NULL: none as yet */
	unsigned int connection; /* what a line is about, of several; 0: there is one */
	enum verbosity verbosity;
	bool json; /* and all the details, unless it is quiet: a reader picks */
	bool *progress_shown; /* a line of progress stands on the terminal; NULL: never */
};

/* In an event loop, lines wait for room in standard error: see diagnostics.h. 0
 * or -errno. */
int report_prepare(struct event_loop *loop);
void report_serve(const struct report *report);

/* At the end of the program, not longer than 5 s. Returns STATUS, or, when standard
 * output could not be written, the status of that. */
enum exit_status report_finish(const struct report *report,
			       const struct interruption *interruption,
			       enum exit_status status);

/* Whether what is for VERBOSITY is reported: what costs something to find out is asked
 * for only then. */
bool report_tells(const struct report *report, enum verbosity verbosity);

/*
 * An event, in both forms: as text by its TEMPLATE (see event_text.h), a line for each of
 * its lines; as JSON, EVENT with FIELDS.
 *
 *	report_event(report, VERBOSITY_NORMAL, "reply",
 *		     FIELDS(field_count("number", number),
 *			    field_real("round_trip_ms", ms)),
 *		     "reply {number} after {round_trip_ms:3} ms");
 *
 * Give it a row under EVENTS in l2cap-tools-events.5, a definition in the schema, and in
 * tests/json_events.py the text that it makes.
 */
void report_event(const struct report *report, enum verbosity verbosity,
		  const char *event, const struct field *fields, const char *template);

/* The same on standard output, as text without the program's name: the results of a run
 * that receives no data for the user (--ping, --info, --check). */
void report_result(const struct report *report, enum verbosity verbosity,
		   const char *event, const struct field *fields, const char *template);

/* The event "progress". As text it is a line if IT_STAYS; otherwise it stands in the last
 * line of a terminal, which the next line of any kind takes away, and elsewhere it is not
 * shown. */
void report_progress(const struct report *report, bool it_stays,
		     const struct field *fields, const char *template);

/* What an observer wants to know, and no program will look for: "notice", with the line
 * as "message". */
void report_notice(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What --check finds good; told of nothing else. */
void report_good(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * What goes wrong, reported at every verbosity: "error", with the line as "message" and
 * STATUS, the exit status that it leads to. Returns that.
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
 * status. In JSON the reason is also a member of its own, as "reason".
 */
enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
	__attribute__((format(printf, 4, 5)));

/* The same of an EVENT that was no attempt: "connection lost: reason". */
enum exit_status report_broken(const struct report *report, enum failed_step step,
			       int error, const char *event);

#endif
