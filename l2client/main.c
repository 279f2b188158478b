// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* l2client: connects to BDADDR:PSM and sends a message, a file or its standard input. */
#include "client_check.h"
#include "client_options.h"
#include "connect_peer.h"
#include "event_loop.h"
#include "info.h"
#include "standard_files.h"
#include "set_flush_timeout.h"

static enum exit_status run(const struct client_options *options,
			    const struct interruption *interruption)
{
	if (options->common.check)
		return client_check(options);
	if (options->info)
		return info(options, interruption);
	if (options->no_channel)
		return set_flush_timeout(options, interruption);
	return connect_peer(options, interruption);
}

int main(int argc, char **argv)
{
	struct client_options options;
	struct interruption interruption;
	enum exit_status status;

	if (standard_files_prepare("l2client"))
		return STATUS_LOCAL_FAILURE;
	if (client_options_parse(&options, argc, (const char **)argv, &status) == 0) {
		interruption_install(&interruption);
		status = run(&options, &interruption);
		status = report_finish(&options.common.report, &interruption, status);
	}
	client_options_free(&options);
	interruption_finish();
	return (int)status;
}
