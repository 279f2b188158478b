// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "session/session_files.h"

#include <stdlib.h>
#include <string.h>

#include "transfer/sdu_source.h"

/* NAME as messages have it: STANDARD stands for none, and for "-". */
static const char *shown(const char *name, const char *standard)
{
	return name && strcmp(name, "-") != 0 ? name : standard;
}

enum exit_status session_check_input(const struct report *report, const char *name)
{
	int error = input_check(name);

	if (error)
		return report_failure(report, STEP_INPUT, error, "read %s",
				      shown(name, "standard input"));
	report_good(report, "%s can be read", shown(name, "standard input"));
	return STATUS_OK;
}

enum exit_status session_open_input(const struct report *report, const char *name,
				    int *fd)
{
	int opened = input_open(name);

	*fd = opened < 0 ? -1 : opened;
	return opened < 0 ? report_failure(report, STEP_INPUT, opened, "read %s",
					   shown(name, "standard input"))
			  : STATUS_OK;
}

static enum exit_status output_failure(const struct report *report, const char *name,
				       int error)
{
	return error ? report_failure(report, STEP_OUTPUT, error, "write %s",
				      shown(name, "standard output"))
		     : STATUS_OK;
}

enum exit_status session_check_output(const struct report *report, const char *name)
{
	enum exit_status status = output_failure(report, name, output_check(name));

	if (!status)
		report_good(report, "%s can be written", shown(name, "standard output"));
	return status;
}

enum exit_status session_probe_output(const struct report *report,
				      const struct transfer_config *config,
				      const struct output *output)
{
	return output_failure(report, config->output_file, output_probe(output));
}

enum exit_status session_open_output(const struct report *report,
				     const struct transfer_config *config,
				     const char *name, bool never_replaces,
				     int64_t deadline_ms,
				     const struct interruption *interruption,
				     struct output *output)
{
	int error = output_open(output, name, config->read_ahead, never_replaces,
				deadline_ms, interruption);

	output->format = config->format;
	return output_failure(report, config->output_file, error);
}

enum exit_status session_end_output(const struct report *report, struct output *output,
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
