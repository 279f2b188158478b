// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/sdu_format.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

static const char *const names[] = {
	[FORMAT_RAW] = "raw", [FORMAT_LINES] = "lines", [FORMAT_HEX] = "hex"};

int sdu_format_parse(const char *name, enum sdu_format *format)
{
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(name, names[i]) == 0) {
			*format = (enum sdu_format)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *sdu_format_name(enum sdu_format format)
{
	return names[format];
}

size_t sdu_format_text_size(enum sdu_format format, size_t length)
{
	switch (format) {
	case FORMAT_LINES:
		return length + 1;
	case FORMAT_HEX:
		return 2 * length + 1;
	case FORMAT_RAW:
		break;
	}
	return length;
}

size_t sdu_format_print(enum sdu_format format, unsigned char *text, size_t length)
{
	static const char digits[] = "0123456789abcdef";
	size_t size = sdu_format_text_size(format, length);

	if (format == FORMAT_RAW)
		return length;
	text[size - 1] = '\n';
	/* From the end on, so that no byte is overwritten before it was read. */
	for (size_t i = format == FORMAT_HEX ? length : 0; i-- > 0;) {
		unsigned char byte = text[i];

		text[2 * i] = (unsigned char)digits[byte >> 4];
		text[2 * i + 1] = (unsigned char)digits[byte & 15];
	}
	return size;
}

static int digit_value(unsigned char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

static bool is_blank(unsigned char byte)
{
	return byte == ' ' || byte == '\t' || byte == '\r';
}

int hex_decode(const unsigned char *text, size_t length, unsigned char *bytes,
	       size_t size, size_t *count, size_t *column)
{
	*count = 0;
	for (size_t at = 0; at < length; at++) {
		int high = digit_value(text[at]);
		int low;

		if (is_blank(text[at]))
			continue;
		*column = at + 1;
		if (high < 0)
			return -EINVAL;
		if (*count == size)
			return -EMSGSIZE;
		/* Of half a pair, what should be the other half is wrong. */
		*column = ++at + 1;
		low = at < length ? digit_value(text[at]) : -1;
		if (low < 0)
			return -EINVAL;
		bytes[(*count)++] = (unsigned char)(high << 4 | low);
	}
	return 0;
}
