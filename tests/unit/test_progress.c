// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "unit_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "session/progress.h"

static void assert_text(size_t columns, uint64_t done, uint64_t total, int64_t elapsed_ms,
			const char *wanted)
{
	char text[PROGRESS_TEXT_SIZE];

	assert_string_equal(progress_text(text, columns, done, total, elapsed_ms),
			    wanted);
}

static void bytes_part_rate_and_time_left_are_reported(void **state)
{
	(void)state;
	assert_text(79, 450000, 1000000, 10000, "450.0 kB  45%  45.0 kB/s  0:12 left");
	assert_text(79, 1000000, 1000000, 10000, "1.0 MB  100%  100.0 kB/s  0:00 left");
	/* A file that grew meanwhile. */
	assert_text(79, 1000001, 1000000, 10000, "1.0 MB  100%  100.0 kB/s  0:00 left");
}

static void without_a_total_there_is_no_part_and_no_end(void **state)
{
	(void)state;
	assert_text(79, 817, 0, 1000, "817 B  817 B/s");
}

static void before_anything_moved_there_is_not_a_rate(void **state)
{
	(void)state;
	assert_text(79, 0, 5000, 0, "0 B  0%");
	assert_text(79, 0, 5000, 1000, "0 B  0%");
}

static void units_and_times_are_those_that_are_read_best(void **state)
{
	(void)state;
	assert_text(79, 999, 0, 0, "999 B");
	assert_text(79, 1000, 0, 0, "1.0 kB");
	assert_text(79, 999949, 0, 0, "999.9 kB");
	assert_text(79, 999950, 0, 0, "1.0 MB");
	assert_text(79, 12345678901, 0, 0, "12.3 GB");
	assert_text(79, 1000, 3601000, 1000, "1.0 kB  0%  1.0 kB/s  1:00:00 left");
	assert_text(79, 1, UINT64_C(1) << 53, 100000000, "1 B  0%  0 B/s  ages left");
}

static void what_does_not_fit_is_left_out_from_the_right(void **state)
{
	static const char whole[] = "450.0 kB  45%  45.0 kB/s  0:12 left";
	char text[PROGRESS_TEXT_SIZE];
	size_t before = 0;

	(void)state;
	for (size_t columns = 0; columns < sizeof(whole) + 5; columns++) {
		progress_text(text, columns, 450000, 1000000, 10000);
		assert_true(strlen(text) <= columns);
		assert_memory_equal(text, whole, strlen(text));
		/* More room never shows less. */
		assert_true(strlen(text) >= before);
		before = strlen(text);
	}
	assert_int_equal(before, strlen(whole));
}

static void the_total_is_what_a_regular_file_still_has(void **state)
{
	char name[] = "/tmp/progress.XXXXXX";
	int fd = mkstemp(name);
	int pipes[2];
	bool is_file;

	(void)state;
	assert_true(fd >= 0);
	unlink(name);
	assert_int_equal(ftruncate(fd, 1000), 0);
	assert_int_equal(progress_total(fd, &is_file), 1000);
	assert_true(is_file);
	assert_int_equal(lseek(fd, 300, SEEK_SET), 300);
	assert_int_equal(progress_total(fd, &is_file), 700);
	assert_int_equal(lseek(fd, 3000, SEEK_SET), 3000);
	assert_int_equal(progress_total(fd, &is_file), 0);
	close(fd);
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(progress_total(pipes[0], &is_file), 0);
	assert_false(is_file);
	close(pipes[0]);
	close(pipes[1]);
	assert_int_equal(progress_total(-1, &is_file), 0);
	assert_false(is_file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes_part_rate_and_time_left_are_reported),
		TEST(without_a_total_there_is_no_part_and_no_end),
		TEST(before_anything_moved_there_is_not_a_rate),
		TEST(units_and_times_are_those_that_are_read_best),
		TEST(what_does_not_fit_is_left_out_from_the_right),
		TEST(the_total_is_what_a_regular_file_still_has),
	};

	return RUN_TESTS(tests);
}
