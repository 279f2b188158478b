/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Where received SDUs go, and the bounded queue in front of it, so that a consumer that
 * stalls does not stall the channel. Several transfers may share one: an SDU is put in
 * whole, so SDUs never mix.
 */
#ifndef L2_OUTPUT_H
#define L2_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "byte_queue.h"
#include "event_loop.h"
#include "transfer/sdu_format.h"
#include "transfer/whole_file.h"

/* Room for any SDU: L2CAP's are at most 65535 bytes. */
enum { SDU_ROOM = 65536 };

/* What all clients of a server may have it keep together. */
struct output_budget {
	size_t limit, used;
	bool reached; /* a writer had to wait for that */
};

struct output {
	int fd; /* -1: what is put in is thrown away */
	enum sdu_format format;
	bool separate_sdus; /* raw: end each SDU's line, for a terminal with lines */
	size_t limit;	    /* bytes to keep, at least SDU_ROOM */
	struct output_budget *budget; /* NULL: its own limit is the only one */
	bool reader_may_leave;	      /* that is no error: the rest is thrown away */
	bool reader_left;
	uint64_t unread;  /* bytes that were thrown away for that, among those written */
	int error;	  /* the errno of a write that failed: nothing more is written */
	int64_t moved_ms; /* when something was last written */
	uint64_t put, written; /* bytes, since the start */

	struct byte_queue queue;
	size_t write_block;
	struct event_source source;
	struct whole_file file; /* that is to appear; none: written in place */
	bool syncs; /* that only once the disk has it: set it after output_open() */
};

/* All of these print SDUs raw; set ->format for another. */

/* An output that throws away, or writes to the descriptor FD. */
void output_attach(struct output *output, int fd, size_t limit);

/*
 * An output to the file NAME; NULL or "-": standard output. A regular file is a whole
 * file (see there), which may be one that NEVER_REPLACES; what is there already (a
 * device, a pipe) is written in place. A named pipe needs a reader: waits for one, up to
 * DEADLINE_MS (then -ETIMEDOUT) or a signal (-EINTR). 0 or -errno.
 */
int output_open(struct output *output, const char *name, size_t limit,
		bool never_replaces, int64_t deadline_ms,
		const struct interruption *interruption);

/* Whether output_open() would succeed with NAME, without the effects of opening: 0 or
 * -errno. A named pipe that no program reads yet is no error. */
int output_check(const char *name);

/* Whether it can be written at all, as far as can be known without writing: 0, or
 * -ENOSPC for a full device, -EPIPE for a pipe that no program reads, -EBADF. */
int output_probe(const struct output *output);

/*
 * Ends it: a file appears in its place if it is WHOLE, and vanishes if not; *WHERE is
 * as whole_file_close() does. 0, or -errno when the file system only now says that
 * something was not written. The descriptor is closed, but standard output stays open, to
 * be checked once more at the end of the program.
 */
int output_close(struct output *output, bool whole, char **where);

/* Whether another SDU may be put in. Where the budget is used up, one that keeps nothing
 * may still take an SDU, so that all go on. */
bool output_has_room(const struct output *output);

/* The same for KEPT bytes that are kept elsewhere, within the same limits. */
bool output_allows(const struct output *output, size_t kept);

/*
 * Room for as many SDUs of at most SIZE bytes, one behind the other, as *COUNT says, at
 * least 1; NULL when memory is short. Then put in each, in order, with its LENGTH.
 */
unsigned char *output_reserve(struct output *output, size_t size, unsigned int *count);
void output_put(struct output *output, const unsigned char *sdu, size_t length);

/* Waits for the descriptor when there is something to write: 0 or -errno. */
int output_prepare(struct output *output, struct event_loop *loop);
/* Writes what can be written without blocking; the second to a regular file, or a device
 * that is always ready: they need not be waited for. */
void output_serve(struct output *output);
void output_write_ready(struct output *output);

#endif
