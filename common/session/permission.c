// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/permission.h"

#include "channel/flush_timeout.h"
#include "session/flush_events.h"
#include "privileges.h"

enum exit_status session_permission(const struct transfer_config *config,
				    const struct report *report)
{
	const struct flush_timeout flush = FLUSH_TIMEOUT_OF(config->flush_timeout_ms);
	int error = config->sets_flush_timeout ? flush_timeout_permission() : 0;

	if (error)
		return report_flush_failure(report, &flush, error, false);
	if (config->sets_flush_timeout)
		report_good(report, "--flush-timeout is permitted");
	return STATUS_OK;
}

enum exit_status session_drop_privileges(const struct report *report,
					 const struct transfer_config *config,
					 bool opens_sockets, bool starts_programs)
{
	unsigned int kept = 0;
	int error;

	if (opens_sockets)
		kept |= PRIVILEGE_BUFFERS;
	if (starts_programs)
		kept |= PRIVILEGE_KILL;
	if (config->sets_flush_timeout)
		kept |= PRIVILEGE_LINKS;
	/* A file that is received appears at the end. */
	if (config->output_file || config->send_file)
		kept |= PRIVILEGE_FILES;
	error = privileges_keep(kept, starts_programs);
	return error ? report_failure(report, STEP_PRIVILEGES, error,
				      "give up the privileges that are not needed")
		     : STATUS_OK;
}
