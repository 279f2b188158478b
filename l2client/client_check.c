// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "client_check.h"

#include "check/check.h"

enum exit_status client_check(const struct client_options *options)
{
	struct common_options checking = options->common;
	const struct transfer_config *transfer = &checking.transfer;
	bool without_channel = options->info || options->no_channel;
	const struct needs needs = {
		.without_channel = without_channel,
		.asks_peer = options->info,
		.reads = !without_channel && client_reads_input(options),
		.receives = transfer->receive || transfer->ping,
		.writes = transfer->receive,
		.peer = &options->peer,
		.input_file = transfer->send_file,
		.output_file = transfer->output_file,
	};

	checking.report.checking = true;
	return check_run(&checking, &needs);
}
