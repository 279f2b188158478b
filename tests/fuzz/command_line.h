/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The whole command line of a program, cut from the input at its NULs, given to the
 * program's own parse code. A harness says what is special to its program; it wraps
 * write(), fcntl(), strdup() and calloc().
 */
#ifndef L2_FUZZ_COMMAND_LINE_H
#define L2_FUZZ_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options/common_options.h"

enum { MOST_WORDS = 40 };

struct words {
	int count;
	const char *argv[MOST_WORDS + 1];
};

struct program {
	const char *name;
	/* The half of the options that both programs have. */
	struct common_options *common;
	int (*parse)(int argc, const char **argv, enum exit_status *status);
	void (*release)(void);
	/* Checks whether what was accepted lies within the program's own limits. */
	void (*check_own)(void);
	/* Adds the words that ask for what was accepted, but for the common options. */
	void (*print_own)(struct words *words);
};

/* The descriptors that the parse code finds: this one can be written, this one only
 * read, and no other is open. */
enum { WRITABLE_FD = 3, READABLE_FD = 4 };

void words_add(struct words *words, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Parses the input, and wants what DESIGN and manuals promise: a failure has its status
 * and says why, --help and --version print and do nothing else, what is accepted lies
 * within the documented limits. What was accepted, written as a command line again,
 * gives the same once more; and with any of its allocations failing it is refused with
 * status 1.
 */
void fuzz_command_line(const struct program *program, const uint8_t *data, size_t size);

/*
 * popt's --help and --usage give everything back and call exit(), which must bring the
 * harness back. --wrap does not reach into popt's shared library, but an exit() that the
 * program itself defines comes before the C library's. Each harness with a command line
 * defines it as this; in a file of the library it would get into every harness.
 */
_Noreturn void command_line_exit(int status);

#endif
