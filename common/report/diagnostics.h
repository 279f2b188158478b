/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Lines for standard error, and for standard output where that carries a report. Either
 * may be a pipe that no program reads or a terminal that stands still: lines wait in a
 * queue of this process for room there, and nothing else waits for them.
 */
#ifndef L2_DIAGNOSTICS_H
#define L2_DIAGNOSTICS_H

#include <stddef.h>
#include <stdint.h>

#include "event_loop.h"

enum diagnostics_stream { DIAGNOSTICS_OUTPUT, DIAGNOSTICS_ERROR };

/* Writes the LINE, or queues it; one that finds the queue full, of 1 MiB, is lost. No one
 * can be told when standard error fails. */
void diagnostics_write(enum diagnostics_stream which, const char *line, size_t length);

/* Waits for room when there is something queued: 0 or -errno. */
int diagnostics_prepare(struct event_loop *loop);

/* Writes what there is room for. Returns how many lines were lost, once their queue is
 * empty again. */
uint64_t diagnostics_serve(void);

/* No longer waited for by LOOP, which is about to be closed. */
void diagnostics_leave(struct event_loop *loop);

/* Waits until all is written, for 5 s at most, or until a signal comes. Returns how many
 * lines were lost. */
uint64_t diagnostics_finish(const struct interruption *interruption);

/* After that: why not all was written to standard output, a positive errno, or 0. */
int diagnostics_output_error(void);

#endif
