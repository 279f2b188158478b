// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report/diagnostics.h"
#include "report/event_text.h"
#include "report/report_line.h"

bool report_tells(const struct report *report, enum verbosity verbosity)
{
	return verbosity <= report->verbosity ||
	       (report->json && report->verbosity != VERBOSITY_QUIET);
}

void report_event(const struct report *report, enum verbosity verbosity,
		  const char *event, const struct field *fields, const char *template)
{
	char text[REPORT_TEXT_SIZE];

	if (!report_tells(report, verbosity))
		return;
	if (report->json) {
		report_json_line(report, event, fields);
		return;
	}
	do {
		template = event_text(text, sizeof(text), template, fields);
		report_text_line(report, text);
	} while (*template);
}

void report_progress(const struct report *report, const struct field *fields,
		     const char *template)
{
	char text[REPORT_TEXT_SIZE];

	if (report->json)
		report_event(report, VERBOSITY_NORMAL, "progress", fields, "");
	if (report->json || !report->progress_shown ||
	    !report_tells(report, VERBOSITY_NORMAL))
		return;
	event_text(text, sizeof(text), template, fields);
	report_passing_line(report, text);
}

/* FORMAT with ARGUMENTS, which follow PREFIX. */
static void print(char text[REPORT_TEXT_SIZE], const char *prefix, const char *format,
		  va_list arguments) __attribute__((format(printf, 3, 0)));

static void print(char text[REPORT_TEXT_SIZE], const char *prefix, const char *format,
		  va_list arguments)
{
	size_t length = strlen(prefix);

	memcpy(text, prefix, length);
	vsnprintf(text + length, REPORT_TEXT_SIZE - length, format, arguments);
}

void report_notice(const struct report *report, const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	print(text, "", format, arguments);
	va_end(arguments);
	report_event(report, VERBOSITY_NORMAL, "notice",
		     FIELDS(field_text("message", text)), "{message}");
}

/* REASON and HINT may be NULL. */
static enum exit_status tell_error(const struct report *report, enum exit_status status,
				   const char *message, const char *reason,
				   const char *hint)
{
	/* Where to find help is no more than the usual word. */
	const char *template = !hint		      ? "{message}"
			     : status == STATUS_USAGE ? "{message}\n{hint}"
						      : "{message}\nhint: {hint}";

	report_event(report, VERBOSITY_QUIET, "error",
		     FIELDS(field_text("message", message), field_text("reason", reason),
			    field_text("hint", hint), field_count("status", status)),
		     template);
	return status;
}

enum exit_status report_error(const struct report *report, enum exit_status status,
			      const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	print(text, "", format, arguments);
	va_end(arguments);
	return tell_error(report, status, text, NULL, NULL);
}

enum exit_status report_error_with_hint(const struct report *report,
					enum exit_status status, const char *hint,
					const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	print(text, "", format, arguments);
	va_end(arguments);
	return tell_error(report, status, text, NULL, hint);
}

enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
{
	struct explanation explanation = explain_error(step, error);
	const char *reason =
		explanation.reason ? explanation.reason : strerror(abs(error));
	const char *hint = explanation.hint;
	char hint_text[512];
	char text[REPORT_TEXT_SIZE];
	size_t length;
	va_list arguments;

	va_start(arguments, attempt);
	print(text, "cannot ", attempt, arguments);
	va_end(arguments);
	length = strlen(text);
	snprintf(text + length, sizeof(text) - length, ": %s", reason);
	if (hint && strstr(hint, "%s")) {
		snprintf(hint_text, sizeof(hint_text), hint, report->program);
		hint = hint_text;
	}
	return tell_error(report, explanation.status, text, reason, hint);
}

/* --- waiting for standard error -------------------------------------------------------
 */

static void tell_lost(const struct report *report, uint64_t lost)
{
	if (lost)
		report_notice(report,
			      "%ju lines are missing here: standard error was not read",
			      (uintmax_t)lost);
}

int report_prepare(struct event_loop *loop)
{
	return diagnostics_prepare(loop);
}

void report_serve(const struct report *report)
{
	tell_lost(report, diagnostics_serve());
}

void report_finish(const struct report *report, const struct interruption *interruption)
{
	tell_lost(report, diagnostics_finish(interruption));
}
