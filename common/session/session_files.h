/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The files of a connection, and what is reported of them. */
#ifndef L2_SESSION_FILES_H
#define L2_SESSION_FILES_H

#include "report/report.h"
#include "transfer/output.h"
#include "transfer/transfer_config.h"

/* Opens NAME (NULL: standard input) to be sent; reports why it cannot be read. */
enum exit_status session_open_input(const struct report *report, const char *name,
				    int *fd);

/* The same without the effects of opening; --check also reports that they are good. */
enum exit_status session_check_input(const struct report *report, const char *name);
enum exit_status session_check_output(const struct report *report, const char *name);

/* Opens NAME (NULL: standard output), for which CONFIG has the user's word, as
 * output_open() does; reports why it cannot be written. */
enum exit_status session_open_output(const struct report *report,
				     const struct transfer_config *config,
				     const char *name, bool never_replaces,
				     int64_t deadline_ms,
				     const struct interruption *interruption,
				     struct output *output);
/* Whether it can be written at all, as output_probe() sees it. */
enum exit_status session_probe_output(const struct report *report,
				      const struct transfer_config *config,
				      const struct output *output);

/*
 * Ends OUTPUT as output_close() does, and reports what failed, and where what was
 * received is left then; STATUS_OK, or the status that this makes. *FILE, unless FILE is
 * NULL, is the caller's to free: the file that appeared, or NULL.
 */
enum exit_status session_end_output(const struct report *report, struct output *output,
				    bool whole, char **file);

#endif
