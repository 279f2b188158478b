/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files at the ends of a transfer. */
#ifndef L2_STANDARD_FILES_H
#define L2_STANDARD_FILES_H

#include <stdbool.h>

/* Opens /dev/null the wrong way round for each of the three standard descriptors that
 * is closed, so that no socket takes its place and using it is the error EBADF. Also
 * makes a failure to write --help or --version exit with status 1. 0 or -errno. */
int standard_files_prepare(const char *program);

/* How a standard output that cannot be written in the end is told. */
void standard_files_tell_json(bool json);

/* A descriptor to read NAME (NULL or "-": standard input), or -errno; -EISDIR for a
 * directory. A named pipe that nobody writes yet is opened all the same, and not ready
 * before someone does. */
int input_open(const char *name);

/* Whether input_open() would succeed, without the effects of opening: 0 or -errno. */
int input_check(const char *name);

#endif
