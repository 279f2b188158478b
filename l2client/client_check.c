// SPDX-License-Identifier: GPL-2.0-or-later
#include "client_check.h"

#include "preflight.h"

enum exit_status client_check(const struct client_options *options)
{
	const struct transfer_config *transfer = &options->common.transfer;
	const struct needs needs = {
		.signalling = options->info,
		.reads = !options->info && client_reads_input(options),
		.receives = transfer->receive || transfer->ping,
		.writes = transfer->receive,
		.input_file = transfer->send_file,
		.output_file = transfer->output_file,
	};

	return preflight(&options->common, &needs);
}
