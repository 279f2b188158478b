/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One JSON object on one line (RFC 8259), whatever goes into it: pure, without
 * allocation. Texts may hold any byte. What would end a line or steer a terminal is
 * escaped (C0, DEL, C1, U+2028, U+2029), and each byte that is no part of valid UTF-8 (a
 * file name may have such, overlong forms and surrogates count as such) becomes U+FFFD.
 */
#ifndef L2_JSON_LINE_H
#define L2_JSON_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for the longest diagnostic with each of its bytes escaped, and the rest of it. */
enum { JSON_LINE_SIZE = 1 << 16 };

enum json_type { JSON_NULL, JSON_COUNT, JSON_REAL, JSON_FLAG, JSON_TEXT };

/* A member of the object. NAME is a word like sdus_sent, with its unit at the end where
 * the number has one that the name does not tell: duration_s, incoming_mtu_bytes. A NULL
 * name ends a list of them. */
struct json_field {
	const char *name;
	enum json_type type;
	union {
		uint64_t count;
		double real;
		bool flag;
		const char *text; /* the caller's; used until the line is written */
	};
};

/* What is not known. */
static inline struct json_field json_null(const char *name)
{
	return (struct json_field){.name = name, .type = JSON_NULL};
}

static inline struct json_field json_count(const char *name, uint64_t count)
{
	return (struct json_field){.name = name, .type = JSON_COUNT, .count = count};
}

/* Written with six decimals, from 4e9 on as a whole number; what JSON has no number for
 * (infinite, not a number) as null. */
static inline struct json_field json_real(const char *name, double real)
{
	return (struct json_field){.name = name, .type = JSON_REAL, .real = real};
}

static inline struct json_field json_flag(const char *name, bool flag)
{
	return (struct json_field){.name = name, .type = JSON_FLAG, .flag = flag};
}

/* NULL is null. */
static inline struct json_field json_text(const char *name, const char *text)
{
	return (struct json_field){.name = name, .type = JSON_TEXT, .text = text};
}

/* A number below 0 says "not known": null. */
static inline struct json_field json_known(const char *name, int number)
{
	return number < 0 ? json_null(name) : json_count(name, (uint64_t)number);
}

/* A list of fields as an argument: JSON_FIELDS(json_count("number", 3), ...). */
#define JSON_FIELDS(...) ((const struct json_field[]){__VA_ARGS__, {.name = NULL}})

struct json_line {
	size_t length;
	char text[JSON_LINE_SIZE];
};

/* An object without members. */
void json_line_start(struct json_line *line);

/* Appends a member. A text that does not fit is cut and ends in U+2026, another member
 * is left out: the line is valid all the same. */
void json_line_add(struct json_line *line, const struct json_field *field);

/* Closes the object: TEXT has LENGTH bytes, the last of which is a line break. */
void json_line_end(struct json_line *line);

#endif
