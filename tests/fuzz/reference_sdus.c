// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "reference_sdus.h"

#include "harness.h"

enum { SDU_BYTES = 65536, LINE_BYTES = 4 * SDU_BYTES };

static int digit_of(unsigned char character)
{
	static const char digits[] = "00112233445566778899aAbBcCdDeEfF";
	const char *found = character ? strchr(digits, character) : NULL;

	return found ? (int)(found - digits) / 2 : -1;
}

static void set_fault(struct reference_sdus *read, size_t column, size_t end)
{
	read->is_faulty = true;
	read->line = read->count + 1;
	read->column = column;
	read->fault_end = end;
}

/* A character at a time; HIGH is the half of a pair that was seen. */
static bool add_hex(struct reference_sdus *read, struct reference_sdu *sdu,
		    const unsigned char *line, size_t length, size_t end)
{
	int high = -1;

	for (size_t i = 0; i < length; i++) {
		int digit = digit_of(line[i]);

		if (high < 0 && (line[i] == ' ' || line[i] == '\t' || line[i] == '\r'))
			continue;
		if (digit < 0) {
			set_fault(read, i + 1, end);
			return false;
		}
		if (high >= 0) {
			read->bytes[sdu->at + sdu->length++] =
				(unsigned char)(high * 16 + digit);
			high = -1;
		} else if (sdu->length == SDU_BYTES) {
			set_fault(read, 0, end);
			return false;
		} else {
			high = digit;
		}
	}
	if (high >= 0)
		set_fault(read, length + 1, end);
	return high < 0;
}

static bool add_line(struct reference_sdus *read, enum sdu_format format,
		     const unsigned char *line, size_t length, size_t start, size_t end)
{
	struct reference_sdu sdu = {.at = read->total, .text_end = end};

	if (length > LINE_BYTES) {
		set_fault(read, 0, start + LINE_BYTES);
		return false;
	}
	if (format == FORMAT_HEX) {
		if (!add_hex(read, &sdu, line, length, end))
			return false;
	} else {
		memcpy(read->bytes + sdu.at, line, length);
		sdu.length = length;
	}
	read->total += sdu.length;
	read->sdus[read->count++] = sdu;
	return true;
}

static size_t count_lines(const unsigned char *text, size_t length)
{
	size_t count = 1;

	for (size_t i = 0; i < length; i++)
		count += text[i] == '\n';
	return count;
}

void reference_read(struct reference_sdus *read, enum sdu_format format,
		    const unsigned char *text, size_t length)
{
	size_t start = 0;

	*read = (struct reference_sdus){
		.sdus = calloc(count_lines(text, length), sizeof(*read->sdus)),
		.bytes = malloc(length + 1),
	};
	REQUIRE(read->sdus && read->bytes, "no memory");
	while (start < length) {
		size_t at = start;
		size_t end;

		while (at < length && text[at] != '\n')
			at++;
		end = at < length ? at + 1 : at;
		if (!add_line(read, format, text + start, at - start, start, end))
			return;
		start = end;
	}
}

void reference_free(struct reference_sdus *read)
{
	free(read->sdus);
	free(read->bytes);
	*read = (struct reference_sdus){0};
}

size_t reference_print(enum sdu_format format, unsigned char *text,
		       const unsigned char *sdu, size_t length)
{
	size_t printed = 0;

	for (size_t i = 0; i < length; i++) {
		if (format == FORMAT_HEX) {
			text[printed++] = (unsigned char)"0123456789abcdef"[sdu[i] / 16];
			text[printed++] = (unsigned char)"0123456789abcdef"[sdu[i] % 16];
		} else {
			text[printed++] = sdu[i];
		}
	}
	if (format != FORMAT_RAW)
		text[printed++] = '\n';
	return printed;
}
