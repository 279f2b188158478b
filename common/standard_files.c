// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "standard_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report/report.h"

/* What is at the end of the program has no one else to keep it for. */
static struct report last_report;

/* popt prints the help and exits by itself: this catches a full disk there as well. */
static void check_standard_output(void)
{
	/* What did not fit the buffer may have failed before: fclose() does not report.
	 */
	int error = ferror(stdout) ? errno : 0;

	if (fclose(stdout) != 0)
		error = errno;
	if (!error)
		return;
	report_error(&last_report, STATUS_LOCAL_FAILURE,
		     "cannot write standard output: %s", strerror(error));
	_exit(STATUS_LOCAL_FAILURE);
}

int standard_files_prepare(const char *program)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return -errno;
	}
	last_report.program = program;
	return atexit(check_standard_output) ? -ENOMEM : 0;
}

void standard_files_tell_json(bool json)
{
	last_report.json = json;
}
