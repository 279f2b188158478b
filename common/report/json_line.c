// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "report/json_line.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char line_end[] = "}\n";
static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
static const char cut_mark[] = "\xe2\x80\xa6";	  /* U+2026 */

enum {
	END_SIZE = sizeof(line_end) - 1,
	REPLACEMENT_SIZE = sizeof(replacement) - 1,
	/* After a text that was cut: the mark and the quote. */
	CUT_SIZE = sizeof(cut_mark),
	ESCAPE_SIZE = sizeof("\\u0000"),
	/* A double has up to 309 digits before its point. */
	NUMBER_SIZE = 340,
};

/* Above this, a double's millionths do not fit an integer exactly, nor mean much. */
#define LARGEST_WITH_DECIMALS 4e9

static bool put(struct json_line *line, const char *bytes, size_t count)
{
	if (count > JSON_LINE_SIZE - END_SIZE - line->length)
		return false;
	memcpy(line->text + line->length, bytes, count);
	line->length += count;
	return true;
}

static bool put_word(struct json_line *line, const char *word)
{
	return put(line, word, strlen(word));
}

static bool is_between(unsigned char byte, unsigned char low, unsigned char high)
{
	return byte >= low && byte <= high;
}

static bool continues(unsigned char byte)
{
	return is_between(byte, 0x80, 0xbf);
}

/* The bytes of the UTF-8 character that TEXT starts with, 0 when it starts with none
 * (RFC 3629, section 4). The NUL after the text continues nothing. */
static size_t character_size(const unsigned char *text)
{
	unsigned char low = 0x80, high = 0xbf;

	if (text[0] < 0x80)
		return 1;
	if (is_between(text[0], 0xc2, 0xdf))
		return continues(text[1]) ? 2 : 0;
	if (is_between(text[0], 0xe0, 0xef)) {
		low = text[0] == 0xe0 ? 0xa0 : low;   /* otherwise overlong */
		high = text[0] == 0xed ? 0x9f : high; /* otherwise a surrogate */
		return is_between(text[1], low, high) && continues(text[2]) ? 3 : 0;
	}
	if (is_between(text[0], 0xf0, 0xf4)) {
		low = text[0] == 0xf0 ? 0x90 : low;   /* otherwise overlong */
		high = text[0] == 0xf4 ? 0x8f : high; /* otherwise above U+10FFFF */
		return is_between(text[1], low, high) && continues(text[2]) &&
				       continues(text[3])
			     ? 4
			     : 0;
	}
	return 0;
}

/* The code point to write as \uNNNN of the character TEXT, of SIZE bytes; 0: none. */
static unsigned int escaped_code(const unsigned char *text, size_t size)
{
	if (size == 1 && (text[0] < ' ' || text[0] == 0x7f))
		return text[0];
	if (size == 2 && text[0] == 0xc2 && text[1] < 0xa0)
		return text[1];
	if (size == 3 && text[0] == 0xe2 && text[1] == 0x80 &&
	    is_between(text[2], 0xa8, 0xa9))
		return 0x2000U | (text[2] & 0x3fU);
	return 0;
}

/* What stands for the start of *TEXT, moved after it; its bytes are in *SIZE. */
static const char *next_piece(const unsigned char **text, char escape[ESCAPE_SIZE],
			      size_t *size)
{
	const unsigned char *start = *text;
	unsigned int code;

	*size = character_size(start);
	if (*size == 0) {
		*text += 1;
		*size = REPLACEMENT_SIZE;
		return replacement;
	}
	*text += *size;
	code = escaped_code(start, *size);
	if (code)
		*size = (size_t)snprintf(escape, ESCAPE_SIZE, "\\u%04X", code & 0xffffU);
	else if (*start == '"' || *start == '\\')
		*size = (size_t)snprintf(escape, ESCAPE_SIZE, "\\%c", *start);
	else
		return (const char *)start;
	return escape;
}

static bool put_text(struct json_line *line, const char *text)
{
	const unsigned char *rest = (const unsigned char *)text;
	char escape[ESCAPE_SIZE];

	if (JSON_LINE_SIZE - END_SIZE - line->length < 1 + CUT_SIZE)
		return false;
	put_word(line, "\"");
	while (*rest) {
		size_t size;
		const char *piece = next_piece(&rest, escape, &size);

		if (JSON_LINE_SIZE - END_SIZE - line->length < size + CUT_SIZE) {
			put_word(line, cut_mark);
			break;
		}
		put(line, piece, size);
	}
	return put_word(line, "\"");
}

/* Without printf's decimal point, which is the locale's. */
static bool put_real(struct json_line *line, double real)
{
	char number[NUMBER_SIZE];

	if (!isfinite(real))
		return put_word(line, "null");
	if (fabs(real) < LARGEST_WITH_DECIMALS) {
		int64_t millionths = (int64_t)(fabs(real) * 1e6 + 0.5);

		snprintf(number, sizeof(number), "%s%jd.%06jd", real < 0 ? "-" : "",
			 (intmax_t)(millionths / 1000000),
			 (intmax_t)(millionths % 1000000));
	} else {
		snprintf(number, sizeof(number), "%.0f", real);
	}
	return put_word(line, number);
}

static bool put_count(struct json_line *line, uint64_t count)
{
	char number[NUMBER_SIZE];

	snprintf(number, sizeof(number), "%ju", (uintmax_t)count);
	return put_word(line, number);
}

static bool put_value(struct json_line *line, const struct field *field)
{
	switch (field->type) {
	case FIELD_COUNT:
		return put_count(line, field->count);
	case FIELD_REAL:
		return put_real(line, field->real);
	case FIELD_FLAG:
		return put_word(line, field->flag ? "true" : "false");
	case FIELD_TEXT:
		if (field->text)
			return put_text(line, field->text);
		break;
	case FIELD_NULL:
		break;
	}
	return put_word(line, "null");
}

void json_line_start(struct json_line *line)
{
	line->length = 0;
	put_word(line, "{");
}

void json_line_add(struct json_line *line, const struct field *field)
{
	size_t before = line->length;

	if (!(before == 1 || put_word(line, ",")) || !put_text(line, field->name) ||
	    !put_word(line, ":") || !put_value(line, field))
		line->length = before;
}

void json_line_end(struct json_line *line)
{
	memcpy(line->text + line->length, line_end, END_SIZE);
	line->length += END_SIZE;
}
