// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "report/report.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report/diagnostics.h"
#include "report/event_text.h"
#include "report/json_line.h"

#ifndef L2_VERSION
#define L2_VERSION "unknown"
#endif
#include "report/field.h"

/* Bytes that a line's text may have, with its NUL; what is more is cut. */
enum { REPORT_TEXT_SIZE = 8192 };

/* --- a line, which is one write on standard error, so that those of several processes do
 * not mix ------------------------------------------------------------------------------
 */

/* The bytes of the control character that TEXT starts with, 0 when it starts with none:
 * C0, DEL, and C1 in UTF-8, where U+009B is another way to write ESC [. */
static int control_character(const unsigned char *text)
{
	if (text[0] < ' ' || text[0] == 0x7f)
		return 1;
	return text[0] == 0xc2 && text[1] >= 0x80 && text[1] <= 0x9f ? 2 : 0;
}

/* Copies TEXT, with control characters as \xNN. */
static size_t escape(char *line, size_t size, const char *text)
{
	size_t length = 0;
	int control = 0; /* bytes of a control character that are still to come */

	for (; *text && length + sizeof("\\xNN") < size; text++) {
		if (control == 0)
			control = control_character((const unsigned char *)text);
		if (control > 0) {
			control--;
			length += (size_t)snprintf(line + length, size - length,
						   "\\x%02X", (unsigned char)*text);
		} else {
			line[length++] = *text;
		}
	}
	return length;
}

/* To the start of the terminal's line, which is cleared. */
#define CLEAR_LINE "\r\033[K"

static void passing_line(const struct report *report, const char *text)
{
	char line[256];
	int length = snprintf(line, sizeof(line), CLEAR_LINE "%s", text);

	diagnostics_write(DIAGNOSTICS_ERROR, line, (size_t)length);
	*report->progress_shown = true;
}

static const char *clear_passing_line(const struct report *report)
{
	if (!report->progress_shown || !*report->progress_shown)
		return "";
	*report->progress_shown = false;
	return CLEAR_LINE;
}

/* "PROGRAM: [PEER (CONNECTION): ]TEXT" on standard error, only TEXT on standard output;
 * with control characters as \xNN: whatever a peer or a command line puts into it, it
 * stays one line and does not steer a terminal. */
static void text_line(const struct report *report, enum diagnostics_stream to,
		      const char *text)
{
	char line[REPORT_TEXT_SIZE * 4]; /* room for a text of \xNN, so that its end is
					  * reported */
	char about[64] = "";
	size_t length = 0;

	if (report->connection)
		snprintf(about, sizeof(about), "%s (%u): ", report->peer,
			 report->connection);
	if (to == DIAGNOSTICS_ERROR)
		length = (size_t)snprintf(line, sizeof(line), "%s%s: %s",
					  clear_passing_line(report), report->program,
					  about);
	length += escape(line + length, sizeof(line) - length, text);
	line[length++] = '\n';
	diagnostics_write(to, line, length);
}

static void add_all(struct json_line *line, const struct field *fields)
{
	for (; fields->name; fields++) {
		if (!fields->text_only)
			json_line_add(line, fields);
	}
}

static double seconds_since_epoch(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* An object with what all events have (see report.h), and then FIELDS. */
static void json_line(const struct report *report, enum diagnostics_stream to,
		      const char *event, const struct field *fields)
{
	static bool has_said_version;
	struct json_line line;

	json_line_start(&line);
	add_all(&line,
		FIELDS(field_text("program", report->program), field_text("event", event),
		       field_real("time_s", seconds_since_epoch())));
	if (!has_said_version)
		add_all(&line, FIELDS(field_text("version", L2_VERSION)));
	has_said_version = true;
	if (report->connection)
		add_all(&line, FIELDS(field_count("connection", report->connection)));
	if (report->peer)
		add_all(&line, FIELDS(field_text("peer", report->peer)));
	add_all(&line, fields);
	json_line_end(&line);
	diagnostics_write(to, line.text, line.length);
}

/* --- events ---------------------------------------------------------------------------
 */

bool report_tells(const struct report *report, enum verbosity verbosity)
{
	return verbosity <= report->verbosity ||
	       (report->json && report->verbosity != VERBOSITY_QUIET);
}

static void write_event(const struct report *report, enum diagnostics_stream to,
			enum verbosity verbosity, const char *event,
			const struct field *fields, const char *template)
{
	char text[REPORT_TEXT_SIZE];

	if (!report_tells(report, verbosity))
		return;
	if (report->json) {
		json_line(report, to, event, fields);
		return;
	}
	do {
		template = event_text(text, sizeof(text), template, fields);
		text_line(report, to, text);
	} while (*template);
}

void report_event(const struct report *report, enum verbosity verbosity,
		  const char *event, const struct field *fields, const char *template)
{
	write_event(report, DIAGNOSTICS_ERROR, verbosity, event, fields, template);
}

void report_result(const struct report *report, enum verbosity verbosity,
		   const char *event, const struct field *fields, const char *template)
{
	write_event(report, DIAGNOSTICS_OUTPUT, verbosity, event, fields, template);
}

void report_progress(const struct report *report, bool it_stays,
		     const struct field *fields, const char *template)
{
	char text[REPORT_TEXT_SIZE];

	if (report->json || it_stays)
		report_event(report, VERBOSITY_NORMAL, "progress", fields, template);
	if (report->json || it_stays || !report->progress_shown ||
	    !report_tells(report, VERBOSITY_NORMAL))
		return;
	event_text(text, sizeof(text), template, fields);
	passing_line(report, text);
}

/* FORMAT with ARGUMENTS, which follow PREFIX. */
static void print(char text[REPORT_TEXT_SIZE], const char *prefix, const char *format,
		  va_list arguments) __attribute__((format(printf, 3, 0)));

static void print(char text[REPORT_TEXT_SIZE], const char *prefix, const char *format,
		  va_list arguments)
{
	size_t length = (size_t)snprintf(text, REPORT_TEXT_SIZE, "%s", prefix);

	vsnprintf(text + length, REPORT_TEXT_SIZE - length, format, arguments);
}

/* RESULT is ok, warning or problem; REASON and HINT may be NULL. */
static void tell_finding(const struct report *report, const char *result,
			 const char *message, const char *reason, const char *hint)
{
	report_result(report, VERBOSITY_QUIET, "check",
		      FIELDS(field_text("result", result), field_text("message", message),
			     field_text("reason", reason), field_text("hint", hint)),
		      hint ? "{result}: {message}\nhint: {hint}" : "{result}: {message}");
}

void report_notice(const struct report *report, const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	print(text, "", format, arguments);
	va_end(arguments);
	if (report->checking)
		tell_finding(report, "warning", text, NULL, NULL);
	else
		report_event(report, VERBOSITY_NORMAL, "notice",
			     FIELDS(field_text("message", text)), "{message}");
}

void report_good(const struct report *report, const char *format, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, format);
	print(text, "", format, arguments);
	va_end(arguments);
	if (report->checking)
		tell_finding(report, "ok", text, NULL, NULL);
}

/* REASON and HINT may be NULL. */
static enum exit_status tell_error(const struct report *report, enum exit_status status,
				   const char *message, const char *reason,
				   const char *hint)
{
	/* Where to find help is no more than the usual word. */
	const char *template = !hint		      ? "{message}"
			     : status == STATUS_USAGE ? "{message}; {hint}"
						      : "{message}\nhint: {hint}";

	if (report->checking)
		tell_finding(report, "problem", message, reason, hint);
	else
		report_event(report, VERBOSITY_QUIET, "error",
			     FIELDS(field_text("message", message),
				    field_text("reason", reason),
				    field_text("hint", hint),
				    field_count("status", status)),
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

/* This program's file as a shell takes it; one with a strange name is left for the shell
 * to find. */
static const char *program_file(const struct report *report, char text[PATH_MAX])
{
	static const char harmless[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWX"
		"YZ0123456789/._+-";
	ssize_t length = readlink("/proc/self/exe", text, PATH_MAX - 1);

	text[length < 0 ? 0 : length] = '\0';
	if (!*text || text[strspn(text, harmless)])
		snprintf(text, PATH_MAX, "$(command -v %s)", report->program);
	return text;
}

static void fill_hint(const struct report *report, const char *template,
		      char hint[REPORT_TEXT_SIZE])
{
	static const struct hint_words nothing;
	const struct hint_words *words = report->words ? report->words : &nothing;
	char file[PATH_MAX];

	event_text(hint, REPORT_TEXT_SIZE, template,
		   FIELDS(field_word("adapter", words->adapter),
			  field_word("index", words->index),
			  field_word("psm", words->psm), field_text("peer", report->peer),
			  field_word("adapters", words->adapters),
			  field_word("capabilities", words->capabilities),
			  field_text("program", report->program),
			  field_text("file", program_file(report, file))));
}

/* TEXT, of REPORT_TEXT_SIZE, says what went wrong: the reason is added to it. */
static enum exit_status tell_failure(const struct report *report, enum failed_step step,
				     int error, char *text)
{
	struct explanation explanation = explain_error(step, error);
	const char *reason =
		explanation.reason ? explanation.reason : strerror(abs(error));
	char hint[REPORT_TEXT_SIZE];
	size_t length = strlen(text);

	snprintf(text + length, REPORT_TEXT_SIZE - length, ": %s", reason);
	if (explanation.hint)
		fill_hint(report, explanation.hint, hint);
	return tell_error(report, explanation.status, text, reason,
			  explanation.hint ? hint : NULL);
}

enum exit_status report_failure(const struct report *report, enum failed_step step,
				int error, const char *attempt, ...)
{
	char text[REPORT_TEXT_SIZE];
	va_list arguments;

	va_start(arguments, attempt);
	print(text, "cannot ", attempt, arguments);
	va_end(arguments);
	return tell_failure(report, step, error, text);
}

enum exit_status report_broken(const struct report *report, enum failed_step step,
			       int error, const char *event)
{
	char text[REPORT_TEXT_SIZE];

	snprintf(text, sizeof(text), "%s", event);
	return tell_failure(report, step, error, text);
}

/* --- waiting for standard error -------------------------------------------------------
 */

static void tell_lost(const struct report *report, uint64_t lost)
{
	if (lost)
		report_notice(report,
			      "%ju lines are missing here: they were not read in time",
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

enum exit_status report_finish(const struct report *report,
			       const struct interruption *interruption,
			       enum exit_status status)
{
	int error;

	tell_lost(report, diagnostics_finish(interruption));
	error = diagnostics_output_error();
	if (!error)
		return status;
	status = report_failure(report, STEP_OUTPUT, error, "write standard output");
	diagnostics_finish(interruption);
	return status;
}
