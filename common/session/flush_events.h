/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What happens to a link's flush timeout, in words and in fields. */
#ifndef L2_FLUSH_EVENTS_H
#define L2_FLUSH_EVENTS_H

#include "channel/flush_timeout.h"
#include "report/report.h"

enum { FLUSH_WORDS_SIZE = 160 };

/* "flush timeout 1 ms: 2 slots (1.25 ms), read back 2, flushed 3 times"; returns TEXT. */
const char *flush_words(const struct flush_timeout *flush, char text[FLUSH_WORDS_SIZE]);

/* The link's flush timeout is set: asked for, rounded, read back. Warns of an adapter
 * that flushes what others send, too. */
void report_flush_timeout(const struct report *report, enum verbosity verbosity,
			  const struct flush_timeout *flush);

/* It could not be set, for what flush_timeout_take() says is the ERROR, -ETIMEDOUT after
 * the user's limit or one of our own: see report_failure(). */
enum exit_status report_flush_failure(const struct report *report,
				      const struct flush_timeout *flush, int error,
				      bool limit_is_users);

/* What was sent was flushed, or may have been: reported at every verbosity. Returns the
 * status that this makes. */
enum exit_status report_flushes(const struct report *report,
				const struct flush_timeout *flush);

#endif
