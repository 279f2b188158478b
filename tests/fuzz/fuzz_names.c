// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Names: modes, and adapters as hciN or a Bluetooth address. */
#include "harness.h"

#include <errno.h>

#include "channel/adapter.h"
#include "channel/channel_config.h"
#include "parse_value.h"

enum { UNTOUCHED = 0x5EED };

static void check_mode(const char *text)
{
	static const char *const names[] = {"auto", "basic", "ertm", "streaming",
					    "ecred"};
	enum channel_mode mode = (enum channel_mode)UNTOUCHED;
	int result = channel_mode_parse(text, &mode);
	bool known = false;

	for (size_t i = 0; i < COUNT_OF(names); i++)
		known = known || strcmp(text, names[i]) == 0;
	REQUIRE(result == (known ? 0 : -EINVAL), "mode '%s': result %d", text, result);
	if (known)
		REQUIRE(strcmp(channel_mode_name((int)mode), text) == 0,
			"mode '%s' is called '%s'", text, channel_mode_name((int)mode));
	else
		REQUIRE((int)mode == UNTOUCHED, "mode '%s' was refused and written",
			text);
}

/* hciN as the kernel writes it: in decimal, without leading zeros. */
static bool is_hci_number(const char *text)
{
	char printed[32];
	unsigned long number;

	if (strncmp(text, "hci", 3) != 0)
		return false;
	number = strtoul(text + 3, NULL, 10);
	snprintf(printed, sizeof(printed), "hci%lu", number);
	return number <= UINT16_MAX && strcmp(printed, text) == 0;
}

static void check_adapter(const char *text)
{
	bdaddr_t address = *BDADDR_ANY;
	bool is_address =
		parse_address(text, &address) == 0 && bacmp(&address, BDADDR_ANY) != 0;
	int result = adapter_check_name(text);

	if (is_hci_number(text) || is_address)
		REQUIRE(result == 0, "adapter '%s': result %d", text, result);
	else
		REQUIRE(result == -EINVAL || result == -ERANGE, "adapter '%s': result %d",
			text, result);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = text_of(data, size);

	check_mode(text);
	check_adapter(text);
	free(text);
	return 0;
}
