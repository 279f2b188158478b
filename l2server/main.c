// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* l2server: accepts a connection on a PSM and prints what it receives. */
#include "accept_loop.h"
#include "event_loop.h"
#include "server_check.h"
#include "server_options.h"
#include "standard_files.h"

static enum exit_status run(const struct server_options *options,
			    const struct interruption *interruption)
{
	if (options->common.check)
		return server_check(options);
	return accept_loop(options, interruption);
}

int main(int argc, char **argv)
{
	struct server_options options;
	struct interruption interruption;
	enum exit_status status;

	if (standard_files_prepare("l2server"))
		return STATUS_LOCAL_FAILURE;
	if (server_options_parse(&options, argc, (const char **)argv, &status) == 0) {
		interruption_install(&interruption);
		status = run(&options, &interruption);
		status = report_finish(&options.common.report, &interruption, status);
	}
	server_options_free(&options);
	interruption_finish();
	return (int)status;
}
