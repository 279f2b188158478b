// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Standard error that is not read: what is queued, what is lost, what comes out. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/diagnostics.h"

enum { LINES = 3000, LINE = 1000 };

static int before, reader;

/* Standard error becomes a pipe. */
static int open_pipe(void **state)
{
	int ends[2];

	(void)state;
	before = dup(STDERR_FILENO);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	close(ends[1]);
	reader = ends[0];
	assert_int_equal(fcntl(reader, F_SETFL, O_NONBLOCK), 0);
	return 0;
}

static int close_pipe(void **state)
{
	(void)state;
	assert_true(dup2(before, STDERR_FILENO) >= 0);
	close(before);
	close(reader);
	return 0;
}

static void write_lines(unsigned int count)
{
	char line[LINE + 1];

	for (unsigned int i = 0; i < count; i++) {
		memset(line, 'x', LINE);
		line[snprintf(line, LINE, "%u ", i)] = 'x';
		line[LINE - 1] = '\n';
		diagnostics_write(DIAGNOSTICS_ERROR, line, LINE);
	}
}

/* Reads until nothing comes any more; all must be whole lines, in order. Returns how
 * many, and adds to *LOST those that the queue reports. */
static unsigned int read_lines(uint64_t *lost)
{
	static char text[LINES * LINE];
	size_t length = 0;
	ssize_t got;

	do {
		got = read(reader, text + length, sizeof(text) - length);
		*lost += diagnostics_serve();
		length += got > 0 ? (size_t)got : 0;
	} while (got > 0);
	assert_int_equal(length % LINE, 0);
	for (size_t i = 0; i < length / LINE; i++) {
		assert_int_equal(strtoul(text + i * LINE, NULL, 10), i);
		assert_int_equal(text[i * LINE + LINE - 1], '\n');
	}
	return (unsigned int)(length / LINE);
}

static void lines_that_no_one_reads_wait_and_the_rest_is_counted(void **state)
{
	uint64_t lost = 0;
	unsigned int came;

	(void)state;
	write_lines(LINES);
	assert_int_equal(diagnostics_serve(), 0); /* there is no room to report */
	came = read_lines(&lost);
	assert_int_equal(came + lost, LINES);
	assert_true(came > 1000 && lost > 1000);
	/* It is as new. */
	write_lines(10);
	lost = 0;
	assert_int_equal(read_lines(&lost), 10);
	assert_int_equal(lost, 0);
}

/* Others have the same pipe: it blocks for them as it did. */
static void the_descriptor_of_others_stays_as_it_is(void **state)
{
	uint64_t lost = 0;

	(void)state;
	write_lines(1);
	assert_int_equal(fcntl(STDERR_FILENO, F_GETFL) & O_NONBLOCK, 0);
	assert_int_equal(read_lines(&lost), 1);
}

static void the_end_writes_what_there_is_room_for(void **state)
{
	static volatile sig_atomic_t signal_came;
	struct interruption interruption = {.signal = &signal_came};
	uint64_t lost = 0;

	(void)state;
	sigemptyset(&interruption.wait_mask);
	write_lines(20);
	assert_int_equal(diagnostics_finish(&interruption), 0);
	assert_int_equal(read_lines(&lost), 20);
}

/* Standard output has the results that were asked for. */
static void results_that_are_lost_are_an_error(void **state)
{
	char line[LINE] = {'\n'};
	int output = dup(STDOUT_FILENO);
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_true(dup2(ends[1], STDOUT_FILENO) >= 0);
	for (unsigned int i = 0; i < LINES; i++)
		diagnostics_write(DIAGNOSTICS_OUTPUT, line, LINE);
	assert_true(dup2(output, STDOUT_FILENO) >= 0);
	assert_int_equal(diagnostics_output_error(), ENOBUFS);
	close(output);
	close(ends[0]);
	close(ends[1]);
}

int main(void)
{
#define PIPE_TEST(function)                                                              \
	cmocka_unit_test_setup_teardown(function, open_pipe, close_pipe)
	static const struct CMUnitTest tests[] = {
		PIPE_TEST(lines_that_no_one_reads_wait_and_the_rest_is_counted),
		PIPE_TEST(the_descriptor_of_others_stays_as_it_is),
		PIPE_TEST(the_end_writes_what_there_is_room_for),
		TEST(results_that_are_lost_are_an_error),
	};

	return RUN_TESTS(tests);
}
