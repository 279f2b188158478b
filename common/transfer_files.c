// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exit_status.h"

static const char *program_name;

/* popt prints the help and exits by itself: this catches a full disk there as well. */
static void check_standard_output(void)
{
	if (fclose(stdout) == 0 || errno == EBADF)
		return;
	fprintf(stderr, "%s: cannot write standard output: %s\n", program_name,
		strerror(errno));
	_exit(STATUS_LOCAL_FAILURE);
}

int standard_files_prepare(const char *program)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
			return -errno;
	}
	program_name = program;
	return atexit(check_standard_output) ? -ENOMEM : 0;
}

static bool is_standard(const char *name)
{
	return !name || strcmp(name, "-") == 0;
}

int input_open(const char *name)
{
	struct stat status;
	int fd = is_standard(name) ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, &status) == 0 && S_ISDIR(status.st_mode)) {
		if (!is_standard(name))
			close(fd);
		return -EISDIR;
	}
	return fd;
}

int output_open(const char *name)
{
	int fd = is_standard(name)
			 ? STDOUT_FILENO
			 : open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : fd;
}

int output_close(int descriptor)
{
	if (descriptor == STDOUT_FILENO)
		return 0;
	return close(descriptor) < 0 ? -errno : 0;
}
