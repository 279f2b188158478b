// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

static void received_sdus_are_written_byte_for_byte(void **state)
{
	static const char binary[] = "\0\n\xff\r\0tail";
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	peer_send(&fixture, "hello!!", 7);
	peer_send(&fixture, binary, sizeof(binary));
	peer_send(&fixture, "\n", 1);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, 3);
	assert_int_equal(fixture.result.bytes_received, 8 + sizeof(binary));
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	assert_output(&fixture, "hello!!\0\n\xff\r\0tail\0\n", 8 + sizeof(binary));
	fixture_close(&fixture);
}

static void *send_empty_sdus(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	/* Each is read while the channel is up, alone and in a row. */
	far_end->good = ping(far_end);
	for (int i = 0; i < 5; i++)
		far_end->good = far_end->good && send(peer, "", 0, MSG_NOSIGNAL) == 0 &&
				wait_until_taken(peer);
	far_end->good = far_end->good && ping(far_end);
	for (int i = 0; i < 5; i++)
		far_end->good = far_end->good && send(peer, "", 0, MSG_NOSIGNAL) == 0;
	far_end->good = far_end->good && ping(far_end);
	close(peer);
	far_end->fixture->peer = -1;
	return NULL;
}

static void an_empty_sdu_is_data_while_the_channel_is_up(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, send_empty_sdus);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, 13);
	assert_int_equal(fixture.result.bytes_received, 3);
	close(far_end.output);
	fixture_close(&fixture);
}

static void empty_sdus_that_are_queued_at_the_close_are_counted(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	for (int i = 0; i < 100; i++)
		peer_send(&fixture, "", 0);
	peer_send(&fixture, "end", 3);
	peer_send(&fixture, "", 0);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, 102);
	assert_output(&fixture, "end", 3);
	fixture_close(&fixture);
}

static void what_is_queued_at_the_close_is_read_to_the_end(void **state)
{
	struct fixture fixture;

	(void)state;
	/* About the SDUs that are read in one turn of the loop. */
	for (unsigned int count = 0; count < 200; count++) {
		fixture_open(&fixture);
		fixture.output = file_with("", 0);
		for (unsigned int i = 0; i < count; i++)
			peer_send(&fixture, &i, sizeof(i));
		fixture_close_peer(&fixture);
		fixture_run(&fixture);
		assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
		assert_int_equal(fixture.result.sdus_received, count);
		for (unsigned int i = 0; i < count; i++) {
			unsigned int written;

			assert_int_equal(pread(fixture.output, &written, sizeof(written),
					       i * sizeof(i)),
					 sizeof(written));
			assert_int_equal(written, i);
		}
		fixture_close(&fixture);
	}
}

static void on_a_terminal_each_sdu_ends_its_line(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	fixture.separate_sdus = true;
	peer_send(&fixture, "a", 1);
	peer_send(&fixture, "b\n", 2);
	peer_send(&fixture, "", 0);
	peer_send(&fixture, "\n", 1);
	peer_send(&fixture, "c\nd", 3);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_output(&fixture, "a\nb\n\n\nc\nd\n", 10);
	assert_int_equal(fixture.result.bytes_received, 7);
	fixture_close(&fixture);
}

static void without_an_output_what_comes_is_counted(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	peer_send(&fixture, "abc", 3);
	peer_send(&fixture, "de", 2);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.sdus_received, 2);
	assert_int_equal(fixture.result.bytes_received, 5);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	fixture_close(&fixture);
}

static void check_long_sdu(size_t length, bool separate, enum transfer_end end)
{
	unsigned char *bytes = random_bytes(length);
	size_t kept = length < SDU_ROOM ? length : SDU_ROOM;
	struct fixture fixture;

	fixture_open(&fixture);
	fixture.output = file_with("", 0);
	fixture.separate_sdus = separate;
	fixture.read_ahead = SDU_ROOM;
	bytes[kept - 1] = 'x';
	peer_send(&fixture, bytes, length);
	fixture_close_peer(&fixture);
	fixture_run(&fixture);
	bytes[kept] = '\n';
	assert_end(&fixture, end, 0);
	assert_output(&fixture, bytes, kept + separate);
	free(bytes);
	fixture_close(&fixture);
}

static void an_sdu_that_fills_the_room_is_whole(void **state)
{
	(void)state;
	check_long_sdu(65535, false, TRANSFER_PEER_CLOSED);
	check_long_sdu(SDU_ROOM, false, TRANSFER_PEER_CLOSED);
	check_long_sdu(SDU_ROOM, true, TRANSFER_PEER_CLOSED);
}

static void an_sdu_beyond_the_room_is_told_as_truncated(void **state)
{
	(void)state;
	check_long_sdu(SDU_ROOM + 1, false, TRANSFER_TRUNCATED);
	check_long_sdu(100000, true, TRANSFER_TRUNCATED);
}

/* Sends far_end->bytes in SDUs of 1000 bytes and waits until the transfer has taken
 * them all, with nobody reading its output; only then reads that. */
static void *send_to_a_stalled_output(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;
	unsigned char *copy = malloc(far_end->length);

	far_end->good = copy;
	for (size_t i = 0; i < far_end->length; i += 1000)
		far_end->good = far_end->good && send(peer, far_end->bytes + i, 1000,
						      MSG_NOSIGNAL) == 1000;
	far_end->good = far_end->good && wait_until_taken(peer);
	close(peer);
	far_end->fixture->peer = -1;
	far_end->good = far_end->good &&
			read_exactly(far_end->output, copy, far_end->length) &&
			memcmp(copy, far_end->bytes, far_end->length) == 0;
	free(copy);
	return NULL;
}

static void a_stalled_output_does_not_stop_the_reading(void **state)
{
	enum { LENGTH = 2000000 };
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture, .length = LENGTH};

	(void)state;
	fixture_open(&fixture);
	far_end.bytes = random_bytes(LENGTH);
	far_end.output = pipe_from_output(&fixture);
	fixture.read_ahead = 3 << 20;
	far_end_start(&far_end, send_to_a_stalled_output);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.bytes_received, LENGTH);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	free(far_end.bytes);
	close(far_end.output);
	fixture_close(&fixture);
}

/* Sends until no more is taken for a while, closes, and only then reads. */
static void *send_until_nothing_is_taken(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;
	struct pollfd descriptor = {.fd = peer, .events = POLLOUT};
	unsigned char *copy = malloc(far_end->length);

	far_end->good = copy;
	while (far_end->accepted < far_end->length && poll(&descriptor, 1, 300) > 0) {
		if (send(peer, far_end->bytes + far_end->accepted, 8000,
			 MSG_DONTWAIT | MSG_NOSIGNAL) == 8000)
			far_end->accepted += 8000;
	}
	close(peer);
	far_end->fixture->peer = -1;
	far_end->good = far_end->good &&
			read_exactly(far_end->output, copy, far_end->accepted) &&
			memcmp(copy, far_end->bytes, far_end->accepted) == 0;
	free(copy);
	return NULL;
}

static void a_full_read_ahead_stops_the_reading_and_loses_nothing(void **state)
{
	enum { LENGTH = 8000000, READ_AHEAD = 4 * SDU_ROOM };
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture, .length = LENGTH};
	int small = 16384;

	(void)state;
	fixture_open(&fixture);
	far_end.bytes = random_bytes(LENGTH);
	far_end.output = pipe_from_output(&fixture);
	fixture.read_ahead = READ_AHEAD;
	assert_int_equal(
		setsockopt(fixture.peer, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)),
		0);
	far_end_start(&far_end, send_until_nothing_is_taken);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	/* read_ahead is used up to the room that one more SDU may need; a pipe's 64 KiB
	 * and the socket's own buffer come on top. */
	assert_true(far_end.accepted >= READ_AHEAD - SDU_ROOM);
	assert_true(far_end.accepted <= READ_AHEAD + 65536 + 2 * 16384);
	assert_int_equal(fixture.result.bytes_received, far_end.accepted);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	free(far_end.bytes);
	close(far_end.output);
	fixture_close(&fixture);
}

/* Gives everything back until far_end->length bytes went round, then closes. */
static void *echo(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;
	unsigned char *room = malloc(SDU_ROOM);
	size_t total = 0;

	far_end->good = room;
	while (far_end->good && total < far_end->length) {
		ssize_t length = recv(peer, room, SDU_ROOM, 0);

		far_end->good = length > 0 &&
				send(peer, room, (size_t)length, MSG_NOSIGNAL) == length;
		total += (size_t)length;
	}
	free(room);
	/* When the second of two SDUs has been written, the transfer has looked whether
	 * all was taken. */
	for (size_t i = 1; i <= 2; i++)
		far_end->good =
			far_end->good && send(peer, "!", 1, MSG_NOSIGNAL) == 1 &&
			wait_until_size(far_end->fixture->output, far_end->length + i);
	close(peer);
	far_end->fixture->peer = -1;
	return NULL;
}

static void both_directions_flow_at_once(void **state)
{
	enum { LENGTH = 2 << 20 };
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture, .length = LENGTH};
	unsigned char *bytes = random_bytes(LENGTH + 2);

	(void)state;
	fixture_open(&fixture);
	fixture.setup.send.plan.input = file_with(bytes, LENGTH);
	fixture.output = file_with("", 0);
	fixture.setup.send.plan.sdu_size = 5000;
	far_end_start(&far_end, echo);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	assert_int_equal(fixture.result.bytes_sent, LENGTH);
	assert_int_equal(fixture.result.bytes_received, LENGTH + 2);
	memcpy(bytes + LENGTH, "!!", 2);
	assert_output(&fixture, bytes, LENGTH + 2);
	free(bytes);
	fixture_close(&fixture);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(received_sdus_are_written_byte_for_byte),
		TEST(an_empty_sdu_is_data_while_the_channel_is_up),
		TEST(empty_sdus_that_are_queued_at_the_close_are_counted),
		TEST(what_is_queued_at_the_close_is_read_to_the_end),
		TEST(on_a_terminal_each_sdu_ends_its_line),
		TEST(without_an_output_what_comes_is_counted),
		TEST(an_sdu_that_fills_the_room_is_whole),
		TEST(an_sdu_beyond_the_room_is_told_as_truncated),
		TEST(a_stalled_output_does_not_stop_the_reading),
		TEST(a_full_read_ahead_stops_the_reading_and_loses_nothing),
		TEST(both_directions_flow_at_once),
	};

	return RUN_TESTS(tests);
}
