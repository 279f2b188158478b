/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Standard error goes into memory from catch_error() to read_error(); TOLD is then what
 * came. */
#ifndef L2_CAUGHT_ERROR_H
#define L2_CAUGHT_ERROR_H

#include <sys/mman.h>

#include "unit_test.h"

static int kept_error;
static char told[65536];

static inline void catch_error(void)
{
	int caught = memfd_create("caught", MFD_CLOEXEC);

	kept_error = dup(STDERR_FILENO);
	assert_true(kept_error >= 0 && caught >= 0);
	assert_int_equal(dup2(caught, STDERR_FILENO), STDERR_FILENO);
	close(caught);
}

static inline void read_error(void)
{
	ssize_t length = pread(STDERR_FILENO, told, sizeof(told) - 1, 0);

	assert_true(length >= 0);
	told[length] = '\0';
	dup2(kept_error, STDERR_FILENO);
	close(kept_error);
}

#endif
