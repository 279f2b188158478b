// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Waiting without spinning, and what the output may answer. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "wrapped_calls.h"

/* --- waiting without spinning ------------------------------------------------------- */

enum { FEW_WAITS = 150 };

static void check_stall(bool peer_closes)
{
	static const char block[1000];
	struct fixture fixture;
	int ends[2];

	open_wrapped(&fixture);
	assert_int_equal(pipe(ends), 0);
	close(fixture.output);
	fixture.output = ends[1];
	fixture.read_ahead = SDU_ROOM;
	fixture.setup.idle_ms = 200;
	/* More than the pipe and the read-ahead hold. */
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	for (int i = 0; i < 90; i++)
		peer_send(&fixture, block, sizeof(block));
	if (peer_closes)
		fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	/* One is kept when another would not fit, besides what the pipe took. */
	assert_true(fixture.result.sdus_received <= 6);
	assert_true(calls.wait < FEW_WAITS);
	close(ends[0]);
	fixture_close(&fixture);
}

static void a_full_read_ahead_does_not_spin(void **state)
{
	(void)state;
	check_stall(false);
	check_stall(true);
}

static void an_sdu_that_is_not_full_yet_does_not_spin(void **state)
{
	struct fixture fixture;
	int ends[2];

	(void)state;
	open_wrapped(&fixture);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(write(ends[1], "abc", 3), 3);
	fixture.setup.send.plan.input = ends[0];
	fixture.setup.send.plan.sdu_size = 8;
	fixture.setup.send.plan.fill_sdus = true;
	fixture.setup.idle_ms = 200;
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.sdus_sent, 0);
	assert_true(calls.wait < FEW_WAITS);
	close(ends[1]);
	fixture_close(&fixture);
}

static void awaiting_that_all_is_taken_does_not_spin(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	fixture_say(&fixture, "hello");
	fixture.setup.idle_ms = 300;
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_true(calls.wait < FEW_WAITS);
	fixture_close(&fixture);
}

/* --- writing ------------------------------------------------------------------------ */

static size_t one_byte(unsigned int call)
{
	(void)call;
	return 1;
}

static size_t seven_bytes(unsigned int call)
{
	return call % 3 == 2 ? 0 : 7;
}

static void check_writing(answer *write_answer, size_t (*at_most)(unsigned int))
{
	unsigned char *bytes = random_bytes(5000);
	struct fixture fixture;

	open_wrapped(&fixture);
	answers.write = write_answer;
	answers.write_at_most = at_most;
	for (size_t i = 0; i < 5000; i += 1000)
		peer_send(&fixture, bytes + i, 1000);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	assert_output(&fixture, bytes, 5000);
	free(bytes);
	fixture_close(&fixture);
}

static void short_writes_are_continued(void **state)
{
	(void)state;
	check_writing(NULL, one_byte);
	check_writing(NULL, seven_bytes);
}

static void writes_that_are_interrupted_or_would_block_are_made_again(void **state)
{
	(void)state;
	check_writing(every_second_eintr, seven_bytes);
	check_writing(every_second_eagain, seven_bytes);
}

static size_t hundred_bytes(unsigned int call)
{
	(void)call;
	return 100;
}

static void a_disk_that_fills_up_counts_what_is_not_written(void **state)
{
	unsigned char *bytes = random_bytes(1000);
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.write = third_enospc;
	answers.write_at_most = hundred_bytes;
	peer_send(&fixture, bytes, 1000);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	/* It outranks that the peer had closed. */
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, ENOSPC);
	assert_int_equal(fixture.result.bytes_received, 1000);
	assert_int_equal(fixture.result.bytes_unwritten, 800);
	assert_output(&fixture, bytes, 200);
	free(bytes);
	fixture_close(&fixture);
}

static void an_output_that_fails_outranks_a_lost_channel(void **state)
{
	struct fixture fixture;

	(void)state;
	open_wrapped(&fixture);
	answers.write = always_eio;
	answers.receive = third_econnreset;
	answers.no_hangup = true;
	peer_send(&fixture, "ab", 2);
	peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	run_wrapped(&fixture);
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, EIO);
	assert_int_equal(fixture.result.bytes_unwritten, 4);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_full_read_ahead_does_not_spin),
		TEST(an_sdu_that_is_not_full_yet_does_not_spin),
		TEST(awaiting_that_all_is_taken_does_not_spin),
		TEST(short_writes_are_continued),
		TEST(writes_that_are_interrupted_or_would_block_are_made_again),
		TEST(a_disk_that_fills_up_counts_what_is_not_written),
		TEST(an_output_that_fails_outranks_a_lost_channel),
	};

	return RUN_TESTS(tests);
}
