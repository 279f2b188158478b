// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "server_check.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advertising.h"
#include "output_pattern.h"
#include "check/check.h"

/* Stands for any client: its file would be made in the same folder. */
static const char some_client[] = "00:00:00:00:00:00";

/* Whether each client has a folder of its own, which may not be there yet. */
static bool has_own_folder(const char *pattern)
{
	const char *slash = strrchr(pattern, '/');
	char *folder = slash ? strndup(pattern, (size_t)(slash - pattern)) : NULL;
	bool own = folder && output_pattern_is_for_each(folder);

	free(folder);
	return own;
}

enum exit_status server_check(const struct server_options *options)
{
	struct server_options checking = *options;
	const struct transfer_config *transfer = &options->common.transfer;
	bool prints = !transfer->echo && !transfer->discard;
	const char *pattern = transfer->output_file;
	char *output = pattern ? output_pattern_expand(pattern, some_client, 1) : NULL;
	const struct needs needs = {
		.listens = true,
		.reads = transfer->send_file != NULL,
		.receives = true,
		.writes = prints && (!pattern || !has_own_folder(pattern)),
		.input_file = transfer->send_file,
		.output_file = output,
	};
	struct advertising unused;
	enum exit_status status;

	checking.common.report.checking = true;
	if (pattern && !output)
		return report_failure(&checking.common.report, STEP_MEMORY, ENOMEM,
				      "look at %s", pattern);
	status = check_run(&checking.common, &needs);
	if (!status)
		status = advertising_start(&checking, &unused);
	free(output);
	return status;
}
