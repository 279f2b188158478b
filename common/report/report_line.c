// SPDX-License-Identifier: GPL-2.0-or-later
#include "report/report_line.h"

#include <stdio.h>
#include <time.h>

#include "report/diagnostics.h"
#include "report/json_line.h"

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

void report_passing_line(const struct report *report, const char *text)
{
	char line[256];
	int length = snprintf(line, sizeof(line), CLEAR_LINE "%s", text);

	diagnostics_write(line, (size_t)length);
	*report->progress_shown = true;
}

static const char *clear_passing_line(const struct report *report)
{
	if (!report->progress_shown || !*report->progress_shown)
		return "";
	*report->progress_shown = false;
	return CLEAR_LINE;
}

void report_text_line(const struct report *report, const char *text)
{
	char line[REPORT_TEXT_SIZE * 4]; /* room for a text of \xNN, so that its end is
					  * told */
	char about[64] = "";
	size_t length;

	if (report->connection)
		snprintf(about, sizeof(about), "%s (%u): ", report->peer,
			 report->connection);
	length = (size_t)snprintf(line, sizeof(line), "%s%s: %s",
				  clear_passing_line(report), report->program, about);
	length += escape(line + length, sizeof(line) - length, text);
	line[length++] = '\n';
	diagnostics_write(line, length);
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

void report_json_line(const struct report *report, const char *event,
		      const struct field *fields)
{
	struct json_line line;

	json_line_start(&line);
	add_all(&line,
		FIELDS(field_text("program", report->program), field_text("event", event),
		       field_real("time_s", seconds_since_epoch())));
	if (report->connection)
		add_all(&line, FIELDS(field_count("connection", report->connection)));
	if (report->peer)
		add_all(&line, FIELDS(field_text("peer", report->peer)));
	add_all(&line, fields);
	json_line_end(&line);
	diagnostics_write(line.text, line.length);
}
