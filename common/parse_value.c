// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "parse_value.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

enum { ADDRESS_TEXT_LENGTH = 17 }; /* 01:23:45:67:89:AB */

static int digit_value(char digit)
{
	if (digit >= '0' && digit <= '9')
		return digit - '0';
	if (digit >= 'a' && digit <= 'f')
		return digit - 'a' + 10;
	if (digit >= 'A' && digit <= 'F')
		return digit - 'A' + 10;
	return -1;
}

/* The number from TEXT up to END, times 2 to the power of SHIFT. */
static int parse_scaled(const char *text, const char *end, int shift, uint64_t minimum,
			uint64_t maximum, uint64_t *value)
{
	uint64_t result = 0;
	int base = 10;
	bool too_large = false;

	if (end - text >= 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
		base = 16;
		text += 2;
	}
	if (text == end)
		return -EINVAL;
	for (; text < end; text++) {
		int digit = digit_value(*text);

		if (digit < 0 || digit >= base)
			return -EINVAL;
		/* Go on reading after an overflow: trailing garbage is -EINVAL however
		 * large the number before it. */
		if (__builtin_mul_overflow(result, (uint64_t)base, &result) ||
		    __builtin_add_overflow(result, (uint64_t)digit, &result))
			too_large = true;
	}
	if (__builtin_mul_overflow(result, (uint64_t)1 << shift, &result))
		too_large = true;
	if (too_large || result < minimum || result > maximum)
		return -ERANGE;
	*value = result;
	return 0;
}

int parse_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *value)
{
	return parse_scaled(text, text + strlen(text), 0, minimum, maximum, value);
}

int parse_number_up_to(const char *text, const char *end, uint64_t minimum,
		       uint64_t maximum, uint64_t *value)
{
	return parse_scaled(text, end, 0, minimum, maximum, value);
}

/* One to three digits, which is all of the text, as thousandths. */
static int parse_thousandths(const char *digits, unsigned int *value)
{
	size_t count = strspn(digits, "0123456789");
	unsigned int result = 0;

	if (count < 1 || count > 3 || digits[count] != '\0')
		return -EINVAL;
	for (size_t i = 0; i < 3; i++)
		result = result * 10 + (i < count ? (unsigned int)(digits[i] - '0') : 0);
	*value = result;
	return 0;
}

int parse_milliseconds(const char *text, unsigned int maximum, unsigned int *value)
{
	const char *point = strchr(text, '.');
	const char *end = point ? point : text + strlen(text);
	unsigned int thousandths = 0;
	uint64_t seconds;
	int error;

	if (end - text >= 2 && (text[1] == 'x' || text[1] == 'X'))
		return -EINVAL;
	if (point && parse_thousandths(point + 1, &thousandths))
		return -EINVAL;
	error = parse_scaled(text, end, 0, 0, maximum / 1000, &seconds);
	if (error)
		return error;
	if (seconds * 1000 + thousandths > maximum)
		return -ERANGE;
	*value = (unsigned int)seconds * 1000 + thousandths;
	return 0;
}

int parse_size(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *value)
{
	static const char units[] = "KMGkmg";
	const char *end = text + strlen(text);
	const char *unit = end > text ? strchr(units, end[-1]) : NULL;

	if (!unit)
		return parse_number(text, minimum, maximum, value);
	return parse_scaled(text, end - 1, 10 * (int)((unit - units) % 3 + 1), minimum,
			    maximum, value);
}

/* Reads the 17 characters at TEXT, which may go on after them. */
static int parse_address_prefix(const char *text, bdaddr_t *address)
{
	bdaddr_t result;

	if (strnlen(text, ADDRESS_TEXT_LENGTH) < ADDRESS_TEXT_LENGTH)
		return -EINVAL;
	for (int i = 0; i < 6; i++) {
		const char *pair = text + (ptrdiff_t)i * 3;
		int high = digit_value(pair[0]);
		int low = digit_value(pair[1]);

		if (high < 0 || low < 0 || (i < 5 && pair[2] != ':'))
			return -EINVAL;
		/* bdaddr_t is little-endian: the text's first pair is the last byte. */
		result.b[5 - i] = (uint8_t)(high << 4 | low);
	}
	*address = result;
	return 0;
}

int parse_address(const char *text, bdaddr_t *address)
{
	if (strlen(text) != ADDRESS_TEXT_LENGTH)
		return -EINVAL;
	return parse_address_prefix(text, address);
}

bool psm_is_valid(uint64_t psm, bool le)
{
	if (le)
		return psm >= 0x0001 && psm <= 0x00FF;
	return psm <= UINT16_MAX && (psm & 0x0101) == 0x0001;
}

const char *psm_rule(bool le)
{
	return le ? "a number from 0x0001 to 0x00FF"
		  : "an odd number from 0x0001 to 0xFEFF whose upper byte is even";
}

int parse_psm(const char *text, bool le, uint16_t *psm)
{
	uint64_t value;
	int error = parse_number(text, 0, UINT64_MAX, &value);

	if (error)
		return error;
	if (!psm_is_valid(value, le))
		return -ERANGE;
	*psm = (uint16_t)value;
	return 0;
}

int parse_destination(const char *text, bool le, bdaddr_t *address, uint16_t *psm,
		      bool *has_psm)
{
	bdaddr_t parsed;
	int error = parse_address_prefix(text, &parsed);

	if (error)
		return error;
	text += ADDRESS_TEXT_LENGTH;
	if (*text != '\0') {
		if (*text != ':')
			return -EINVAL;
		if (parse_psm(text + 1, le, psm))
			return -ERANGE;
	}
	*has_psm = *text == ':';
	*address = parsed;
	return 0;
}
