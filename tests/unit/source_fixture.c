// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "source_fixture.h"

#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

/* --- SDUs and texts ----------------------------------------------------------------- */

/* Makes *BLOCK, of *ROOM bytes, large enough for NEEDED. */
static void grow(void **block, size_t *room, size_t needed)
{
	if (needed <= *room)
		return;
	*room = 2 * needed;
	*block = realloc(*block, *room);
	assert_non_null(*block);
}

void sdus_add(struct sdus *sdus, const void *data, size_t length)
{
	void *bytes = sdus->bytes;
	void *lengths = sdus->lengths;

	grow(&bytes, &sdus->bytes_room, sdus->total + length + 1);
	grow(&lengths, &sdus->lengths_room, (sdus->count + 1) * sizeof(size_t));
	sdus->bytes = bytes;
	sdus->lengths = lengths;
	memcpy(sdus->bytes + sdus->total, data, length);
	sdus->total += length;
	sdus->lengths[sdus->count++] = length;
}

void sdus_free(struct sdus *sdus)
{
	free(sdus->bytes);
	free(sdus->lengths);
	*sdus = (struct sdus){0};
}

void assert_same(const struct sdus *got, const struct sdus *expected)
{
	assert_int_equal(got->count, expected->count);
	for (size_t i = 0; i < got->count; i++)
		assert_int_equal(got->lengths[i], expected->lengths[i]);
	assert_int_equal(got->total, expected->total);
	if (got->total)
		assert_memory_equal(got->bytes, expected->bytes, got->total);
}

struct sdus random_sdus(size_t count, unsigned int seed, bool line_ends)
{
	struct sdus sdus = {0};
	unsigned char *sdu = malloc(LONGEST_SDU);

	assert_non_null(sdu);
	for (size_t i = 0; i < count; i++) {
		static const size_t limits[] = {1, 4, 50, 700, 9000};
		size_t length = (size_t)rand_r(&seed) % limits[i % COUNT_OF(limits)];

		if (i == count / 2)
			length = LONGEST_SDU;
		for (size_t k = 0; k < length; k++) {
			sdu[k] = (unsigned char)(rand_r(&seed) >> 7);
			if (sdu[k] == '\n' && !line_ends)
				sdu[k] = '\r';
		}
		sdus_add(&sdus, sdu, length);
	}
	free(sdu);
	return sdus;
}

/* --- a source that reads a pipe ----------------------------------------------------- */

void open_reader(struct reader *reader, enum sdu_format format)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	reader->plan =
		(struct sdu_plan){.input = ends[0], .format = format, .sdu_size = 8};
	reader->pipe = ends[1];
	sdu_source_start(&reader->source, &reader->plan);
}

void close_input(struct reader *reader)
{
	close(reader->pipe);
	reader->pipe = -1;
}

void close_reader(struct reader *reader)
{
	if (reader->pipe >= 0)
		close(reader->pipe);
	close(reader->plan.input);
	sdu_source_free(&reader->source);
}

void feed(struct reader *reader, const void *bytes, size_t length)
{
	assert_true(sdu_source_wants_input(&reader->source));
	assert_int_equal(write(reader->pipe, bytes, length), length);
	assert_int_equal(sdu_source_read(&reader->source), length);
}

void feed_end(struct reader *reader)
{
	close_input(reader);
	assert_int_equal(sdu_source_read(&reader->source), 0);
}

void expect_sdu(struct sdu_source *source, const void *expected, size_t length)
{
	struct iovec sdu;

	assert_true(sdu_source_has_sdu(source, false));
	/* It stays the next until it was sent. */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(sdu_source_next(source, &sdu, 1), 1);
		assert_int_equal(sdu.iov_len, length);
		assert_memory_equal(sdu.iov_base, expected, length);
	}
	sdu_source_sent(source, sdu.iov_len);
}

void expect_end(const struct sdu_source *source)
{
	assert_false(sdu_source_has_sdu(source, true));
	assert_false(sdu_source_wants_input(source));
	assert_true(sdu_source_is_empty(source));
	assert_int_equal(sdu_source_kept(source), 0);
}

void drain(struct sdu_source *source, struct sdus *sdus)
{
	while (sdu_source_has_sdu(source, false)) {
		struct iovec next[3];
		int count = sdu_source_next(source, next, COUNT_OF(next));

		assert_false(sdu_source_is_empty(source));
		assert_in_range(count, 1, COUNT_OF(next));
		for (int i = 0; i < count; i++) {
			sdus_add(sdus, next[i].iov_base, next[i].iov_len);
			sdu_source_sent(source, next[i].iov_len);
		}
	}
}
