/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * One JSON object on one line (RFC 8259), whatever goes into it: pure, without
 * allocation. Texts may hold any byte. What would end a line or steer a terminal is
 * escaped (C0, DEL, C1, U+2028, U+2029), and each byte that is no part of valid UTF-8 (a
 * file name may have such, overlong forms and surrogates count as such) becomes U+FFFD.
 */
#ifndef L2_JSON_LINE_H
#define L2_JSON_LINE_H

#include <stddef.h>

#include "report/field.h"

/* Room for the longest diagnostic with each of its bytes escaped, and the rest of it. */
enum { JSON_LINE_SIZE = 1 << 16 };

struct json_line {
	size_t length;
	char text[JSON_LINE_SIZE];
};

/* An object without members. */
void json_line_start(struct json_line *line);

/* Appends a member. A text that does not fit is cut and ends in U+2026, another member
 * is left out: the line is valid all the same. */
void json_line_add(struct json_line *line, const struct field *field);

/* Closes the object: TEXT has LENGTH bytes, the last of which is a line break. */
void json_line_end(struct json_line *line);

#endif
