// SPDX-License-Identifier: GPL-2.0-or-later
#include "session/session_files.h"

#include <stdlib.h>

enum exit_status output_finish(const struct report *report, struct output *output,
			       bool whole, char **file)
{
	char *where;
	int error = output_close(output, whole, &where);
	enum exit_status status = STATUS_OK;

	if (file)
		*file = NULL;
	if (error)
		status = report_failure(report, STEP_OUTPUT, error,
					"write what was received");
	if (error && where)
		report_error(report, status, "what was received is left in %s", where);
	if (!error && file)
		*file = where;
	else
		free(where);
	return status;
}
