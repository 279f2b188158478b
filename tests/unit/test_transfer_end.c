// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "stopped_clock.h"

static void a_receiver_goes_on_until_the_peer_closes(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.idle_ms = 150;
	peer_send(&fixture, "abc", 3);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.sdus_received, 1);
	fixture_close(&fixture);
}

static void *take_and_answer(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	/* What comes out of the output after a second SDU was looked at after the
	 * message had been taken. */
	far_end->good = next_length(peer) == 8 && ping(far_end) && ping(far_end) &&
			send(peer, "answer", 6, MSG_NOSIGNAL) == 6;
	close(peer);
	far_end->fixture->peer = -1;
	return NULL;
}

static void a_sender_that_awaits_the_peer_prints_its_answer(void **state)
{
	char answer[7] = "";
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "question");
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, take_and_answer);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_true(read_exactly(far_end.output, answer, 6));
	assert_string_equal(answer, "answer");
	close(far_end.output);
	fixture_close(&fixture);
}

static void a_peer_that_closes_while_input_may_come_closed_early(void **state)
{
	struct fixture fixture;
	int input;

	(void)state;
	for (int await_peer = 0; await_peer <= 1; await_peer++) {
		fixture_open(&fixture);
		input = pipe_to_input(&fixture);
		fixture.setup.await_peer = await_peer;
		fixture.output = file_with("", 0);
		peer_send(&fixture, "tail", 4);
		fixture_close_peer(&fixture);
		assert_true(fixture_run(&fixture) < LONG_MS / 2);
		assert_end(&fixture, TRANSFER_PEER_CLOSED_EARLY, 0);
		assert_output(&fixture, "tail", 4);
		close(input);
		fixture_close(&fixture);
	}
}

static void a_peer_that_closes_without_taking_the_message_closed_early(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "hello");
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED_EARLY, 0);
	assert_int_equal(fixture.result.sdus_sent, 0);
	fixture_close(&fixture);
}

/* Not even when it had no time to be sent: it was not taken for an input that is empty.
 */
static void a_message_that_a_quick_close_leaves_unsent_is_not_all_sent(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "hello");
	fixture.setup.send.settle_ms = 100;
	peer_send(&fixture, "ab", 2);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED_EARLY, 0);
	fixture_close(&fixture);
}

static void a_peer_that_closes_during_the_hold_closed_early(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = LONG_MS;
	fixture_close_peer(&fixture);
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_PEER_CLOSED_EARLY, 0);
	fixture_close(&fixture);
}

static void silence_ends_it_after_the_idle_timeout(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.idle_ms = 200;
	assert_true(fixture_run(&fixture) >= 200);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	fixture_close(&fixture);
}

static void each_sdu_starts_the_idle_time_anew(void **state)
{
	struct event_loop loop;
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.idle_ms = 1000;
	stopped_start(&fixture, &loop);
	for (int i = 0; i < 8; i++) {
		peer_send(&fixture, "x", 1);
		late_turn(&fixture, &loop, 900);
		late_turn(&fixture, &loop, 0);
		assert_int_equal(fixture.transfer.phase, TRANSFER_MOVING);
	}
	late_turn(&fixture, &loop, 1000);
	late_turn(&fixture, &loop, 0);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	stopped_finish(&fixture, &loop);
}

static void a_stalled_output_ends_it_after_the_idle_timeout(void **state)
{
	enum { LENGTH = 150000 };
	unsigned char *bytes = random_bytes(LENGTH);
	struct fixture fixture;
	int output;

	(void)state;
	fixture_open(&fixture);
	output = pipe_from_output(&fixture);
	fixture.setup.idle_ms = 200;
	for (size_t i = 0; i < LENGTH; i += 50000)
		peer_send(&fixture, bytes + i, 50000);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.bytes_received, LENGTH);
	/* What a pipe holds was written. */
	assert_int_equal(fixture.result.bytes_unwritten, LENGTH - 65536);
	free(bytes);
	close(output);
	fixture_close(&fixture);
}

static void *signal_after_a_ping(void *data)
{
	struct far_end *far_end = data;

	far_end->good =
		ping(far_end) && pthread_kill(far_end->transfer_thread, SIGUSR1) == 0;
	return NULL;
}

static void a_signal_ends_it(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture_take_signals(&fixture);
	fixture.setup.idle_ms = WAIT_FOREVER;
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, signal_after_a_ping);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_INTERRUPTED, 0);
	assert_int_equal(fixture.result.bytes_received, 1);
	close(far_end.output);
	fixture_close(&fixture);
}

static void a_signal_ends_a_hold(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture_take_signals(&fixture);
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = LONG_MS;
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, signal_after_a_ping);
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_INTERRUPTED, 0);
	close(far_end.output);
	fixture_close(&fixture);
}

/* The signal came in an earlier wait, so none will wake this one. */
static void a_signal_that_came_before_ends_it_at_once(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.signal = SIGINT;
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_INTERRUPTED, 0);
	fixture_close(&fixture);
}

static void *signal_once_all_is_taken(void *data)
{
	struct far_end *far_end = data;

	far_end->good = wait_until_taken(far_end->fixture->peer) &&
			pthread_kill(far_end->transfer_thread, SIGUSR1) == 0;
	return NULL;
}

static void a_signal_does_not_wait_for_a_stalled_output(void **state)
{
	enum { LENGTH = 150000 };
	unsigned char *bytes = random_bytes(LENGTH);
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture_take_signals(&fixture);
	far_end.output = pipe_from_output(&fixture);
	for (size_t i = 0; i < LENGTH; i += 50000)
		peer_send(&fixture, bytes + i, 50000);
	far_end_start(&far_end, signal_once_all_is_taken);
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_INTERRUPTED, 0);
	assert_int_equal(fixture.result.bytes_received, LENGTH);
	assert_true(fixture.result.bytes_unwritten >= LENGTH - 65536);
	free(bytes);
	close(far_end.output);
	fixture_close(&fixture);
}

static void writing_to_a_closed_pipe_is_epipe(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	close(pipe_from_output(&fixture));
	peer_send(&fixture, "hello", 5);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, EPIPE);
	fixture_close(&fixture);
}

static void *close_output_and_channel_after_a_ping(void *data)
{
	struct far_end *far_end = data;

	far_end->good = ping(far_end);
	close(far_end->output);
	fixture_close_peer(far_end->fixture);
	return NULL;
}

static void a_reader_that_goes_after_the_last_byte_is_no_error(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, close_output_and_channel_after_a_ping);
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	fixture_close(&fixture);
}

static void a_full_disk_is_enospc_and_counts_what_is_not_written(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.output = open("/dev/full", O_WRONLY | O_CLOEXEC);
	peer_send(&fixture, "hello", 5);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_OUTPUT_FAILED, ENOSPC);
	assert_int_equal(fixture.result.bytes_unwritten, 5);
	fixture_close(&fixture);
}

static void a_second_run_adds_to_the_result(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = 50;
	peer_send(&fixture, "first ", 6);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_SENT, 0);
	peer_send(&fixture, "second", 6);
	fixture_close_peer(&fixture);
	fixture.setup.await_peer = true;
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, 2);
	assert_int_equal(fixture.result.bytes_received, 12);
	assert_output(&fixture, "first second", 12);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_receiver_goes_on_until_the_peer_closes),
		TEST(a_sender_that_awaits_the_peer_prints_its_answer),
		TEST(a_peer_that_closes_while_input_may_come_closed_early),
		TEST(a_peer_that_closes_without_taking_the_message_closed_early),
		TEST(a_message_that_a_quick_close_leaves_unsent_is_not_all_sent),
		TEST(a_peer_that_closes_during_the_hold_closed_early),
		TEST(silence_ends_it_after_the_idle_timeout),
		TEST(each_sdu_starts_the_idle_time_anew),
		TEST(a_stalled_output_ends_it_after_the_idle_timeout),
		TEST(a_signal_ends_it),
		TEST(a_signal_ends_a_hold),
		TEST(a_signal_that_came_before_ends_it_at_once),
		TEST(a_signal_does_not_wait_for_a_stalled_output),
		TEST(writing_to_a_closed_pipe_is_epipe),
		TEST(a_reader_that_goes_after_the_last_byte_is_no_error),
		TEST(a_full_disk_is_enospc_and_counts_what_is_not_written),
		TEST(a_second_run_adds_to_the_result),
	};

	return RUN_TESTS(tests);
}
