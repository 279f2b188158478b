/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files at the ends of a transfer. */
#ifndef L2_TRANSFER_FILES_H
#define L2_TRANSFER_FILES_H

/* Opens /dev/null the wrong way round for each of the three standard descriptors that
 * is closed, so that no socket takes its place and using it is the error EBADF. Also
 * makes a failure to write --help or --version exit with status 1. 0 or -errno. */
int standard_files_prepare(const char *program);

/* A descriptor to read NAME ("-": standard input), or -errno; -EISDIR for a directory. */
int input_open(const char *name);

/* A descriptor to write NAME (NULL or "-": standard output), or -errno. */
int output_open(const char *name);

/* Closes a descriptor from output_open(): 0, or -errno when the file system only now
 * says that something was not written. Standard output stays open, to be checked once
 * more at the end of the program. */
int output_close(int descriptor);

#endif
