// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "fault.h"

#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <string.h>

#include "parse_value.h"

static int parse_target(const char *word, enum fault_target *target)
{
	if (!word || strcmp(word, "data") == 0)
		*target = TARGET_DATA;
	else if (strcmp(word, "signalling") == 0)
		*target = TARGET_SIGNALLING;
	else if (strcmp(word, "any") == 0)
		*target = TARGET_ANY;
	else
		return -EINVAL;
	return 0;
}

int fault_parse(struct fault *fault, char *const words[])
{
	static const struct {
		const char *name;
		enum fault_choice choice;
		bool has_number;
		bool has_seed;
		uint64_t highest;
	} choices[] = {
		{"none", STRIKE_NONE, false, false, 0},
		{"all", STRIKE_ALL, false, false, 0},
		{"next", STRIKE_NEXT, true, false, UINT_MAX},
		{"every", STRIKE_EVERY, true, false, UINT_MAX},
		{"chance", STRIKE_CHANCE, true, true, 100},
	};
	struct fault parsed = {0};
	uint64_t number = 0, seed = 0;

	for (size_t i = 0; words[0] && i < sizeof(choices) / sizeof(*choices); i++) {
		char *const *rest = words + 1;
		if (strcmp(words[0], choices[i].name) != 0)
			continue;
		if (choices[i].has_number &&
		    (!*rest ||
		     parse_number(*rest++, 1, choices[i].highest, &number) != 0))
			return -EINVAL;
		if (choices[i].has_seed &&
		    (!*rest || parse_number(*rest++, 0, UINT32_MAX, &seed) != 0))
			return -EINVAL;
		if (parse_target(*rest, &parsed.target) != 0 || (*rest && rest[1]))
			return -EINVAL;
		parsed.choice = choices[i].choice;
		parsed.number = (unsigned)number;
		parsed.random = (uint32_t)seed;
		*fault = parsed;
		return 0;
	}
	return -EINVAL;
}

/* The same on every machine, which rand() is not. */
static uint32_t next_random(uint32_t *random)
{
	*random = *random * 1664525 + 1013904223;
	return *random >> 16;
}

static bool is_target(enum fault_target target, bool signalling)
{
	return target == TARGET_ANY || (target == TARGET_SIGNALLING) == signalling;
}

bool fault_strikes(struct fault *fault, bool signalling)
{
	if (!is_target(fault->target, signalling))
		return false;
	fault->seen++;
	switch (fault->choice) {
	case STRIKE_NONE:
		break;
	case STRIKE_ALL:
		return true;
	case STRIKE_NEXT:
		return fault->seen <= fault->number;
	case STRIKE_EVERY:
		return fault->seen % fault->number == 0;
	case STRIKE_CHANCE:
		return next_random(&fault->random) % 100 < fault->number;
	}
	return false;
}
