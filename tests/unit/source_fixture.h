/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* A source whose input is a pipe that is filled piece by piece, and lists of SDUs. */
#ifndef L2_SOURCE_FIXTURE_H
#define L2_SOURCE_FIXTURE_H

#include <stdbool.h>
#include <stddef.h>

#include "transfer/sdu_source.h"

enum { LONGEST_SDU = 65535 };

struct sdus {
	unsigned char *bytes; /* of all, one after the other */
	size_t total;
	size_t *lengths;
	size_t count;
	size_t bytes_room, lengths_room;
};

void sdus_add(struct sdus *sdus, const void *data, size_t length);
void sdus_free(struct sdus *sdus);
void assert_same(const struct sdus *got, const struct sdus *expected);

/* COUNT of them: empty and short ones, some long, one of 65535 bytes; without line ends
 * if so wished. */
struct sdus random_sdus(size_t count, unsigned int seed, bool line_ends);

struct reader {
	struct sdu_plan plan;
	struct sdu_source source;
	int pipe; /* to write to; -1: closed */
};

void open_reader(struct reader *reader, enum sdu_format format);
void close_input(struct reader *reader);
void close_reader(struct reader *reader);

/* LENGTH bytes, at most what a pipe holds, come in; or the end. */
void feed(struct reader *reader, const void *bytes, size_t length);
void feed_end(struct reader *reader);

/* What is the next: an SDU, which is then sent; nothing, ever. */
void expect_sdu(struct sdu_source *source, const void *expected, size_t length);
void expect_end(const struct sdu_source *source);

/* Sends all that it has, and adds it to SDUS. */
void drain(struct sdu_source *source, struct sdus *sdus);

#endif
