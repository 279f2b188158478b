// SPDX-License-Identifier: GPL-2.0-or-later
#include "sdu_sizes.h"

#include <errno.h>
#include <string.h>

#include "parse_value.h"

enum { LONGEST_NUMBER = 24 };

/* The number of LENGTH characters at TEXT. */
static int parse_part(const char *text, size_t length, size_t minimum, size_t maximum,
		      size_t *value)
{
	char number[LONGEST_NUMBER];
	uint64_t parsed;
	int error;

	if (length >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, length);
	number[length] = '\0';
	error = parse_number(number, minimum, maximum, &parsed);
	if (!error)
		*value = (size_t)parsed;
	return error;
}

int sdu_sizes_parse(const char *text, size_t minimum, size_t maximum,
		    struct sdu_sizes *sizes)
{
	const char *dots = strstr(text, "..");
	const char *colon = strchr(text, ':');
	struct sdu_sizes parsed = {.step = 1};
	const char *end = dots ? dots : text + strlen(text);
	int error = parse_part(text, (size_t)(end - text), minimum, maximum,
			       &parsed.minimum);

	parsed.maximum = parsed.minimum;
	if (!error && dots) {
		dots += strlen("..");
		end = colon ? colon : dots + strlen(dots);
		if (end < dots)
			return -EINVAL;
		error = parse_part(dots, (size_t)(end - dots), parsed.minimum, maximum,
				   &parsed.maximum);
	}
	if (!error && dots && colon)
		error = parse_part(colon + 1, strlen(colon + 1), 1, maximum,
				   &parsed.step);
	if (!error)
		*sizes = parsed;
	return error;
}

size_t sdu_sizes_of(const struct sdu_sizes *sizes, uint64_t number)
{
	uint64_t count = (sizes->maximum - sizes->minimum) / sizes->step + 1;

	return sizes->minimum + (size_t)(number % count) * sizes->step;
}
