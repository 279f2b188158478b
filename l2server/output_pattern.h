/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What --output of l2server may be: the name of a file for all connections, or, with %a
 * (the peer's address) or %n (the number of the connection, from 1), one for each; %% is
 * a percent sign.
 */
#ifndef L2_OUTPUT_PATTERN_H
#define L2_OUTPUT_PATTERN_H

#include <stdbool.h>

/* Whether each % is followed by a, n or %. */
bool output_pattern_is_valid(const char *pattern);

/* Whether there is a file for each connection. */
bool output_pattern_is_for_each(const char *pattern);

/* The name for the connection NUMBER of the peer ADDRESS, to be freed; NULL when memory
 * is short. */
char *output_pattern_expand(const char *pattern, const char *address,
			    unsigned int number);

#endif
