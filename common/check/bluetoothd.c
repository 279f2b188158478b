// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "check/bluetoothd.h"

#include <glob.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "channel/adapter.h"

/* Whether a line of the file NAME has TEXT in it. */
static bool file_has(const char *name, const char *text)
{
	FILE *file = fopen(name, "re");
	char line[256];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file))
		found = strstr(line, text) != NULL;
	if (file)
		fclose(file);
	return found;
}

static bool runs(void)
{
	glob_t names = {0};
	bool found = false;

	if (glob("/proc/[0-9]*/comm", GLOB_NOSORT, NULL, &names) == 0)
		for (size_t i = 0; i < names.gl_pathc && !found; i++)
			found = file_has(names.gl_pathv[i], "bluetoothd");
	globfree(&names);
	return found;
}

/* [LinkKey], or over LE [LongTermKey] and [PeripheralLongTermKey] */
static bool has_key(const bdaddr_t *adapter, const bdaddr_t *peer)
{
	char local[ADDRESS_TEXT_SIZE], remote[ADDRESS_TEXT_SIZE], name[96];

	snprintf(name, sizeof(name), "/var/lib/bluetooth/%s/%s/info",
		 address_text(adapter, local), address_text(peer, remote));
	return file_has(name, "Key]");
}

void check_bluetoothd(const struct report *report, const bdaddr_t *adapter,
		      const bdaddr_t *peer)
{
	char text[ADDRESS_TEXT_SIZE];

	if (runs() && !has_key(adapter, peer))
		report_notice(report,
			      "bluetoothd runs, which ends links to unpaired devices "
			      "30 s after a discovery: 'bluetoothctl pair %s' unless "
			      "that was done, or no discovery meanwhile",
			      address_text(peer, text));
}
