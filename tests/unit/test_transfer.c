// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "transfer_fixture.h"

/* A pipe as the transfer's input or output; returns the test's end. */
static int pipe_to_input(struct fixture *fixture)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fixture->options.input = ends[0];
	return ends[1];
}

static int pipe_from_output(struct fixture *fixture)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fixture->output = ends[1];
	return ends[0];
}

static void assert_end(const struct fixture *fixture, enum transfer_end end, int error)
{
	assert_int_equal(fixture->result.end, end);
	assert_int_equal(fixture->result.error, error);
}

static void assert_output(const struct fixture *fixture, const void *bytes, size_t length)
{
	size_t written;
	unsigned char *contents = file_contents(fixture->output, &written);

	assert_int_equal(written, length);
	assert_memory_equal(contents, bytes, length);
	free(contents);
}

/* Runs the transfer with a peer that takes all, and closes the transfer's end. */
static void run_and_collect(struct fixture *fixture, struct collector *collector)
{
	fixture->options.await_peer = false;
	collector_start(collector, fixture->peer);
	fixture_run(fixture);
	shutdown(fixture->options.socket, SHUT_RDWR);
	collector_join(collector);
}

/* --- sending ------------------------------------------------------------------------ */

static void a_message_is_one_sdu_of_exactly_its_bytes(void **state)
{
	static const char message[] = "hello!!\n\0\xff tail";
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.options.message = message;
	fixture.options.message_length = sizeof(message);
	fixture.options.sdu_size = 3; /* is for streams */
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	assert_int_equal(fixture.result.bytes_sent, sizeof(message));
	assert_int_equal(collector.count, 1);
	assert_int_equal(collector.total, sizeof(message));
	assert_memory_equal(collector.bytes, message, sizeof(message));
	collector_free(&collector);
	fixture_close(&fixture);
}

static void an_empty_message_is_one_empty_sdu(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.options.message = "";
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	assert_int_equal(fixture.result.bytes_sent, 0);
	assert_int_equal(collector.count, 1);
	assert_int_equal(collector.lengths[0], 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* With a MESSAGE the input is left alone. */
static void a_message_is_sent_in_place_of_the_input(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "m");
	fixture.options.input = file_with("input", 5);
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	assert_memory_equal(collector.bytes, "m", 1);
	assert_int_equal(lseek(fixture.options.input, 0, SEEK_CUR), 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void check_cutting(size_t length, size_t sdu_size, bool fill_sdus)
{
	unsigned char *bytes = random_bytes(length);
	size_t count = (length + sdu_size - 1) / sdu_size;
	struct fixture fixture;
	struct collector collector;

	fixture_open(&fixture);
	fixture.options.input = file_with(bytes, length);
	fixture.options.sdu_size = sdu_size;
	fixture.options.fill_sdus = fill_sdus;
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, count);
	assert_int_equal(collector.total, length);
	assert_memory_equal(collector.bytes, bytes, length);
	for (size_t i = 0; i + 1 < count; i++)
		assert_int_equal(collector.lengths[i], sdu_size);
	assert_int_equal(fixture.result.sdus_sent, count);
	assert_int_equal(fixture.result.bytes_sent, length);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void a_file_is_cut_into_full_sdus_of_which_the_last_may_be_shorter(void **state)
{
	static const size_t sizes[] = {1, 2, 47, 672, 4096, 65531, 65535, 65536};

	(void)state;
	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		size_t size = sizes[i];
		/* About the size, about the block that is read at once, and many. */
		size_t lengths[] = {0,
				    1,
				    size - 1,
				    size,
				    size + 1,
				    5 * size,
				    5 * size + 1,
				    65535,
				    65536,
				    65537,
				    size > 40 ? 300007 : 2000};

		for (size_t k = 0; k < COUNT_OF(lengths); k++) {
			check_cutting(lengths[k], size, false);
			check_cutting(lengths[k], size, true);
		}
	}
}

static void an_empty_input_sends_nothing(void **state)
{
	struct fixture fixture;
	struct collector collector;

	(void)state;
	fixture_open(&fixture);
	fixture.options.input = open("/dev/null", O_RDONLY | O_CLOEXEC);
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 0);
	assert_int_equal(fixture.result.sdus_sent, 0);
	collector_free(&collector);
	fixture_close(&fixture);
}

/* The other ends of input, output and socket, in a thread of their own. */
struct far_end {
	pthread_t thread;
	struct fixture *fixture;
	int input;  /* write here what is to be sent */
	int output; /* read here what was received */
	bool good;
	size_t lengths[8]; /* of SDUs that came */
	size_t accepted;   /* bytes that were sent */
	unsigned char *bytes;
	size_t length;
	pthread_t transfer_thread;
};

static void far_end_start(struct far_end *far_end, void *(*run)(void *))
{
	far_end->transfer_thread = pthread_self();
	assert_int_equal(pthread_create(&far_end->thread, NULL, run, far_end), 0);
}

static void far_end_join(struct far_end *far_end)
{
	assert_int_equal(pthread_join(far_end->thread, NULL), 0);
	assert_true(far_end->good);
}

/* The length of the next SDU at the peer, -1 after two seconds without any. */
static ssize_t next_length(int fd)
{
	struct pollfd descriptor = {.fd = fd, .events = POLLIN};
	char room[64];

	return poll(&descriptor, 1, 2000) > 0 ? recv(fd, room, sizeof(room), MSG_DONTWAIT)
					      : -1;
}

/* Sends an SDU to the transfer and waits until it has come out of its output: the
 * transfer has then looked at all that was before. */
static bool ping(const struct far_end *far_end)
{
	char byte;

	return send(far_end->fixture->peer, "!", 1, MSG_NOSIGNAL) == 1 &&
	       read_exactly(far_end->output, &byte, 1) && byte == '!';
}

static void *write_with_a_pause_that_an_sdu_ends(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	far_end->good = write(far_end->input, "abc", 3) == 3 && next_length(peer) == 3 &&
			write(far_end->input, "defghijklm", 10) == 10 &&
			next_length(peer) == 8 && next_length(peer) == 2 &&
			write(far_end->input, "n", 1) == 1 && next_length(peer) == 1;
	close(far_end->input);
	return NULL;
}

static void a_pause_of_the_input_sends_what_is_there(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.options.sdu_size = 8;
	fixture.options.await_peer = false;
	far_end.input = pipe_to_input(&fixture);
	far_end_start(&far_end, write_with_a_pause_that_an_sdu_ends);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 4);
	assert_int_equal(fixture.result.bytes_sent, 14);
	fixture_close(&fixture);
}

static void *write_with_a_pause_that_no_sdu_ends(void *data)
{
	struct far_end *far_end = data;
	int peer = far_end->fixture->peer;

	far_end->good = write(far_end->input, "abc", 3) == 3 &&
			wait_until_read(far_end->fixture->options.input) &&
			ping(far_end) && ping(far_end) &&
			write(far_end->input, "defghijk", 8) == 8 &&
			wait_until_read(far_end->fixture->options.input) &&
			ping(far_end) && ping(far_end);
	close(far_end->input);
	far_end->good = far_end->good && next_length(peer) == 8 && next_length(peer) == 3;
	return NULL;
}

static void a_pause_of_the_input_sends_no_short_sdu_when_full_ones_are_wanted(
	void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.options.sdu_size = 8;
	fixture.options.fill_sdus = true;
	fixture.options.await_peer = false;
	far_end.input = pipe_to_input(&fixture);
	far_end.output = pipe_from_output(&fixture);
	far_end_start(&far_end, write_with_a_pause_that_no_sdu_ends);
	fixture_run(&fixture);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(fixture.result.sdus_sent, 2);
	close(far_end.output);
	fixture_close(&fixture);
}

/* Trap T9: that send() took it says nothing. */
static void what_the_peer_has_not_taken_is_not_sent(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "hello");
	fixture.options.await_peer = false;
	fixture.options.idle_ms = 100;
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	assert_int_equal(fixture.result.sdus_sent, 1);
	fixture_close(&fixture);
}

static void a_stream_crosses_a_small_send_buffer(void **state)
{
	enum { LENGTH = 3 << 20 };
	unsigned char *bytes = random_bytes(LENGTH);
	struct fixture fixture;
	struct collector collector;
	int small = 4096;

	(void)state;
	fixture_open(&fixture);
	assert_int_equal(setsockopt(fixture.options.socket, SOL_SOCKET, SO_SNDBUF, &small,
				    sizeof(small)),
			 0);
	fixture.options.input = file_with(bytes, LENGTH);
	run_and_collect(&fixture, &collector);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.total, LENGTH);
	assert_memory_equal(collector.bytes, bytes, LENGTH);
	assert_int_equal(collector.count, (LENGTH + 671) / 672);
	free(bytes);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void nothing_to_send_or_to_await_ends_at_once(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.options.await_peer = false;
	assert_true(fixture_run(&fixture) < LONG_MS / 2);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_true(fixture.result.seconds >= 0.0 && fixture.result.seconds <= 0.0);
	fixture_close(&fixture);
}

static void nothing_is_sent_before_the_channel_has_settled(void **state)
{
	struct fixture fixture;
	struct collector collector;
	int64_t begin;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "x");
	fixture.options.settle_ms = 200;
	begin = monotonic_ms();
	run_and_collect(&fixture, &collector);
	assert_true(monotonic_ms() - begin >= 200);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void hold_keeps_the_channel_open(void **state)
{
	struct fixture fixture;
	struct collector collector;
	int64_t begin;

	(void)state;
	fixture_open(&fixture);
	fixture_say(&fixture, "x");
	fixture.options.hold_ms = 200;
	begin = monotonic_ms();
	run_and_collect(&fixture, &collector);
	assert_true(monotonic_ms() - begin >= 200);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_int_equal(collector.count, 1);
	collector_free(&collector);
	fixture_close(&fixture);
}

static void what_arrives_during_the_hold_is_printed(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.options.await_peer = false;
	fixture.options.hold_ms = 100;
	fixture.output = file_with("", 0);
	peer_send(&fixture, "while held", 10);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_SENT, 0);
	assert_output(&fixture, "while held", 10);
	fixture_close(&fixture);
}

static void the_idle_timeout_does_not_count_the_hold(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.options.await_peer = false;
	fixture.options.hold_ms = 300;
	fixture.options.idle_ms = 100;
	assert_true(fixture_run(&fixture) >= 300);
	assert_end(&fixture, TRANSFER_SENT, 0);
	fixture_close(&fixture);
}

/* --- receiving ---------------------------------------------------------------------- */

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
	fixture.options.input = file_with(bytes, LENGTH);
	fixture.output = file_with("", 0);
	fixture.options.sdu_size = 5000;
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

/* --- how it ends -------------------------------------------------------------------- */

static void a_receiver_goes_on_until_the_peer_closes(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.options.idle_ms = 150;
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
		fixture.options.await_peer = await_peer;
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

static void a_peer_that_closes_during_the_hold_closed_early(void **state)
{
	struct fixture fixture;

	(void)state;
	fixture_open(&fixture);
	fixture.options.await_peer = false;
	fixture.options.hold_ms = LONG_MS;
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
	fixture.options.idle_ms = 200;
	assert_true(fixture_run(&fixture) >= 200);
	assert_end(&fixture, TRANSFER_IDLE, 0);
	fixture_close(&fixture);
}

static void *send_now_and_then(void *data)
{
	struct far_end *far_end = data;

	far_end->good = true;
	for (int i = 0; i < 8; i++) {
		usleep(160000);
		far_end->good = far_end->good &&
				send(far_end->fixture->peer, "x", 1, MSG_NOSIGNAL) == 1;
	}
	close(far_end->fixture->peer);
	far_end->fixture->peer = -1;
	return NULL;
}

static void each_sdu_starts_the_idle_time_anew(void **state)
{
	struct fixture fixture;
	struct far_end far_end = {.fixture = &fixture};

	(void)state;
	fixture_open(&fixture);
	fixture.options.idle_ms = 1000;
	far_end_start(&far_end, send_now_and_then);
	assert_true(fixture_run(&fixture) > 1000);
	far_end_join(&far_end);
	assert_end(&fixture, TRANSFER_PEER_CLOSED, 0);
	fixture_close(&fixture);
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
	fixture.options.idle_ms = 200;
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
	fixture.options.idle_ms = WAIT_FOREVER;
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
	fixture.options.await_peer = false;
	fixture.options.hold_ms = LONG_MS;
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
	fixture.options.await_peer = false;
	fixture.options.hold_ms = 50;
	peer_send(&fixture, "first ", 6);
	fixture_run(&fixture);
	assert_end(&fixture, TRANSFER_SENT, 0);
	peer_send(&fixture, "second", 6);
	fixture_close_peer(&fixture);
	fixture.options.await_peer = true;
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
		TEST(a_message_is_one_sdu_of_exactly_its_bytes),
		TEST(an_empty_message_is_one_empty_sdu),
		TEST(a_message_is_sent_in_place_of_the_input),
		TEST(a_file_is_cut_into_full_sdus_of_which_the_last_may_be_shorter),
		TEST(an_empty_input_sends_nothing),
		TEST(a_pause_of_the_input_sends_what_is_there),
		TEST(a_pause_of_the_input_sends_no_short_sdu_when_full_ones_are_wanted),
		TEST(what_the_peer_has_not_taken_is_not_sent),
		TEST(a_stream_crosses_a_small_send_buffer),
		TEST(nothing_to_send_or_to_await_ends_at_once),
		TEST(nothing_is_sent_before_the_channel_has_settled),
		TEST(hold_keeps_the_channel_open),
		TEST(what_arrives_during_the_hold_is_printed),
		TEST(the_idle_timeout_does_not_count_the_hold),
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
		TEST(a_receiver_goes_on_until_the_peer_closes),
		TEST(a_sender_that_awaits_the_peer_prints_its_answer),
		TEST(a_peer_that_closes_while_input_may_come_closed_early),
		TEST(a_peer_that_closes_without_taking_the_message_closed_early),
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
