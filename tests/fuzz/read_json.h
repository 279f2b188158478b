/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Reads a line of --json by the letter of RFC 8259 and RFC 3629, with other means than
 * json_line.c writes it; aborts with what is wrong with it. */
#ifndef L2_FUZZ_READ_JSON_H
#define L2_FUZZ_READ_JSON_H

#include <stddef.h>

enum { MOST_MEMBERS = 64, MOST_LINE = 1 << 16 };

enum json_kind { KIND_NULL, KIND_TRUE, KIND_FALSE, KIND_NUMBER, KIND_TEXT };

struct json_members {
	size_t count;
	struct {
		enum json_kind kind;
		const char *name;
		const char *text; /* decoded, or a number as it stands there */
	} members[MOST_MEMBERS];
	char room[2 * MOST_LINE]; /* what they point into */
};

/* LINE has LENGTH bytes, the last of which must be its only line break. */
void read_json(struct json_members *object, const char *line, size_t length);

/* The bytes of the UTF-8 character at TEXT, of which LENGTH bytes are there; 0: none. */
size_t utf8_size(const unsigned char *text, size_t length);

#endif
