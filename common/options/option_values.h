/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Taking the values of options, and saying what is wrong with them: the option, the value
 * and what it may be. popt's own number parsing is not used: see command_line.h. */
#ifndef L2_OPTION_VALUES_H
#define L2_OPTION_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/common_options.h"

/* A day: longer than anyone waits, short enough for every clock. */
enum { LONGEST_WAIT_MS = 86400000, SHORTEST_WAIT_MS = 1 };

/* "..." when not all of WORD is shown, otherwise "". */
const char *word_dots(const char *word);

/* An argument of OPTION as a number from MINIMUM to MAXIMUM; false after telling. */
bool take_number(const struct report *report, const char *option, const char *text,
		 unsigned int minimum, unsigned int maximum, unsigned int *value);

/* An argument of OPTION as a time of up to LONGEST_MS, with up to three decimals of a
 * second, and at least LEAST_MS. */
bool take_seconds(const struct report *report, const char *option, const char *text,
		  unsigned int least_ms, unsigned int longest_ms, unsigned int *ms);

/* A number of bytes, with K, M or G after it; RANGE is MINIMUM to MAXIMUM in words. */
bool take_size(const struct report *report, const char *option, const char *text,
	       uint64_t minimum, uint64_t maximum, const char *range, uint64_t *value);

/* Keeps *ARGUMENT, which popt has allocated, instead of an earlier *KEPT, and sets it to
 * NULL; it must not be empty. */
bool take_text(const struct report *report, const char *option, char **argument,
	       char **kept);

/* A count of which 0 means: without limit. */
bool take_count(const struct report *report, const char *option, const char *text,
		bool *given, uint64_t *count);

/* Says that VALUE, what was given to OPTION, is wrong: "OPTION: 'VALUE' " and FORMAT,
 * with what it may be. A long value is shortened. Returns false. */
bool wrong_value(const struct report *report, const char *option, const char *value,
		 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Something that must not be on one command line: why, and about which option and value,
 * if it is about one. In TEXT one %s stands for WORD. */
struct option_clash {
	bool there;
	const char *text, *word, *option, *value;
};

/* CLASH(condition, "text", .word = ..., .option = ..., .value = ...) */
#define CLASH(condition, ...)                                                            \
	{                                                                                \
		.there = (condition), .text = __VA_ARGS__                                \
	}

/* Whether none of the COUNT CLASHES is there; reports the first. */
bool options_agree(const struct report *report, const struct option_clash *clashes,
		   size_t count);

/* Says that the command line is wrong, and how to get help: STATUS_USAGE. */
enum exit_status usage_error(const struct report *report, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif
