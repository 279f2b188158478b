// SPDX-License-Identifier: GPL-2.0-or-later
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

/* What is at the end of the program has nobody else to keep it for. */
static struct report last_report;

/* popt prints the help and exits by itself: this catches a full disk there as well. */
static void check_standard_output(void)
{
	/* What did not fit the buffer may have failed before: fclose() does not tell. */
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

static bool is_standard(const char *name)
{
	return !name || strcmp(name, "-") == 0;
}

/* Why a descriptor that was opened by someone else cannot be read: 0 or -errno. */
static int check_readable(int fd)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &status) < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	return S_ISDIR(status.st_mode) ? -EISDIR : 0;
}

int input_open(const char *name)
{
	/* Without O_NONBLOCK, opening a named pipe would wait where no signal comes in;
	 * poll() waits for its writer as well. */
	int fd = is_standard(name) ? STDIN_FILENO
				   : open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int error = fd < 0 ? -errno : check_readable(fd);

	if (!error)
		return fd;
	if (fd > STDIN_FILENO)
		close(fd);
	return error;
}

int input_check(const char *name)
{
	struct stat status;

	if (is_standard(name))
		return check_readable(STDIN_FILENO);
	if (access(name, R_OK) < 0 || stat(name, &status) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? -EISDIR : 0;
}
