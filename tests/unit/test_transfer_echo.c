// SPDX-License-Identifier: GPL-2.0-or-later
/* Transfers that send what others give them: what came (an echo), or their owner; how
 * they pause between SDUs, and who watches. */
#include "unit_test.h"

#include <limits.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include "stopped_clock.h"

/* --- watching ----------------------------------------------------------------------- */

struct watch {
	struct sdu_observer observer;
	size_t sent, received;
	int64_t sent_ms[64];
	size_t sent_lengths[64];
	unsigned char *bytes; /* that were received */
	size_t total;
};

static void watch_sent(void *owner, size_t length)
{
	struct watch *watch = owner;

	if (watch->sent < 64) {
		watch->sent_ms[watch->sent] = monotonic_ms();
		watch->sent_lengths[watch->sent] = length;
	}
	watch->sent++;
}

static void watch_received(void *owner, const unsigned char *data, size_t length)
{
	struct watch *watch = owner;

	watch->received++;
	watch->bytes = realloc(watch->bytes, watch->total + length + 1);
	assert_non_null(watch->bytes);
	memcpy(watch->bytes + watch->total, data, length);
	watch->total += length;
}

static void start_watching(struct watch *watch, struct fixture *fixture)
{
	*watch = (struct watch){.observer = {watch_sent, watch_received, watch}};
	fixture->setup.observer = &watch->observer;
}

static void every_sdu_that_goes_or_comes_is_seen(void **state)
{
	struct fixture fixture;
	struct watch watch;

	(void)state;
	fixture_open(&fixture);
	start_watching(&watch, &fixture);
	fixture.output = file_with("", 0);
	fixture.format = FORMAT_HEX; /* it sees the bytes before they become text */
	fixture.setup.send.plan.input = file_with("0123456789", 10);
	fixture.setup.send.plan.sdu_size = 4;
	fixture.setup.hold_ms = 100;
	fixture.setup.await_peer = false;
	peer_send(&fixture, "ab", 2);
	peer_send(&fixture, "", 0);
	peer_send(&fixture, "c\n", 2);
	fixture.setup.idle_ms = 1000; /* nobody takes what is sent */
	fixture_run(&fixture);
	assert_int_equal(watch.received, 3);
	assert_int_equal(watch.total, 4);
	assert_memory_equal(watch.bytes, "abc\n", 4);
	assert_int_equal(watch.sent, 3);
	assert_int_equal(watch.sent_lengths[0], 4);
	assert_int_equal(watch.sent_lengths[2], 2);
	assert_output(&fixture, "6162\n\n630a\n", 11);
	free(watch.bytes);
	fixture_close(&fixture);
}

/* --- echo --------------------------------------------------------------------------- */

static void open_echo(struct fixture *fixture)
{
	fixture_open(fixture);
	fixture->setup.send.plan = (struct sdu_plan){.queued = true, .input = -1};
	fixture->setup.echo = true;
	fixture->setup.send.plan.answers = true;
	/* Else the last echo must have had time to cross: see transfer.c. */
	fixture->setup.is_acknowledged = true;
}

enum { ECHOED = 500 };

static size_t echoed_length(size_t number)
{
	return number % 5 == 4 ? 0 : number * 37 % 900;
}

/* Sends one, takes its echo, and sends the next. */
static void *expect_echoes(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;
	unsigned char *sdu = random_bytes(900);
	unsigned char got[1000];
	int on = 1;

	/* So that an empty one and the end are not the same. */
	far_end->good = setsockopt(peer, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)) == 0;
	for (size_t i = 0; i < ECHOED && far_end->good; i++) {
		size_t length = echoed_length(i);

		sdu[0] = (unsigned char)i;
		far_end->good =
			send(peer, sdu, length, MSG_NOSIGNAL) == (ssize_t)length &&
			recv(peer, got, sizeof(got), 0) == (ssize_t)length &&
			memcmp(got, sdu, length) == 0;
	}
	free(sdu);
	fixture_close_peer(far_end->fixture);
	return NULL;
}

static void each_sdu_comes_back_as_it_was(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	open_echo(&fixture);
	far_end_start(&far_end, expect_echoes);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, ECHOED);
	assert_int_equal(fixture.result.sdus_sent, ECHOED);
	assert_int_equal(fixture.result.bytes_sent, fixture.result.bytes_received);
	fixture_close(&fixture);
}

/* Sends until the transfer takes no more, and only then takes what comes back. */
static void *flood_and_then_take(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;
	unsigned char sdu[4000] = {0};
	size_t sent = 0;
	size_t taken = 0;
	int64_t blocked_since = monotonic_ms();

	while (monotonic_ms() - blocked_since < 200 && sent < 1000) {
		memcpy(sdu, &sent, sizeof(sent));
		if (send(peer, sdu, sizeof(sdu), MSG_NOSIGNAL | MSG_DONTWAIT) > 0) {
			sent++;
			blocked_since = monotonic_ms();
		} else {
			usleep(1000);
		}
	}
	far_end->accepted = sent;
	far_end->good = true;
	for (; taken < sent && far_end->good; taken++) {
		far_end->good = recv(peer, sdu, sizeof(sdu), 0) == sizeof(sdu) &&
				memcmp(sdu, &taken, sizeof(taken)) == 0;
	}
	fixture_close_peer(far_end->fixture);
	return NULL;
}

static void a_peer_that_does_not_take_its_echoes_gets_no_more(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	open_echo(&fixture);
	fixture.read_ahead = 4 * SDU_ROOM;
	far_end_start(&far_end, flood_and_then_take);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_sent, far_end.accepted);
	/* 65 that it keeps, and what the buffers of two sockets take. */
	assert_in_range(far_end.accepted, 1, 300);
	fixture_close(&fixture);
}

static void a_peer_that_leaves_its_echoes_closes_early(void **state)
{
	static const char block[4000];
	struct fixture fixture;

	(void)state;
	open_echo(&fixture);
	fixture.setup.send.close_drops_unsent = true;
	peer_send(&fixture, block, sizeof(block));
	peer_send(&fixture, block, sizeof(block));
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_int_equal(fixture.result.end, TRANSFER_PEER_CLOSED_EARLY);
	assert_int_equal(fixture.result.sdus_received, 2);
	fixture_close(&fixture);
}

/* It may not send yet, and has no room for more. */
static void a_peer_that_closes_before_the_first_echo_is_noticed(void **state)
{
	struct fixture fixture;

	(void)state;
	open_echo(&fixture);
	fixture.read_ahead = SDU_ROOM;
	fixture.setup.send.settle_ms = 200;
	peer_send(&fixture, "first", 5);
	peer_send(&fixture, "second", 6);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_int_equal(fixture.result.end, TRANSFER_PEER_CLOSED_EARLY);
	assert_int_equal(fixture.result.sdus_received, 2);
	fixture_close(&fixture);
}

static void an_echo_that_the_channel_does_not_carry_is_an_error(void **state)
{
	struct fixture fixture;

	(void)state;
	open_echo(&fixture);
	fixture.setup.send.most_sdu = 4;
	peer_send(&fixture, "12345", 5);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_SEND_FAILED, EMSGSIZE);
	assert_int_equal(fixture.result.failed_sdu_length, 5);
	fixture_close(&fixture);
}

/* --- SDUs of the owner -------------------------------------------------------------- */

static void what_the_owner_puts_in_is_sent_until_it_says_that_it_is_all(void **state)
{
	struct event_loop loop;
	struct fixture fixture;
	int turns = 0;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan = (struct sdu_plan){.queued = true, .input = -1};
	fixture.setup.await_peer = false;
	fixture.setup.send.interval_ms = 20; /* it is not sent at once */
	output_attach(&fixture.written, -1, SDU_ROOM);
	fixture.setup.output = &fixture.written;
	assert_int_equal(event_loop_open(&loop, &fixture.interruption), 0);
	transfer_start(&fixture.transfer, &fixture.setup, &fixture.result);
	for (size_t i = 1; i <= 5; i++) {
		assert_int_equal(
			sdu_source_put(&fixture.transfer.sender.source, "12345", i), 0);
		while (fixture.result.sdus_sent < i && turns++ < 100)
			assert_int_equal(fixture_turn(&fixture, &loop), 0);
		assert_int_equal(next_length(fixture.peer), i);
		assert_false(transfer_is_finished(&fixture.transfer));
	}
	while (!sdu_sender_all_taken(&fixture.transfer.sender) && turns++ < 200)
		assert_int_equal(fixture_turn(&fixture, &loop), 0);
	/* The last is sent, too, although all was taken before. */
	assert_int_equal(sdu_source_put(&fixture.transfer.sender.source, "last", 4), 0);
	sdu_source_end(&fixture.transfer.sender.source);
	while (fixture.result.sdus_sent < 6 && turns++ < 300) {
		assert_false(transfer_is_finished(&fixture.transfer));
		assert_int_equal(fixture_turn(&fixture, &loop), 0);
	}
	assert_int_equal(next_length(fixture.peer), 4);
	while (!transfer_is_finished(&fixture.transfer) && turns++ < 300)
		assert_int_equal(fixture_turn(&fixture, &loop), 0);
	assert_end(&fixture, TRANSFER_SENT, 0);
	transfer_finish(&fixture.transfer, &loop);
	event_loop_close(&loop);
	byte_queue_free(&fixture.written.queue);
	fixture_close(&fixture);
}

/* --- the interval ------------------------------------------------------------------- */

/* Three SDUs with so much between them. */
static void open_with_interval(struct fixture *fixture, int64_t interval_ms)
{
	fixture_open(fixture);
	fixture->setup.send.interval_ms = interval_ms;
	fixture->setup.send.plan.numbered = true;
	fixture->setup.send.plan.count = 3;
	fixture->setup.send.plan.sizes = (struct sdu_sizes){6, 6, 1};
}

static void between_sdus_is_the_interval(void **state)
{
	enum { INTERVAL_MS = 150 };
	struct fixture fixture;
	struct collector collector;
	struct watch watch;

	(void)state;
	open_with_interval(&fixture, INTERVAL_MS);
	start_watching(&watch, &fixture);
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(watch.sent, 3);
	for (size_t i = 1; i < 3; i++)
		assert_true(watch.sent_ms[i] - watch.sent_ms[i - 1] >= INTERVAL_MS);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void before_the_first_and_behind_the_last_is_none(void **state)
{
	int64_t begin = monotonic_ms();
	struct fixture fixture;
	struct collector collector;

	(void)state;
	open_with_interval(&fixture, 10000);
	fixture.setup.send.plan.count = 1;
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_true(monotonic_ms() - begin < 8000);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void a_stream_pauses_between_its_sdus(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.interval_ms = 100;
	fixture.setup.send.plan.input = file_with("0123456789", 10);
	fixture.setup.send.plan.sdu_size = 4;
	assert_true(fixture.setup.send.plan.input >= 0);
	fixture_run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 3);
	assert_memory_equal(collector.bytes, "0123456789", 10);
	assert_true(fixture.result.seconds >= 0.199);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* Nor is it for a program that was held up until long after the pause. */
static void a_pause_between_sdus_is_no_idling(void **state)
{
	struct event_loop loop;
	struct fixture fixture;

	(void)state;
	open_with_interval(&fixture, 300);
	fixture.setup.idle_ms = 100;
	stopped_start(&fixture, &loop);
	for (int turn = 0; turn < 6; turn++) {
		late_turn(&fixture, &loop, turn % 2 ? 450 : 0);
		assert_int_equal(fixture.result.sdus_sent, turn / 2 + 1);
	}
	assert_int_equal(fixture.transfer.phase, TRANSFER_MOVING);
	stopped_finish(&fixture, &loop);
}

static void behind_the_last_sdu_the_interval_is_no_excuse(void **state)
{
	struct fixture fixture;

	(void)state;
	open_with_interval(&fixture, 10000);
	fixture.setup.send.plan.count = 1;
	fixture.setup.idle_ms = 200;
	assert_in_range(fixture_run(&fixture), 200, 8000);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	fixture_close(&fixture);
}

static void an_interval_does_not_spin(void **state)
{
	struct event_loop loop;
	struct fixture fixture;
	int turns = 0;

	(void)state;
	open_with_interval(&fixture, 200);
	output_attach(&fixture.written, -1, SDU_ROOM);
	fixture.setup.output = &fixture.written;
	assert_int_equal(event_loop_open(&loop, &fixture.interruption), 0);
	transfer_start(&fixture.transfer, &fixture.setup, &fixture.result);
	while (fixture.result.sdus_sent < 3) {
		assert_int_equal(fixture_turn(&fixture, &loop), 0);
		assert_true(turns++ < 50);
	}
	transfer_finish(&fixture.transfer, &loop);
	event_loop_close(&loop);
	byte_queue_free(&fixture.written.queue);
	fixture_close(&fixture);
}

/* Else it waits for the SDU's time, which is over, or for nothing at all. */
static void an_sdu_that_becomes_due_in_between_is_not_forgotten(void **state)
{
	(void)state;
	for (int looks = 0; looks < 10; looks++) {
		struct event_loop loop;
		struct fixture fixture;
		int64_t wait_ms;

		open_with_interval(&fixture, 200);
		output_attach(&fixture.written, -1, SDU_ROOM);
		fixture.setup.output = &fixture.written;
		assert_int_equal(event_loop_open(&loop, &fixture.interruption), 0);
		transfer_start(&fixture.transfer, &fixture.setup, &fixture.result);
		while (fixture.result.sdus_sent < 1)
			assert_int_equal(fixture_turn(&fixture, &loop), 0);
		stopped_clock.now_ms = fixture.transfer.sender.next_sdu_ms - 1;
		stopped_clock.left = looks;
		wait_ms = transfer_prepare(&fixture.transfer, &loop);
		assert_true((fixture.transfer.socket.wanted & EPOLLOUT) || wait_ms <= 1);
		stopped_clock.now_ms = 0;
		transfer_finish(&fixture.transfer, &loop);
		event_loop_close(&loop);
		byte_queue_free(&fixture.written.queue);
		fixture_close(&fixture);
	}
}

/* A process may be held up between its looks at the clock: found by
 * tests/lab/holdups.bats, as a server that never closed. */
static void a_time_to_close_that_comes_between_two_looks_is_not_missed(void **state)
{
	struct fixture fixture;
	struct event_loop loop;

	(void)state;
	fixture_open(&fixture);
	fixture.setup.await_peer = false;
	fixture.setup.hold_ms = 1000;
	fixture.setup.output = &fixture.written;
	output_attach(&fixture.written, -1, SDU_ROOM);
	assert_int_equal(event_loop_open(&loop, fixture.setup.interruption), 0);
	stopped_clock.now_ms = __real_monotonic_ms();
	stopped_clock.left = 1000000;
	transfer_start(&fixture.transfer, &fixture.setup, &fixture.result);
	transfer_serve(&fixture.transfer);
	assert_true(transfer_prepare(&fixture.transfer, &loop) > 0);
	stopped_clock.now_ms += 2000;
	assert_int_equal(transfer_prepare(&fixture.transfer, &loop), 0);
	transfer_serve(&fixture.transfer);
	assert_true(transfer_is_finished(&fixture.transfer));
	stopped_clock.now_ms = 0;
	transfer_finish(&fixture.transfer, &loop);
	assert_int_equal(fixture.result.end, TRANSFER_SENT);
	event_loop_close(&loop);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(every_sdu_that_goes_or_comes_is_seen),
		TEST(each_sdu_comes_back_as_it_was),
		TEST(a_peer_that_does_not_take_its_echoes_gets_no_more),
		TEST(a_peer_that_leaves_its_echoes_closes_early),
		TEST(a_peer_that_closes_before_the_first_echo_is_noticed),
		TEST(an_echo_that_the_channel_does_not_carry_is_an_error),
		TEST(what_the_owner_puts_in_is_sent_until_it_says_that_it_is_all),
		TEST(a_time_to_close_that_comes_between_two_looks_is_not_missed),
		TEST(between_sdus_is_the_interval),
		TEST(before_the_first_and_behind_the_last_is_none),
		TEST(a_stream_pauses_between_its_sdus),
		TEST(a_pause_between_sdus_is_no_idling),
		TEST(behind_the_last_sdu_the_interval_is_no_excuse),
		TEST(an_interval_does_not_spin),
		TEST(an_sdu_that_becomes_due_in_between_is_not_forgotten),
	};

	return RUN_TESTS(tests);
}
