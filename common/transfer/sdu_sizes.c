// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/sdu_sizes.h"

#include <errno.h>
#include <string.h>

#include "parse_value.h"

/* The size from TEXT up to END. */
static int parse_part(const char *text, const char *end, size_t minimum, size_t maximum,
		      size_t *size)
{
	uint64_t parsed;
	int error = parse_number_up_to(text, end, minimum, maximum, &parsed);

	if (!error)
		*size = (size_t)parsed;
	return error;
}

int sdu_sizes_parse(const char *text, size_t minimum, size_t maximum,
		    struct sdu_sizes *sizes)
{
	const char *dots = strstr(text, "..");
	const char *colon = strchr(text, ':');
	struct sdu_sizes parsed = {.step = 1};
	const char *end = dots ? dots : text + strlen(text);
	int error = parse_part(text, end, minimum, maximum, &parsed.minimum);

	parsed.maximum = parsed.minimum;
	if (!error && dots) {
		dots += strlen("..");
		end = colon ? colon : dots + strlen(dots);
		if (end < dots)
			return -EINVAL;
		error = parse_part(dots, end, parsed.minimum, maximum, &parsed.maximum);
	}
	if (!error && dots && colon)
		error = parse_part(colon + 1, strchr(colon, '\0'), 1, maximum,
				   &parsed.step);
	if (!error)
		*sizes = parsed;
	return error;
}

size_t sdu_sizes_largest(const struct sdu_sizes *sizes)
{
	return sizes->maximum - (sizes->maximum - sizes->minimum) % sizes->step;
}

size_t sdu_sizes_of(const struct sdu_sizes *sizes, uint64_t number)
{
	uint64_t count = (sizes->maximum - sizes->minimum) / sizes->step + 1;

	return sizes->minimum + (size_t)(number % count) * sizes->step;
}
