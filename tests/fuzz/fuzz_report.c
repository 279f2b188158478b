// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * Diagnostics, whatever is in them: captured_lines.c sees to their form, here is what
 * they must contain. The first bytes of the input choose what is reported, the rest is
 * text.
 */
#include "harness.h"

#include <limits.h>

#include "captured_lines.h"
#include "report/field.h"
#include "report/report.h"

enum { HEADER_SIZE = 4, STEP_COUNT = STEP_MEMORY + 1, MOST_TEXT = 12000 };

static struct captured_lines lines;

/* How much of TEXT the line shows, byte by byte or as \xNN, from SHOWN on, which is moved
 * after that. */
static size_t shown_part(const char *text, const char **shown)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		unsigned char byte = (unsigned char)text[i];
		char escaped[8] = "";

		if (**shown == '\\' && byte != '\\')
			snprintf(escaped, sizeof(escaped), "\\x%02X", byte);
		if (*escaped && strncmp(*shown, escaped, strlen(escaped)) == 0)
			*shown += strlen(escaped);
		else if (**shown == text[i] && byte != '\n')
			(*shown)++;
		else
			break;
	}
	return i;
}

/* The first line has TEXT, complete as far as a file name can be long, between the
 * words BEFORE and AFTER. */
static void require_shown(const char *before, const char *text, const char *after)
{
	const char *shown = strstr(lines.text, before);
	size_t length;

	REQUIRE(shown, "'%s' is not in: %s", before, lines.text);
	shown += strlen(before);
	length = shown_part(text, &shown);
	REQUIRE(length == strlen(text) || length >= PATH_MAX, "%zu bytes of %zu in: %s",
		length, strlen(text), lines.text);
	if (strlen(text) < PATH_MAX)
		REQUIRE(strncmp(shown, after, strlen(after)) == 0,
			"'%s' does not follow in: %s", after, lines.text);
}

/* TEXT, repeated: lines that are longer than the input, up to what is surely cut. */
static char *repeated(const char *text, size_t times)
{
	size_t length = strlen(text);
	char *result;

	if (length * times > MOST_TEXT)
		times = MOST_TEXT / length;
	result = malloc(length * times + 1);
	REQUIRE(result, "no memory");
	for (size_t i = 0; i < times; i++)
		memcpy(result + i * length, text, length);
	result[length * times] = '\0';
	return result;
}

static void tell_line(const struct report *report, unsigned int kind, const char *text)
{
	bool wanted = true;

	switch (kind) {
	case 0:
		report_error(report, STATUS_DATA_LOST, "<%s>", text);
		break;
	case 1:
		report_notice(report, "<%s>", text);
		wanted = report->verbosity >= VERBOSITY_NORMAL;
		break;
	default:
		report_event(report, VERBOSITY_VERBOSE, "detail",
			     FIELDS(field_text("x", text)), "<{x}>");
		wanted = report->verbosity >= VERBOSITY_VERBOSE ||
			 (report->json && report->verbosity >= VERBOSITY_NORMAL);
		break;
	}
	REQUIRE(lines.count == (wanted ? 1 : 0), "%d lines, not %d", lines.count, wanted);
	if (wanted && !report->json)
		require_shown("l2fuzz: <", text, ">\n");
}

static void tell_failure(const struct report *report, enum failed_step step, int error,
			 const char *text)
{
	enum exit_status status = report_failure(report, step, error, "open %s", text);

	REQUIRE(status > STATUS_OK && status <= STATUS_TIMEOUT, "status %d", (int)status);
	REQUIRE(status != STATUS_USAGE, "a failure is no wrong command line");
	REQUIRE(lines.count == 1 || (lines.count == 2 && !report->json), "%d lines",
		lines.count);
	if (!report->json)
		require_shown("l2fuzz: cannot open ", text, ": ");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct report report = {.program = "l2fuzz"};
	char *part;
	char *text;

	if (size < HEADER_SIZE)
		return 0;
	report.verbosity = (enum verbosity)(data[1] % (VERBOSITY_VERBOSE + 1));
	report.json = data[0] & 0x80;
	part = text_of(data + HEADER_SIZE, size - HEADER_SIZE);
	text = repeated(part, data[2] + 1U);
	capture_lines(&lines, report.program);
	if (data[0] % 4 < 3)
		tell_line(&report, data[0] % 4, text);
	else
		tell_failure(&report, (enum failed_step)(data[1] % STEP_COUNT),
			     (int8_t)data[3], text);
	capture_end();
	free(text);
	free(part);
	return 0;
}
