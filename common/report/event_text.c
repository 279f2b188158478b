// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "report/event_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { FORM_SIZE = 40 };

struct writer {
	char *text;
	size_t size, length;
	const struct field *fields;
	bool lacks; /* a field was null since this was last set to false */
};

static void put(struct writer *writer, const char *words, size_t length)
{
	size_t room = writer->size - 1 - writer->length;

	if (length > room)
		length = room;
	memcpy(writer->text + writer->length, words, length);
	writer->length += length;
}

static void put_count(struct writer *writer, uint64_t count, const char *form)
{
	char text[FORM_SIZE + 24];
	uintmax_t number = count;

	if (!*form)
		snprintf(text, sizeof(text), "%ju", number);
	else if (strcmp(form, "x") == 0)
		snprintf(text, sizeof(text), "0x%04jX", number);
	else if (strcmp(form, "psm") == 0)
		snprintf(text, sizeof(text), "0x%04jX (%ju)", number, number);
	else
		snprintf(text, sizeof(text), "%ju %s%s", number, form,
			 number == 1 ? "" : "s");
	put(writer, text, strlen(text));
}

static void put_real(struct writer *writer, double real, const char *form)
{
	char text[340]; /* a double has up to 309 digits before its point */

	if (strcmp(form, "kB") == 0)
		snprintf(text, sizeof(text), "%.1f kB", real / 1000);
	else
		snprintf(text, sizeof(text), "%.*f", *form - '0', real);
	put(writer, text, strlen(text));
}

static void put_flag(struct writer *writer, bool flag, const char *form)
{
	const char *words = strchr(form, '/') ? form : "yes/no";
	size_t yes = strcspn(words, "/");

	if (flag)
		put(writer, words, yes);
	else
		put(writer, words + yes + 1, strlen(words + yes + 1));
}

static bool is_null(const struct field *field)
{
	return field->type == FIELD_NULL || (field->type == FIELD_TEXT && !field->text) ||
	       (field->type == FIELD_REAL && !isfinite(field->real));
}

static void put_field(struct writer *writer, const struct field *field, const char *form,
		      const char *if_null)
{
	if (is_null(field)) {
		writer->lacks = true;
		put(writer, if_null, strlen(if_null));
	} else if (field->type == FIELD_COUNT) {
		put_count(writer, field->count, form);
	} else if (field->type == FIELD_REAL) {
		put_real(writer, field->real, form);
	} else if (field->type == FIELD_FLAG) {
		put_flag(writer, field->flag, form);
	} else {
		put(writer, field->text, strlen(field->text));
	}
}

/* Puts the field at AT, after the {, and returns what follows its }. */
static const char *put_named(struct writer *writer, const char *at)
{
	char item[3 * FORM_SIZE];
	size_t length = strcspn(at, "}");
	char *words, *form;

	snprintf(item, sizeof(item), "%.*s", (int)length, at);
	words = strchr(item, '|');
	if (words)
		*words++ = '\0';
	form = strchr(item, ':');
	if (form)
		*form++ = '\0';
	for (const struct field *field = writer->fields; field->name; field++) {
		if (strcmp(field->name, item) == 0)
			put_field(writer, field, form ? form : "",
				  words ? words : "unknown");
	}
	return at + length + 1;
}

const char *event_text(char *text, size_t size, const char *template,
		       const struct field *fields)
{
	struct writer writer = {.text = text, .size = size, .fields = fields};
	size_t group = 0;

	while (*template && *template != '\n') {
		char next = *template ++;

		if (next == '{') {
			template = put_named(&writer, template);
		} else if (next == '[') {
			group = writer.length;
			writer.lacks = false;
		} else if (next == ']') {
			if (writer.lacks)
				writer.length = group;
		} else {
			put(&writer, &next, 1);
		}
	}
	text[writer.length] = '\0';
	return *template ? template + 1 : template;
}
