// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* What the end of a session means. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "caught_error.h"
#include "session_fixture.h"
#include "transfer_fixture.h"

/* --- sending ------------------------------------------------------------------------ */

static void no_response_in_time_is_status_4(void **state)
{
	struct scene scene;
	int64_t begin = monotonic_ms();

	(void)state;
	open_sender(&scene);
	scene.config.idle_timeout_ms = 1000;
	start_peer(&scene, take_all_and_say_nothing);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "the end was not confirmed");
	assert_in_range(monotonic_ms() - begin, 1000, 2500);
	assert_told(
		"prog: no confirmation that the peer received everything: The peer does not answer");
	/* What is to be awaited is awaited in one go. */
	assert_true(kernel.waits < 100);
	join_peer(&scene);
	close_scene(&scene);
}

/* What is queued on the socket is no reason to look again and again. */
static void awaiting_the_response_does_not_spin(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.config.idle_timeout_ms = 1000;
	scene.setup.output = &scene.output;
	start_peer(&scene, take_all_and_say_nothing);
	for (int i = 0; i < 50; i++)
		send_sdu(&scene, "unread");
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "the end was not confirmed");
	assert_true(kernel.waits < 100);
	assert_int_equal(scene.result.sdus_received, 50);
	join_peer(&scene);
	close_scene(&scene);
}

/* Otherwise the client would connect again, and send all a second time. */
static void only_a_peer_that_closes_before_anything_was_sent_sends_away(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	scene.channel.mode = L2CAP_MODE_STREAMING;
	start_peer(&scene, take_all_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was delivered");
	join_peer(&scene);
	assert_false(scene.result.sent_away);
	close_scene(&scene);

	open_sender(&scene);
	scene.channel.mode = L2CAP_MODE_ERTM;
	close_peer(&scene);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "closed early by the peer");
	assert_int_equal(scene.result.sdus_sent, 0);
	assert_true(scene.result.sent_away);
	close_scene(&scene);
}

static void what_comes_until_the_peer_confirms_is_written(void **state)
{
	struct scene scene;
	size_t length;
	unsigned char *contents;

	(void)state;
	open_sender(&scene);
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_OK, "all was delivered");
	join_peer(&scene);
	contents = file_contents(scene.output.fd, &length);
	assert_int_equal(length, 400);
	free(contents);
	assert_int_equal(scene.result.sdus_received, 100);
	close_scene(&scene);
}

/* --- receiving ---------------------------------------------------------------------- */

/* --- lost data ---------------------------------------------------------------------- */

static void dropped_sdus_are_status_5_and_the_peer_is_reported(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	kernel.dropped = 2;
	send_sdu(&scene, "hello");
	start_peer(&scene, take_all_and_say_nothing);
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost");
	assert_told("prog: 2 SDUs were lost: the receive buffer was full\nprog: hint: ");
	assert_printed(&scene, "hello");
	join_peer(&scene);
	assert_true(scene.saw_end);
	close_scene(&scene);
}

static void an_sdu_that_is_dropped_before_the_close_is_status_5(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, -1);
	kernel.dropped = 1;
	send_sdu(&scene, "hello");
	close_peer(&scene);
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost");
	assert_told("prog: 1 SDU was lost: the receive buffer was full\n");
	assert_printed(&scene, "hello");
	close_scene(&scene);
}

/* Such as what came while the response was awaited. */
static void an_sdu_that_is_dropped_at_the_end_is_status_5(void **state)
{
	struct scene scene;

	(void)state;
	open_sender(&scene);
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	kernel.dropped = 1;
	/* None during the transfer, however often it looks. */
	kernel.dropped_after = 0;
	scene.channel.mode = L2CAP_MODE_ERTM;
	expect_outcome(&scene, STATUS_OK, "all was delivered");
	join_peer(&scene);
	close_scene(&scene);
	open_sender(&scene);
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	kernel.dropped = 1;
	expect_outcome(&scene, STATUS_DATA_LOST, "data was lost");
	join_peer(&scene);
	close_scene(&scene);
}

static void an_output_that_fails_in_the_tail_is_status_1(void **state)
{
	struct scene scene;

	(void)state;
	open_scene(&scene, open("/dev/full", O_WRONLY | O_CLOEXEC));
	scene.config.message = "hello!!";
	scene.setup.ends_with_peer = false;
	start_peer(&scene, take_all_send_a_tail_and_confirm);
	expect_outcome(&scene, STATUS_LOCAL_FAILURE, "the output failed");
	join_peer(&scene);
	close_scene(&scene);
}

/* --- signals ------------------------------------------------------------------------ */

static void a_signal_ends_the_wait_for_the_response(void **state)
{
	int64_t begin = monotonic_ms();
	struct scene scene;

	(void)state;
	open_sender(&scene);
	take_signals(&scene);
	start_peer(&scene, take_all_and_signal);
	expect_outcome(&scene, STATUS_CONNECTION_LOST, "interrupted");
	assert_true(monotonic_ms() - begin < 2000);
	join_peer(&scene);
	close_scene(&scene);
}

/* The peer has confirmed, but what it sent is not written: a file must not pass for
 * whole. */
static void a_signal_while_the_tail_is_written_is_not_a_success(void **state)
{
	static const char block[4096];
	struct scene scene;
	int ends[2];

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	assert_int_equal(write(ends[1], block, sizeof(block)), sizeof(block));
	open_scene(&scene, ends[1]);
	scene.config.message = "hello!!";
	scene.setup.ends_with_peer = false;
	take_signals(&scene);
	start_peer(&scene, take_all_send_a_tail_confirm_and_signal);
	assert_int_not_equal(run_and_catch(&scene), STATUS_OK);
	assert_told("prog: 400 bytes that were received are not written\n");
	assert_told("; interrupted\n");
	join_peer(&scene);
	close(ends[0]);
	close_scene(&scene);
}

/* --- many at once ------------------------------------------------------------------- */

static void a_session_whose_peer_is_silent_does_not_stop_another(void **state)
{
	int64_t begin = monotonic_ms();
	struct event_loop loop;
	struct scene silent;
	struct scene other;
	struct session *still, *moving;

	(void)state;
	open_sender(&silent);
	open_sender(&other);
	silent.report.verbosity = other.report.verbosity = VERBOSITY_QUIET;
	assert_int_equal(event_loop_open(&loop, &other.interruption), 0);
	start_peer(&other, take_all_and_confirm);
	still = session_start(&silent.setup);
	moving = session_start(&other.setup);
	while (!session_is_over(moving)) {
		int64_t wait_ms = session_prepare(still, &loop);
		int64_t other_ms = session_prepare(moving, &loop);

		assert_int_equal(
			event_loop_wait(&loop, wait_ms < other_ms ? wait_ms : other_ms),
			0);
		session_serve(still, &loop);
		session_serve(moving, &loop);
	}
	assert_true(monotonic_ms() - begin < 2000);
	assert_int_equal(session_finish(moving), STATUS_OK);
	assert_false(session_is_over(still));
	join_peer(&other);
	silent.signal = SIGINT;
	catch_error();
	while (!session_is_over(still)) {
		assert_int_equal(event_loop_wait(&loop, session_prepare(still, &loop)),
				 0);
		session_serve(still, &loop);
	}
	assert_int_equal(session_finish(still), STATUS_CONNECTION_LOST);
	read_error();
	event_loop_close(&loop);
	session_free(still);
	session_free(moving);
	close_scene(&silent);
	close_scene(&other);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(no_response_in_time_is_status_4),
		TEST(awaiting_the_response_does_not_spin),
		TEST(only_a_peer_that_closes_before_anything_was_sent_sends_away),
		TEST(what_comes_until_the_peer_confirms_is_written),
		TEST(dropped_sdus_are_status_5_and_the_peer_is_reported),
		TEST(an_sdu_that_is_dropped_before_the_close_is_status_5),
		TEST(an_sdu_that_is_dropped_at_the_end_is_status_5),
		TEST(an_output_that_fails_in_the_tail_is_status_1),
		TEST(a_signal_ends_the_wait_for_the_response),
		TEST(a_signal_while_the_tail_is_written_is_not_a_success),
		TEST(a_session_whose_peer_is_silent_does_not_stop_another),
	};

	return RUN_TESTS(tests);
}
