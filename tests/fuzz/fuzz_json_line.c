// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * A JSON line, whatever goes into it: read again it has the same members, texts with
 * U+FFFD for each byte that is no UTF-8, and cut or left out only when the line is full.
 */
#include "harness.h"

#include <math.h>

#include "report/json_line.h"
#include "read_json.h"

enum { MOST_FIELDS = 8, MOST_TEXT = 70000, SLACK = 512 };

static struct json_line line;
static struct json_members object;

static const char *const names[MOST_FIELDS] = {"a", "b_s",     "c",	  "d",
					       "e", "f_bytes", "message", "h"};

/* A field of the next bytes: its kind, then a number, or a text up to a NUL, which is
 * repeated so often. */
static struct field next_field(const uint8_t **data, size_t *size, const char *name,
			       char **text)
{
	uint8_t header[10] = {0};
	size_t taken = *size < sizeof(header) ? *size : sizeof(header);
	uint64_t bits;

	memcpy(header, *data, taken);
	memcpy(&bits, header + 2, sizeof(bits));
	*text = NULL;
	if (header[0] % 5 == FIELD_TEXT) {
		size_t skipped = taken < 2 ? taken : 2;
		char *part = text_of(*data + skipped, *size - skipped);
		size_t length = strlen(part);
		bool fills = header[0] == 0xfe && header[1] == 0xff;
		size_t times = fills ? MOST_TEXT : 1U + header[1] % 4U;

		taken = skipped + length + (skipped + length < *size);
		if (length * times > MOST_TEXT)
			times = MOST_TEXT / length;
		*text = calloc(1, length * times + 1);
		REQUIRE(*text, "no memory");
		for (size_t i = 0; i < times; i++)
			memcpy(*text + i * length, part, length);
		free(part);
	}
	*data += taken;
	*size -= taken;
	switch (header[0] % 5) {
	case FIELD_COUNT:
		return field_count(name, bits);
	case FIELD_REAL: {
		double real;

		memcpy(&real, &bits, sizeof(real));
		return field_real(name, header[1] & 1 ? real : (double)bits / 1e6);
	}
	case FIELD_FLAG:
		return field_flag(name, header[1] & 1);
	case FIELD_TEXT:
		return field_text(name, *text);
	default:
		return field_null(name);
	}
}

/* TOLD is TEXT with U+FFFD where it is no UTF-8, or a beginning of that and U+2026. */
static void require_text(const char *told, const char *text)
{
	size_t left = strlen(text);

	while (left > 0) {
		size_t size = utf8_size((const unsigned char *)text, left);
		const char *wanted = size ? text : "\xef\xbf\xbd";
		size_t wanted_size = size ? size : 3;

		if (line.length > JSON_LINE_SIZE - SLACK &&
		    strcmp(told, "\xe2\x80\xa6") == 0)
			return;
		REQUIRE(strncmp(told, wanted, wanted_size) == 0, "'%s' is not '%.*s'",
			told, (int)wanted_size, wanted);
		told += wanted_size;
		text += size ? size : 1;
		left -= size ? size : 1;
	}
	REQUIRE(*told == '\0', "too much: %s", told);
}

static void require_real(const char *told, double real)
{
	double again = strtod(told, NULL);
	double allowed = fabs(real) < 4e9 ? 1e-6 : 0.5;

	REQUIRE(fabs(again - real) <= allowed, "%s is not %.6f", told, real);
}

static void require_same(size_t index, const struct field *field)
{
	static const enum json_kind flags[] = {KIND_FALSE, KIND_TRUE};
	enum json_kind kind = object.members[index].kind;
	const char *text = object.members[index].text;
	char number[32];

	switch (field->type) {
	case FIELD_NULL:
		REQUIRE(kind == KIND_NULL, "no null");
		break;
	case FIELD_COUNT:
		snprintf(number, sizeof(number), "%ju", (uintmax_t)field->count);
		REQUIRE(kind == KIND_NUMBER && strcmp(text, number) == 0, "%s is not %s",
			text, number);
		break;
	case FIELD_REAL:
		if (!isfinite(field->real)) {
			REQUIRE(kind == KIND_NULL, "%s is no number", text);
			break;
		}
		REQUIRE(kind == KIND_NUMBER, "no number");
		require_real(text, field->real);
		break;
	case FIELD_FLAG:
		REQUIRE(kind == flags[field->flag], "the wrong flag");
		break;
	case FIELD_TEXT:
		REQUIRE(kind == KIND_TEXT, "no text");
		require_text(text, field->text);
		break;
	}
}

/* In their order, all that have room. */
static void require_fields(const struct field *fields, size_t count)
{
	size_t index = 0;

	for (size_t i = 0; i < count; i++) {
		if (index < object.count &&
		    strcmp(object.members[index].name, fields[i].name) == 0)
			require_same(index++, &fields[i]);
		else
			REQUIRE(line.length > JSON_LINE_SIZE - SLACK, "%s is missing",
				fields[i].name);
	}
	REQUIRE(index == object.count, "a member of its own");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct field fields[MOST_FIELDS];
	char *texts[MOST_FIELDS];
	size_t count = 0;

	json_line_start(&line);
	while (count < MOST_FIELDS && size > 0) {
		fields[count] = next_field(&data, &size, names[count], &texts[count]);
		json_line_add(&line, &fields[count]);
		count++;
	}
	json_line_end(&line);
	read_json(&object, line.text, line.length);
	require_fields(fields, count);
	while (count-- > 0)
		free(texts[count]);
	return 0;
}
