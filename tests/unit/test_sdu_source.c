// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* SDUs from a message, a stream, a queue, or made here. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "source_fixture.h"

/* --- memory, and inputs that fail --------------------------------------------------- */

static bool no_memory;

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return no_memory ? NULL : __real_malloc(size);
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	return no_memory ? NULL : __real_realloc(block, size);
}

static void without_memory_it_says_so_and_goes_on_later(void **state)
{
	struct sdu_plan numbered = {.numbered = true, .input = -1, .sizes = {6, 6, 1}};
	struct sdu_plan queued = {.queued = true, .input = -1};
	struct sdu_source source;
	struct reader reader;
	struct iovec sdu;

	(void)state;
	open_reader(&reader, FORMAT_HEX);
	assert_int_equal(write(reader.pipe, "61\n", 3), 3);
	no_memory = true;
	assert_int_equal(sdu_source_read(&reader.source), -ENOMEM);
	no_memory = false;
	assert_int_equal(sdu_source_read(&reader.source), 3);
	no_memory = true;
	assert_int_equal(sdu_source_next(&reader.source, &sdu, 1), -ENOMEM);
	no_memory = false;
	expect_sdu(&reader.source, "a", 1);
	close_reader(&reader);

	sdu_source_start(&source, &numbered);
	no_memory = true;
	assert_int_equal(sdu_source_next(&source, &sdu, 1), -ENOMEM);
	no_memory = false;
	expect_sdu(&source, "\0\0\0\0\6\0", 6);
	sdu_source_free(&source);

	sdu_source_start(&source, &queued);
	no_memory = true;
	assert_int_equal(sdu_source_put(&source, "x", 1), -ENOMEM);
	no_memory = false;
	assert_true(sdu_source_is_empty(&source));
	sdu_source_free(&source);
}

static void an_input_that_has_nothing_is_not_at_its_end(void **state)
{
	struct reader reader;

	(void)state;
	open_reader(&reader, FORMAT_LINES);
	assert_int_equal(sdu_source_read(&reader.source), 0); /* EAGAIN */
	assert_true(sdu_source_wants_input(&reader.source));
	assert_false(sdu_source_is_empty(&reader.source));
	feed(&reader, "a\n", 2);
	expect_sdu(&reader.source, "a", 1);
	close_reader(&reader);
}

static void an_input_that_fails_reports_why(void **state)
{
	struct sdu_plan plan = {.input = open(".", O_RDONLY | O_CLOEXEC), .sdu_size = 8};
	struct sdu_source source;

	(void)state;
	sdu_source_start(&source, &plan);
	assert_int_equal(sdu_source_read(&source), -EISDIR);
	sdu_source_free(&source);
	close(plan.input);
}

/* --- a stream ----------------------------------------------------------------------- */

static void a_stream_is_cut_and_its_rest_is_sent_when_it_pauses_or_ends(void **state)
{
	struct reader reader;

	(void)state;
	open_reader(&reader, FORMAT_RAW);
	feed(&reader, "0123456789", 10);
	assert_false(sdu_source_wants_input(&reader.source));
	expect_sdu(&reader.source, "01234567", 8);
	assert_true(sdu_source_wants_input(&reader.source));
	assert_false(sdu_source_has_sdu(&reader.source, false));
	assert_true(sdu_source_has_sdu(&reader.source, true));
	sdu_source_pause(&reader.source, true);
	expect_sdu(&reader.source, "89", 2);
	sdu_source_pause(&reader.source, false);
	feed(&reader, "\n", 1);
	assert_false(sdu_source_has_sdu(&reader.source, false));
	feed_end(&reader);
	expect_sdu(&reader.source, "\n", 1);
	expect_end(&reader.source);
	close_reader(&reader);
}

static void full_sdus_are_not_cut_short_by_a_pause(void **state)
{
	struct reader reader;

	(void)state;
	open_reader(&reader, FORMAT_RAW);
	reader.plan.fill_sdus = true;
	feed(&reader, "0123", 4);
	sdu_source_pause(&reader.source, true);
	assert_false(sdu_source_has_sdu(&reader.source, true));
	feed_end(&reader);
	expect_sdu(&reader.source, "0123", 4);
	expect_end(&reader.source);
	close_reader(&reader);
}

/* --- what is no input --------------------------------------------------------------- */

static void nothing_is_empty_from_the_start(void **state)
{
	struct sdu_plan plan = {.input = -1, .sdu_size = 8, .format = FORMAT_LINES};
	struct sdu_source source;

	(void)state;
	sdu_source_start(&source, &plan);
	expect_end(&source);
	assert_int_equal(source.fault.line, 0);
	sdu_source_free(&source);
}

/* A format is for texts: a message is what it is. */
static void a_message_is_one_sdu_in_every_format(void **state)
{
	(void)state;
	for (int format = FORMAT_RAW; format <= FORMAT_HEX; format++) {
		for (size_t length = 0; length <= 4; length += 4) {
			struct sdu_plan plan = {.message = "x\ny\0",
						.message_length = length,
						.input = STDIN_FILENO,
						.format = (enum sdu_format)format};
			struct sdu_source source;

			sdu_source_start(&source, &plan);
			assert_false(sdu_source_wants_input(&source));
			assert_false(sdu_source_is_empty(&source));
			expect_sdu(&source, "x\ny\0", length);
			expect_end(&source);
			assert_int_equal(source.fault.line, 0);
			sdu_source_free(&source);
		}
	}
}

static void numbered_sdus_come_in_their_number_and_sizes(void **state)
{
	struct sdu_plan plan = {.numbered = true,
				.count = 5,
				.sizes = {6, 8, 1},
				.input = -1,
				.format = FORMAT_HEX};
	struct sdu_source source;

	(void)state;
	sdu_source_start(&source, &plan);
	assert_false(sdu_source_wants_input(&source));
	expect_sdu(&source, "\0\0\0\0\6\0", 6);
	expect_sdu(&source, "\1\0\0\0\7\0\x7f", 7);
	expect_sdu(&source, "\2\0\0\0\10\0\x7f\x7f", 8);
	expect_sdu(&source, "\3\0\0\0\6\0", 6);
	assert_false(sdu_source_is_empty(&source));
	expect_sdu(&source, "\4\0\0\0\7\0\x7f", 7);
	expect_end(&source);
	sdu_source_free(&source);
}

static void a_count_of_0_is_without_limit(void **state)
{
	struct sdu_plan plan = {
		.numbered = true, .sizes = {65535, 65535, 1}, .input = -1};
	struct sdu_source source;
	struct iovec sdu;

	(void)state;
	sdu_source_start(&source, &plan);
	for (uint32_t number = 0; number < 1000; number++) {
		const unsigned char header[] = {(unsigned char)number,
						(unsigned char)(number >> 8), 0, 0};

		assert_true(sdu_source_has_sdu(&source, false));
		assert_int_equal(sdu_source_next(&source, &sdu, 1), 1);
		assert_int_equal(sdu.iov_len, 65535);
		assert_memory_equal(sdu.iov_base, header, sizeof(header));
		sdu_source_sent(&source, sdu.iov_len);
	}
	assert_false(sdu_source_is_empty(&source));
	sdu_source_end(&source);
	expect_end(&source);
	sdu_source_free(&source);
}

static void what_is_put_in_comes_out_in_order(void **state)
{
	struct sdu_plan plan = {.queued = true, .input = -1, .format = FORMAT_LINES};
	struct sdus sdus = random_sdus(300, 3, true);
	struct sdus again = {0};
	struct sdu_source source;
	size_t at = 0;

	(void)state;
	sdu_source_start(&source, &plan);
	/* Empty, although more may come. */
	assert_true(sdu_source_is_empty(&source));
	assert_false(sdu_source_has_sdu(&source, true));
	for (size_t i = 0; i < sdus.count; i++) {
		assert_int_equal(
			sdu_source_put(&source, sdus.bytes + at, sdus.lengths[i]), 0);
		at += sdus.lengths[i];
		assert_true(sdu_source_kept(&source) >= sdus.lengths[i]);
		assert_false(sdu_source_is_empty(&source));
		if (i % 7 == 0)
			drain(&source, &again);
	}
	assert_true(source.open);
	sdu_source_end(&source);
	assert_false(sdu_source_is_empty(&source)); /* what is left is sent */
	drain(&source, &again);
	expect_end(&source);
	assert_false(source.open);
	assert_same(&again, &sdus);
	sdus_free(&again);
	sdus_free(&sdus);
	sdu_source_free(&source);
}

static void what_is_dropped_is_not_sent(void **state)
{
	static const struct sdu_plan plans[] = {
		{.message = "x", .message_length = 1, .input = -1},
		{.numbered = true, .sizes = {6, 6, 1}, .input = -1},
		{.queued = true, .input = -1},
	};
	struct reader reader;

	(void)state;
	for (size_t i = 0; i < COUNT_OF(plans); i++) {
		struct sdu_source source;

		sdu_source_start(&source, &plans[i]);
		if (plans[i].queued)
			assert_int_equal(sdu_source_put(&source, "x", 1), 0);
		assert_true(sdu_source_has_sdu(&source, false));
		sdu_source_drop(&source);
		expect_end(&source);
		sdu_source_free(&source);
	}
	for (int format = FORMAT_RAW; format <= FORMAT_HEX; format++) {
		open_reader(&reader, (enum sdu_format)format);
		feed(&reader, "00\n11\n22", 8);
		sdu_source_drop(&reader.source);
		expect_end(&reader.source);
		close_reader(&reader);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(without_memory_it_says_so_and_goes_on_later),
		TEST(an_input_that_has_nothing_is_not_at_its_end),
		TEST(an_input_that_fails_reports_why),
		TEST(a_stream_is_cut_and_its_rest_is_sent_when_it_pauses_or_ends),
		TEST(full_sdus_are_not_cut_short_by_a_pause),
		TEST(nothing_is_empty_from_the_start),
		TEST(a_message_is_one_sdu_in_every_format),
		TEST(numbered_sdus_come_in_their_number_and_sizes),
		TEST(a_count_of_0_is_without_limit),
		TEST(what_is_put_in_comes_out_in_order),
		TEST(what_is_dropped_is_not_sent),
	};

	return RUN_TESTS(tests);
}
