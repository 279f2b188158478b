/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Which ACL packets a fault strikes.
 */
#ifndef RELAY_FAULT_H
#define RELAY_FAULT_H

#include <stdbool.h>
#include <stdint.h>

enum fault_choice {
	STRIKE_NONE,
	STRIKE_ALL,
	STRIKE_NEXT,  /* the next so many */
	STRIKE_EVERY, /* every so-manieth */
	STRIKE_CHANCE,
};

enum fault_target { TARGET_DATA, TARGET_SIGNALLING, TARGET_ANY };

/* Zero-initialised it strikes nothing. */
struct fault {
	enum fault_choice choice;
	enum fault_target target;
	unsigned number; /* of packets; STRIKE_CHANCE: per cent */
	unsigned seen;
	uint32_t random;
};

/* Reads "none", "all", "next N", "every N" or "chance PERCENT SEED", with "data" (the
 * default), "signalling" or "any" after. WORDS ends with NULL. Returns 0 or -EINVAL. */
int fault_parse(struct fault *fault, char *const words[]);

/* Whether the fault strikes this packet; it counts, so ask once for each. */
bool fault_strikes(struct fault *fault, bool signalling);

#endif
