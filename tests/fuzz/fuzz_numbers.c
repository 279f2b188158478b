// SPDX-License-Identifier: GPL-2.0-or-later
/* Text to numbers, sizes and PSMs. */
#include "harness.h"

#include <errno.h>

#include "parse_value.h"

enum { UNTOUCHED = 0x5EED };

/* Whether TEXT is digits and nothing else, or 0x and hexadecimal digits. */
static bool has_form_of_number(const char *text)
{
	bool hexadecimal = strncmp(text, "0x", 2) == 0 || strncmp(text, "0X", 2) == 0;
	const char *digits = hexadecimal ? text + 2 : text;
	size_t count =
		strspn(digits, hexadecimal ? "0123456789abcdefABCDEF" : "0123456789");

	return count > 0 && digits[count] == '\0';
}

static void require_same_again(uint64_t value, uint64_t minimum, uint64_t maximum)
{
	static const char *const formats[] = {"%ju", "00%ju", "0x%jx", "0X%jX",
					      "0x000000000000000000000%jX"};

	for (size_t i = 0; i < COUNT_OF(formats); i++) {
		char text[64];
		uint64_t again = UNTOUCHED;

#pragma clang diagnostic ignored "-Wformat-nonliteral"
		snprintf(text, sizeof(text), formats[i], (uintmax_t)value);
		REQUIRE(parse_number(text, minimum, maximum, &again) == 0 &&
				again == value,
			"%ju printed as '%s' is %ju", (uintmax_t)value, text,
			(uintmax_t)again);
	}
}

/* Against the C library, which takes more forms, but has_form_of_number() excludes them.
 */
static void check_number(const char *text, uint64_t minimum, uint64_t maximum)
{
	uint64_t value = UNTOUCHED;
	int result = parse_number(text, minimum, maximum, &value);
	bool hexadecimal = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	uint64_t expected;
	bool fits;

	if (!has_form_of_number(text)) {
		REQUIRE(result == -EINVAL, "'%s' is no number, result %d", text, result);
		REQUIRE(value == UNTOUCHED, "'%s' was refused and written", text);
		return;
	}
	errno = 0;
	expected = strtoull(text, NULL, hexadecimal ? 16 : 10);
	fits = errno == 0 && expected >= minimum && expected <= maximum;
	REQUIRE(result == (fits ? 0 : -ERANGE), "'%s' from %ju to %ju: result %d", text,
		(uintmax_t)minimum, (uintmax_t)maximum, result);
	REQUIRE(value == (fits ? expected : UNTOUCHED), "'%s' is %ju, not %ju", text,
		(uintmax_t)value, (uintmax_t)expected);
	if (fits)
		require_same_again(value, minimum, maximum);
}

/* A size is a number, but for its unit; 128 bits hold what 64 do not. */
static void check_size(const char *text, uint64_t minimum, uint64_t maximum)
{
	static const char units[] = "KMGkmg";
	size_t length = strlen(text);
	const char *unit = length ? strchr(units, text[length - 1]) : NULL;
	char *digits = text_of((const uint8_t *)text, unit ? length - 1 : length);
	uint64_t number = UNTOUCHED;
	uint64_t value = UNTOUCHED;
	int error = parse_number(digits, 0, UINT64_MAX, &number);
	int result = parse_size(text, minimum, maximum, &value);
	unsigned __int128 expected = number;

	for (int i = 0; unit && i <= (unit - units) % 3; i++)
		expected *= 1024;
	if (!error && (expected < minimum || expected > maximum))
		error = -ERANGE;
	REQUIRE(result == error, "size '%s' from %ju to %ju: result %d, not %d", text,
		(uintmax_t)minimum, (uintmax_t)maximum, result, error);
	REQUIRE(value == (error ? UNTOUCHED : (uint64_t)expected), "size '%s' is %ju",
		text, (uintmax_t)value);
	free(digits);
}

static void check_psm(const char *text, bool le)
{
	uint64_t number = 0;
	uint16_t psm = UNTOUCHED;
	int error = parse_number(text, 0, UINT64_MAX, &number);
	bool good = !error &&
		    (le ? number >= 1 && number <= 255
			: number <= 0xFEFF && number % 2 == 1 && number / 256 % 2 == 0);
	int result = parse_psm(text, le, &psm);

	REQUIRE(psm_is_valid(number, le) == good || error, "psm_is_valid(%ju)",
		(uintmax_t)number);
	REQUIRE(result == (good	   ? 0
			   : error ? error
				   : -ERANGE),
		"PSM '%s': result %d", text, result);
	REQUIRE(psm == (good ? number : UNTOUCHED), "PSM '%s' is %u", text, psm);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint64_t ranges[][2] = {
		{0, UINT64_MAX},
		{48, 65535},
		{1, 86400},
		{0, 0},
		{3, 1048576},
		{0, UINT16_MAX},
		{UINT64_MAX, UINT64_MAX},
		{65536, 1 << 30},
		{1, (uint64_t)1 << 53},
	};
	char *text = text_of(data, size);

	for (size_t i = 0; i < COUNT_OF(ranges); i++) {
		check_number(text, ranges[i][0], ranges[i][1]);
		check_size(text, ranges[i][0], ranges[i][1]);
	}
	check_psm(text, false);
	check_psm(text, true);
	free(text);
	return 0;
}
