/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a connection, and what is told of them. */
#ifndef L2_SESSION_FILES_H
#define L2_SESSION_FILES_H

#include "report/exit_status.h"
#include "transfer/output.h"
#include "report/report.h"

/*
 * Ends OUTPUT as output_close() does, and tells what failed, and where what was received
 * is left then; STATUS_OK, or the status that this makes. *FILE, unless FILE is NULL, is
 * the caller's to free: the file that appeared, or NULL.
 */
enum exit_status output_finish(const struct report *report, struct output *output,
			       bool whole, char **file);

#endif
