/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Standard input, output and error. */
#ifndef L2_STANDARD_FILES_H
#define L2_STANDARD_FILES_H

#include <stdbool.h>

/* Opens /dev/null the wrong way round for each of the three standard descriptors that
 * is closed, so that no socket takes its place and using it is the error EBADF. Also
 * makes a failure to write --help or --version exit with status 1. 0 or -errno. */
int standard_files_prepare(const char *program);

/* How a standard output that cannot be written in the end is reported. */
void standard_files_tell_json(bool json);

#endif
