/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files at the ends of a transfer. */
#ifndef L2_TRANSFER_FILES_H
#define L2_TRANSFER_FILES_H

#include <stdint.h>

#include "interruption.h"

/* Opens /dev/null the wrong way round for each of the three standard descriptors that
 * is closed, so that no socket takes its place and using it is the error EBADF. Also
 * makes a failure to write --help or --version exit with status 1. 0 or -errno. */
int standard_files_prepare(const char *program);

/* A descriptor to read NAME (NULL or "-": standard input), or -errno; -EISDIR for a
 * directory. A named pipe that nobody writes yet is opened all the same, and not ready
 * before someone does. */
int input_open(const char *name);

/* Whether input_open() would succeed, without the effects of opening: 0 or -errno. */
int input_check(const char *name);

/*
 * A descriptor to write NAME (NULL or "-": standard output), or -errno. What is there
 * stays until output_begin(). A named pipe needs a reader: waits for one, up to
 * DEADLINE_MS (then -ETIMEDOUT) or a signal (-EINTR).
 */
int output_open(const char *name, int64_t deadline_ms,
		const struct interruption *interruption);

/* Whether a descriptor can be written at all, as far as can be known without writing: 0,
 * or -ENOSPC for a full device, -EPIPE for a pipe that nobody reads, -EBADF. */
int output_probe(int descriptor);

/* Empties the file, now that something is about to be written: 0 or -errno. */
int output_begin(int descriptor);

/* Closes a descriptor from output_open(): 0, or -errno when the file system only now
 * says that something was not written. Standard output stays open, to be checked once
 * more at the end of the program. */
int output_close(int descriptor);

#endif
