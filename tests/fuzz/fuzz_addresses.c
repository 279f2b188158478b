// SPDX-License-Identifier: GPL-2.0-or-later
/* Text to Bluetooth addresses, and to destinations: BDADDR[:PSM]. */
#include "harness.h"

#include <ctype.h>
#include <errno.h>
#include <strings.h>

#include "channel/adapter.h"
#include "parse_value.h"

enum { ADDRESS_LENGTH = ADDRESS_TEXT_SIZE - 1, UNTOUCHED = 0x5EED };

static const bdaddr_t untouched = {{1, 2, 3, 4, 5, 6}};

/* Whether TEXT starts with six hexadecimal pairs and colons between them. */
static bool starts_with_address(const char *text)
{
	for (int i = 0; i < ADDRESS_LENGTH; i++) {
		if (i % 3 == 2 ? text[i] != ':' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return true;
}

static void check_address(const char *text)
{
	bdaddr_t address = untouched;
	bdaddr_t expected;
	char printed[ADDRESS_TEXT_SIZE];
	int result = parse_address(text, &address);

	if (!starts_with_address(text) || text[ADDRESS_LENGTH] != '\0') {
		REQUIRE(result == -EINVAL, "'%s' is no address, result %d", text, result);
		REQUIRE(bacmp(&address, &untouched) == 0, "'%s' was refused and written",
			text);
		return;
	}
	REQUIRE(result == 0, "'%s': result %d", text, result);
	/* libbluetooth takes anything, but what is an address it takes rightly. */
	str2ba(text, &expected);
	REQUIRE(bacmp(&address, &expected) == 0, "'%s' is another address", text);
	REQUIRE(strcasecmp(address_text(&address, printed), text) == 0,
		"'%s' printed is '%s'", text, printed);
}

static void require_same_again(const char *format, bool le, const bdaddr_t *address,
			       uint16_t psm, bool has_psm)
{
	char text[64];
	char printed[ADDRESS_TEXT_SIZE];
	bdaddr_t again = untouched;
	uint16_t psm_again = UNTOUCHED;
	bool has_psm_again = !has_psm;

#pragma clang diagnostic ignored "-Wformat-nonliteral"
	snprintf(text, sizeof(text), format, address_text(address, printed), psm);
	REQUIRE(parse_destination(text, le, &again, &psm_again, &has_psm_again) == 0,
		"'%s', which was printed, is refused", text);
	REQUIRE(bacmp(&again, address) == 0 && has_psm_again == has_psm &&
			psm_again == (has_psm ? psm : UNTOUCHED),
		"'%s' is another destination than the one that it was printed from",
		text);
}

static void check_accepted(const char *text, bool le, const bdaddr_t *address,
			   uint16_t psm, bool has_psm)
{
	REQUIRE(starts_with_address(text), "'%s' has no address", text);
	REQUIRE(has_psm == (text[ADDRESS_LENGTH] == ':'), "'%s': has_psm is %d", text,
		has_psm);
	REQUIRE(has_psm || text[ADDRESS_LENGTH] == '\0', "'%s' goes on", text);
	if (has_psm) {
		REQUIRE(le ? psm >= 1 && psm <= 255 : (psm & 0x0101) == 0x0001,
			"'%s': PSM 0x%04X", text, psm);
		require_same_again("%s:0x%04X", le, address, psm, true);
		require_same_again("%s:%u", le, address, psm, true);
	} else {
		REQUIRE(psm == UNTOUCHED, "'%s' has no PSM, but one was written", text);
		require_same_again("%s", le, address, psm, false);
	}
}

static void check_destination(const char *text, bool le)
{
	bdaddr_t address = untouched;
	uint16_t psm = UNTOUCHED;
	bool has_psm = true;
	int result = parse_destination(text, le, &address, &psm, &has_psm);
	bool colon = starts_with_address(text) && text[ADDRESS_LENGTH] == ':';
	uint16_t expected;
	bool good = starts_with_address(text) &&
		    (text[ADDRESS_LENGTH] == '\0' ||
		     (colon && parse_psm(text + ADDRESS_LENGTH + 1, le, &expected) == 0));

	if (good) {
		REQUIRE(result == 0, "'%s': result %d", text, result);
		check_accepted(text, le, &address, psm, has_psm);
		return;
	}
	REQUIRE(result == (colon ? -ERANGE : -EINVAL), "'%s': result %d", text, result);
	REQUIRE(bacmp(&address, &untouched) == 0 && psm == UNTOUCHED && has_psm,
		"'%s' was refused and written", text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	check_address(text);
	check_destination(text, false);
	check_destination(text, true);
	free(text);
	return 0;
}
