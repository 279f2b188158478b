/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What an event says, in one list for both of its forms: each field is a member of its
 * JSON object, and can be named in the template of its text.
 */
#ifndef L2_FIELD_H
#define L2_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum field_type { FIELD_NULL, FIELD_COUNT, FIELD_REAL, FIELD_FLAG, FIELD_TEXT };

/* NAME is a word like sdus_sent, with its unit at the end where
 * the number has one that the name does not show: duration_s, incoming_mtu_bytes. A NULL
 * name ends a list of them. */
struct field {
	const char *name;
	enum field_type type;
	bool text_only; /* for the text form: see text_only() */
	union {
		uint64_t count;
		double real;
		bool flag;
		const char *text; /* the caller's; used until the line is written */
	};
};

/* What is not known. */
static inline struct field field_null(const char *name)
{
	return (struct field){.name = name, .type = FIELD_NULL};
}

static inline struct field field_count(const char *name, uint64_t count)
{
	return (struct field){.name = name, .type = FIELD_COUNT, .count = count};
}

/* Written with six decimals, from 4e9 on as a whole number; what JSON has no number for
 * (infinite, not a number) as null. */
static inline struct field field_real(const char *name, double real)
{
	return (struct field){.name = name, .type = FIELD_REAL, .real = real};
}

static inline struct field field_flag(const char *name, bool flag)
{
	return (struct field){.name = name, .type = FIELD_FLAG, .flag = flag};
}

/* NULL is null. */
static inline struct field field_text(const char *name, const char *text)
{
	return (struct field){.name = name, .type = FIELD_TEXT, .text = text};
}

/* "" is null. */
static inline struct field field_word(const char *name, const char *text)
{
	return field_text(name, *text ? text : NULL);
}

/* A number below 0 says "not known": null. */
static inline struct field field_known(const char *name, int number)
{
	return number < 0 ? field_null(name) : field_count(name, (uint64_t)number);
}

/* One that says in words for people what another says to programs. */
static inline struct field text_only(struct field field)
{
	field.text_only = true;
	return field;
}

/* A list of fields as an argument: FIELDS(field_count("number", 3), ...). */
#define FIELDS(...) ((const struct field[]){__VA_ARGS__, {.name = NULL}})

#endif
