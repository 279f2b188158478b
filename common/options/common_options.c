// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "options/common_options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "channel/adapter.h"

void common_options_init(struct common_options *options, const char *program)
{
	*options = (struct common_options){
		.channel = {.adapter = *BDADDR_ANY,
			    .address_type = BDADDR_BREDR,
			    .psm = DEFAULT_PSM,
			    .tx_window = LARGEST_TX_WINDOW,
			    .max_transmit = DEFAULT_MAX_TRANSMIT,
			    .mode = MODE_AUTO},
		.transfer = {.read_ahead = DEFAULT_READ_AHEAD},
		.report = {.program = program,
			   .words = &options->hint_words,
			   .verbosity = VERBOSITY_NORMAL},
	};
}

void common_options_need(struct common_options *options, const char *capability)
{
	char *list = options->hint_words.capabilities;
	size_t length = strlen(list);

	snprintf(list + length, sizeof(options->hint_words.capabilities) - length, "%s%s",
		 length ? "," : "", capability);
}

void common_options_free(struct common_options *options)
{
	free(options->adapter);
	free(options->transfer.send_file);
	free(options->transfer.output_file);
}

enum exit_status find_adapter(const struct common_options *options, bdaddr_t *address)
{
	struct hint_words *words = options->report.words;
	struct adapter_state adapter;
	int error = adapter_look(options->adapter, &adapter);

	adapter_names(words->adapters, sizeof(words->adapters));
	if (!error) {
		*address = options->adapter ? adapter.address : *BDADDR_ANY;
		snprintf(words->adapter, sizeof(words->adapter), "%s", adapter.name);
		snprintf(words->index, sizeof(words->index), "%u", adapter.number);
		if (!adapter.up)
			error = adapter.blocked ? -ERFKILL : -ENETDOWN;
	}
	return error ? report_failure(&options->report, STEP_ADAPTER, error, "use %s",
				      options->adapter ? options->adapter
						       : "a Bluetooth adapter")
		     : STATUS_OK;
}

const char *option_name(const struct option_group *group, int option)
{
	for (int i = 0; i < HEADINGS; i++) {
		const struct poptOption *row = group->tables[i];

		for (; row && (row->longName || row->shortName); row++) {
			if (row->val == option && row->longName)
				return row->longName;
		}
	}
	return NULL;
}
