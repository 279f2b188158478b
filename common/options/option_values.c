// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "options/option_values.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "parse_value.h"

enum exit_status usage_error(const struct report *report, const char *format, ...)
{
	char text[512];
	char hint[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(hint, sizeof(hint), "try '%s --help'", report->program);
	return report_error_with_hint(report, STATUS_USAGE, hint, "%s", text);
}

const char *word_dots(const char *word)
{
	return strlen(word) > WORD_SHOWN ? "..." : "";
}

bool wrong_value(const struct report *report, const char *option, const char *value,
		 const char *format, ...)
{
	char rule[256];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(rule, sizeof(rule), format, arguments);
	va_end(arguments);
	usage_error(report, "%s: '%.*s'%s%s%s", option, WORD_SHOWN, value,
		    word_dots(value), *rule ? " " : "", rule);
	return false;
}

bool options_agree(const struct report *report, const struct option_clash *clashes,
		   size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct option_clash *clash = &clashes[i];
		char text[256];

		if (!clash->there)
			continue;
		snprintf(text, sizeof(text), clash->text, clash->word);
		if (clash->option)
			return wrong_value(report, clash->option, clash->value, "%s",
					   text);
		usage_error(report, "%s", text);
		return false;
	}
	return true;
}

bool take_number(const struct report *report, const char *option, const char *text,
		 unsigned int minimum, unsigned int maximum, unsigned int *value)
{
	uint64_t number;

	if (parse_number(text, minimum, maximum, &number))
		return wrong_value(report, option, text, "is not a number from %u to %u",
				   minimum, maximum);
	*value = (unsigned int)number;
	return true;
}

bool take_seconds(const struct report *report, const char *option, const char *text,
		  unsigned int least_ms, unsigned int longest_ms, unsigned int *ms)
{
	unsigned int value = 0;

	if (parse_milliseconds(text, longest_ms, &value) || value < least_ms)
		return wrong_value(report, option, text,
				   "is not a number of seconds from %g to %u, with up "
				   "to "
				   "three decimals",
				   least_ms / 1e3, longest_ms / 1000);
	*ms = value;
	return true;
}

bool take_size(const struct report *report, const char *option, const char *text,
	       uint64_t minimum, uint64_t maximum, const char *range, uint64_t *value)
{
	if (parse_size(text, minimum, maximum, value))
		return wrong_value(report, option, text,
				   "is not a number of bytes from %s; it may end in K, "
				   "M "
				   "or G",
				   range);
	return true;
}

bool take_text(const struct report *report, const char *option, char **argument,
	       char **kept)
{
	if (!*argument || !**argument)
		return wrong_value(report, option, "", "is empty");
	free(*kept);
	*kept = *argument;
	*argument = NULL;
	return true;
}

bool take_count(const struct report *report, const char *option, const char *text,
		bool *given, uint64_t *count)
{
	*given = true;
	if (parse_number(text, 0, UINT32_MAX, count) == 0)
		return true;
	return wrong_value(report, option, text,
			   "is not a number from 0 (unlimited) to %u", UINT32_MAX);
}
