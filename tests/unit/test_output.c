// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* The queue in front of an output, and transfers that share one. */
#include "unit_test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>

#include "transfer/output.h"
#include "transfer_fixture.h"

static void put(struct output *output, const void *bytes, size_t length)
{
	unsigned int count;
	unsigned char *room = output_reserve(output, SDU_ROOM, &count);

	assert_non_null(room);
	memcpy(room, bytes, length);
	output_put(output, room, length);
}

static void put_half(struct output *output)
{
	unsigned int count;

	output_put(output, output_reserve(output, SDU_ROOM, &count), SDU_ROOM / 2);
}

/* Waits for the output alone, WAIT_MS at most, and writes. */
static void turn(struct output *output, struct event_loop *loop, int64_t wait_ms)
{
	assert_int_equal(output_prepare(output, loop), 0);
	assert_int_equal(event_loop_wait(loop, wait_ms), 0);
	output_serve(output);
}

static volatile sig_atomic_t no_signal;
static struct interruption interruption = {.signal = &no_signal};

static void open_loop(struct event_loop *loop)
{
	assert_int_equal(event_loop_open(loop, &interruption), 0);
}

static void release(struct output *output, struct event_loop *loop)
{
	event_source_want(loop, &output->source, 0);
	byte_queue_free(&output->queue);
	event_loop_close(loop);
}

/* --- looking at it before ----------------------------------------------------------- */

static int probe(int fd)
{
	struct output output;

	output_attach(&output, fd, SDU_ROOM);
	return output_probe(&output);
}

static void an_output_can_be_probed_without_writing(void **state)
{
	int file = file_with("abc", 3);
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	int reading = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int ends[2];
	size_t length;
	char byte;

	(void)state;
	assert_int_equal(probe(file), 0);
	free(file_contents(file, &length));
	assert_int_equal(length, 3);
	assert_int_equal(probe(full), -ENOSPC);
	assert_int_equal(probe(reading), -EBADF);
	assert_int_equal(probe(-1), -EBADF);
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	assert_int_equal(probe(ends[1]), 0);
	assert_int_equal(read(ends[0], &byte, 1), -1);
	close(ends[0]);
	assert_int_equal(probe(ends[1]), -EPIPE);
	close(ends[1]);
	close(reading);
	close(full);
	close(file);
}

/* --- the queue ---------------------------------------------------------------------- */

static void there_is_room_until_another_sdu_would_not_fit(void **state)
{
	static const unsigned char bytes[SDU_ROOM];
	struct output output;

	(void)state;
	output_attach(&output, file_with("", 0), 3 * SDU_ROOM);
	assert_true(output_has_room(&output));
	put(&output, bytes, SDU_ROOM);
	put(&output, bytes, SDU_ROOM);
	assert_true(output_has_room(&output));
	put(&output, bytes, 1);
	assert_false(output_has_room(&output));
	byte_queue_consume(&output.queue, 1);
	assert_true(output_has_room(&output));
	byte_queue_free(&output.queue);
	close(output.fd);
}

/* The smallest limit is one SDU at a time. */
static void an_empty_queue_of_the_smallest_limit_has_room(void **state)
{
	struct output output;

	(void)state;
	output_attach(&output, file_with("", 0), SDU_ROOM);
	assert_true(output_has_room(&output));
	put(&output, "", 0);
	assert_true(output_has_room(&output));
	put(&output, "x", 1);
	assert_false(output_has_room(&output));
	byte_queue_free(&output.queue);
	close(output.fd);
}

static void what_is_put_in_is_counted_and_written_in_order(void **state)
{
	struct event_loop loop;
	struct output output;
	unsigned char *contents;
	size_t length;

	(void)state;
	open_loop(&loop);
	output_attach(&output, file_with("", 0), SDU_ROOM);
	put(&output, "hello", 5);
	put(&output, "", 0);
	put(&output, "\0world", 6);
	assert_int_equal(output.put, 11);
	assert_int_equal(output.written, 0);
	turn(&output, &loop, 1000);
	assert_int_equal(output.written, 11);
	contents = file_contents(output.fd, &length);
	assert_int_equal(length, 11);
	assert_memory_equal(contents, "hello\0world", 11);
	free(contents);
	close(output.fd);
	release(&output, &loop);
}

static void without_a_descriptor_it_is_thrown_away(void **state)
{
	struct event_loop loop;
	struct output output;

	(void)state;
	open_loop(&loop);
	output_attach(&output, -1, SDU_ROOM);
	for (int i = 0; i < 10; i++) {
		assert_true(output_has_room(&output));
		put(&output, "hello", 5);
	}
	assert_int_equal(output.put, 0);
	turn(&output, &loop, 0);
	assert_int_equal(output.error, 0);
	release(&output, &loop);
}

static void separate_sdus_end_their_lines(void **state)
{
	static const char expected[] = "a\nb\n\n\nc\nd\n";
	struct event_loop loop;
	struct output output;
	unsigned char *contents;
	size_t length;

	(void)state;
	open_loop(&loop);
	output_attach(&output, file_with("", 0), SDU_ROOM);
	assert_false(output.separate_sdus);
	output.separate_sdus = true;
	put(&output, "a", 1);
	put(&output, "b\n", 2);
	put(&output, "", 0);
	put(&output, "\n", 1);
	put(&output, "c\nd", 3);
	/* The line breaks are to be written as well. */
	assert_int_equal(output.put, strlen(expected));
	turn(&output, &loop, 1000);
	contents = file_contents(output.fd, &length);
	assert_int_equal(length, strlen(expected));
	assert_memory_equal(contents, expected, length);
	free(contents);
	close(output.fd);
	release(&output, &loop);
}

static void a_terminal_with_lines_gets_separate_sdus(void **state)
{
	int terminal = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	struct termios mode;
	struct output output;

	(void)state;
	if (terminal < 0)
		skip();
	output_attach(&output, terminal, SDU_ROOM);
	assert_true(output.separate_sdus);
	/* In raw mode a program at the other end draws on it. */
	assert_int_equal(tcgetattr(terminal, &mode), 0);
	cfmakeraw(&mode);
	assert_int_equal(tcsetattr(terminal, TCSANOW, &mode), 0);
	output_attach(&output, terminal, SDU_ROOM);
	assert_false(output.separate_sdus);
	close(terminal);
}

/* --- formats ------------------------------------------------------------------------ */

static void check_format(enum sdu_format format, bool separate_sdus, const char *expected,
			 size_t expected_length)
{
	struct event_loop loop;
	struct output output;
	unsigned char *contents;
	size_t length;

	open_loop(&loop);
	output_attach(&output, file_with("", 0), 2 * SDU_ROOM);
	assert_int_equal(output.format, FORMAT_RAW);
	output.format = format;
	output.separate_sdus = separate_sdus;
	put(&output, "a", 1);
	put(&output, "", 0);
	put(&output, "b\n\0\xff", 4);
	/* What is put in is counted as it is written. */
	assert_int_equal(output.put, expected_length);
	turn(&output, &loop, 1000);
	assert_int_equal(output.written, expected_length);
	contents = file_contents(output.fd, &length);
	assert_int_equal(length, expected_length);
	assert_memory_equal(contents, expected, expected_length);
	free(contents);
	close(output.fd);
	release(&output, &loop);
}

static void sdus_are_written_in_the_format(void **state)
{
	(void)state;
	check_format(FORMAT_RAW, false, "ab\n\0\xff", 5);
	check_format(FORMAT_LINES, false, "a\n\nb\n\0\xff\n", 8);
	check_format(FORMAT_HEX, false, "61\n\n620a00ff\n", 13);
}

/* Their lines have ends already. */
static void on_a_terminal_text_gets_no_second_line_end(void **state)
{
	(void)state;
	check_format(FORMAT_RAW, true, "a\n\nb\n\0\xff\n", 8);
	check_format(FORMAT_LINES, true, "a\n\nb\n\0\xff\n", 8);
	check_format(FORMAT_HEX, true, "61\n\n620a00ff\n", 13);
}

/* A sanitizer sees a byte too many. */
static void the_longest_sdu_finds_room_in_each_format(void **state)
{
	(void)state;
	for (int format = FORMAT_RAW; format <= FORMAT_HEX; format++) {
		struct output output;
		unsigned char *room;
		unsigned int count;

		output_attach(&output, file_with("", 0), SDU_ROOM);
		output.format = (enum sdu_format)format;
		output.separate_sdus = true;
		room = output_reserve(&output, 672, &count);
		assert_non_null(room);
		assert_int_equal(count, 1);
		memset(room, 'x', SDU_ROOM);
		output_put(&output, room, SDU_ROOM);
		assert_int_equal(byte_queue_length(&output.queue),
				 format == FORMAT_HEX ? 2 * SDU_ROOM + 1 : SDU_ROOM + 1);
		assert_false(output_has_room(&output));
		byte_queue_free(&output.queue);
		close(output.fd);
	}
}

static void without_a_descriptor_no_format_matters(void **state)
{
	struct output output;

	(void)state;
	output_attach(&output, -1, SDU_ROOM);
	output.format = FORMAT_HEX;
	put(&output, "hello", 5);
	assert_int_equal(output.put, 0);
	assert_int_equal(byte_queue_length(&output.queue), 0);
	byte_queue_free(&output.queue);
}

/* --- writing ------------------------------------------------------------------------ */

static void a_pipe_that_is_full_is_waited_for(void **state)
{
	enum { LENGTH = 40000 };
	unsigned char *bytes = random_bytes(LENGTH);
	unsigned char copy[LENGTH];
	size_t copied = 0;
	struct event_loop loop;
	struct output output;
	int ends[2];

	(void)state;
	open_loop(&loop);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0); /* writing would block */
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	output_attach(&output, ends[1], SDU_ROOM);
	put(&output, bytes, LENGTH);
	turn(&output, &loop, 1000);
	assert_int_equal(output.written, 4096);
	for (int i = 0; i < 3; i++) {
		turn(&output, &loop, 20);
		assert_int_equal(output.written, 4096);
	}
	for (int i = 0; copied < LENGTH && i < 100; i++) {
		ssize_t count = read(ends[0], copy + copied, LENGTH - copied);

		assert_true(count > 0);
		copied += (size_t)count;
		turn(&output, &loop, 20);
	}
	assert_int_equal(copied, LENGTH);
	assert_memory_equal(copy, bytes, LENGTH);
	close(ends[0]);
	close(ends[1]);
	release(&output, &loop);
	free(bytes);
}

static void with_nothing_to_write_it_is_not_waited_for(void **state)
{
	int64_t begin = monotonic_ms();
	struct event_loop loop;
	struct output output;
	int ends[2];

	(void)state;
	open_loop(&loop);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	output_attach(&output, ends[1], SDU_ROOM);
	turn(&output, &loop, 50);
	put(&output, "x", 1);
	turn(&output, &loop, 1000);
	assert_int_equal(output.written, 1);
	turn(&output, &loop, 50);
	/* Neither that it can be written, nor that its reader goes, is news. */
	close(ends[0]);
	turn(&output, &loop, 50);
	assert_true(monotonic_ms() - begin >= 150);
	assert_int_equal(output.error, 0);
	close(ends[1]);
	release(&output, &loop);
}

static void an_error_stays_and_nothing_more_is_written(void **state)
{
	int64_t begin = monotonic_ms();
	struct event_loop loop;
	struct output output;
	char again[64];
	int ends[2];

	(void)state;
	open_loop(&loop);
	signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	output_attach(&output, ends[1], SDU_ROOM);
	close(ends[0]);
	put(&output, "lost", 4);
	turn(&output, &loop, 1000);
	assert_int_equal(output.error, EPIPE);
	/* Somebody reads again: too late. */
	snprintf(again, sizeof(again), "/proc/self/fd/%d", ends[1]);
	ends[0] = open(again, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	assert_true(ends[0] >= 0);
	turn(&output, &loop, 50);
	turn(&output, &loop, 50);
	assert_true(monotonic_ms() - begin >= 100); /* it does not spin */
	assert_int_equal(output.error, EPIPE);
	assert_int_equal(output.written, 0);
	assert_int_equal(read(ends[0], &(char){0}, 1), -1);
	close(ends[0]);
	close(ends[1]);
	release(&output, &loop);
}

static void a_full_disk_is_an_error(void **state)
{
	struct event_loop loop;
	struct output output;

	(void)state;
	open_loop(&loop);
	output_attach(&output, open("/dev/full", O_WRONLY | O_CLOEXEC), SDU_ROOM);
	put(&output, "lost", 4);
	turn(&output, &loop, 1000);
	assert_int_equal(output.error, ENOSPC);
	assert_int_equal(output.put - output.written, 4);
	close(output.fd);
	release(&output, &loop);
}

/* --- shared ------------------------------------------------------------------------- */

enum { CLIENTS = 5, SDUS = 300 };

static struct output shared;
static struct event_loop shared_loop;

/* SDU NUMBER of CLIENT: its header, and as many bytes as that says, of a kind. */
struct sdu {
	uint32_t client, number, length;
	unsigned char filling[2000];
};

static void peer_sends(const struct fixture *fixture, uint32_t client, uint32_t number)
{
	struct sdu sdu = {client, number, (number * 37 + client * 211) % 2000, {0}};

	memset(sdu.filling, (int)(client * 50 + number % 50), sdu.length);
	peer_send(fixture, &sdu, offsetof(struct sdu, filling) + sdu.length);
}

/* One turn of the loop that all share; returns how many are not finished. */
static unsigned int turn_all(struct fixture *fixtures)
{
	unsigned int active = 0;

	for (uint32_t client = 0; client < CLIENTS; client++)
		transfer_prepare(&fixtures[client].transfer, &shared_loop);
	assert_int_equal(output_prepare(&shared, &shared_loop), 0);
	assert_int_equal(event_loop_wait(&shared_loop, 100), 0);
	output_serve(&shared);
	for (uint32_t client = 0; client < CLIENTS; client++) {
		transfer_serve(&fixtures[client].transfer);
		active += !transfer_is_finished(&fixtures[client].transfer);
	}
	return active;
}

static void check_that_no_sdus_are_mixed(int fd)
{
	uint32_t next[CLIENTS] = {0};
	size_t length;
	unsigned char *contents = file_contents(fd, &length);
	size_t at = 0;

	while (at < length) {
		struct sdu sdu;

		memcpy(&sdu, contents + at, offsetof(struct sdu, filling));
		at += offsetof(struct sdu, filling);
		assert_true(sdu.client < CLIENTS);
		assert_int_equal(sdu.number, next[sdu.client]);
		next[sdu.client]++;
		for (size_t i = 0; i < sdu.length; i++)
			assert_int_equal(
				contents[at + i],
				(unsigned char)(sdu.client * 50 + sdu.number % 50));
		at += sdu.length;
	}
	for (uint32_t client = 0; client < CLIENTS; client++)
		assert_int_equal(next[client], SDUS);
	free(contents);
}

static void sdus_of_transfers_that_share_it_do_not_mix(void **state)
{
	struct fixture fixtures[CLIENTS];

	(void)state;
	open_loop(&shared_loop);
	output_attach(&shared, file_with("", 0), 2 * SDU_ROOM);
	for (uint32_t client = 0; client < CLIENTS; client++) {
		fixture_open(&fixtures[client]);
		fixtures[client].setup.output = &shared;
		transfer_start(&fixtures[client].transfer, &fixtures[client].setup,
			       &fixtures[client].result);
	}
	for (uint32_t number = 0; number < SDUS; number++) {
		for (uint32_t client = 0; client < CLIENTS; client++) {
			peer_sends(&fixtures[client], client, number);
			if ((number + client) % 7 == 0)
				turn_all(fixtures);
		}
	}
	for (uint32_t client = 0; client < CLIENTS; client++)
		fixture_close_peer(&fixtures[client]);
	while (turn_all(fixtures) > 0)
		;
	for (uint32_t client = 0; client < CLIENTS; client++) {
		transfer_finish(&fixtures[client].transfer, &shared_loop);
		assert_int_equal(fixtures[client].result.end, TRANSFER_PEER_CLOSED);
		assert_int_equal(fixtures[client].result.sdus_received, SDUS);
		assert_int_equal(fixtures[client].result.bytes_unwritten, 0);
		fixture_close(&fixtures[client]);
	}
	check_that_no_sdus_are_mixed(shared.fd);
	close(shared.fd);
	release(&shared, &shared_loop);
}

/* What others put in after it is none of its business. */
static void a_transfer_ends_when_its_own_bytes_are_written(void **state)
{
	struct event_loop loop;
	struct fixture fixture;
	int ends[2];

	(void)state;
	open_loop(&loop);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	assert_int_equal(fcntl(ends[1], F_SETPIPE_SZ, 4096), 4096);
	fixture_open(&fixture);
	output_attach(&fixture.written, ends[1], SDU_ROOM * 2);
	fixture.setup.output = &fixture.written;
	transfer_start(&fixture.transfer, &fixture.setup, &fixture.result);
	peer_send(&fixture, "own", 3);
	fixture_close_peer(&fixture);
	assert_int_equal(fixture_turn(&fixture, &loop), 0);
	assert_false(transfer_is_finished(&fixture.transfer));
	put(&fixture.written, (unsigned char[10000]){0}, 10000);
	for (int i = 0; i < 5 && !transfer_is_finished(&fixture.transfer); i++)
		assert_int_equal(fixture_turn(&fixture, &loop), 0);
	assert_true(transfer_is_finished(&fixture.transfer));
	transfer_finish(&fixture.transfer, &loop);
	assert_int_equal(fixture.result.end, TRANSFER_PEER_CLOSED);
	assert_int_equal(fixture.result.bytes_unwritten, 0);
	close(ends[0]);
	close(ends[1]);
	fixture_close(&fixture);
	release(&fixture.written, &loop);
}

/* Two that no program reads share what may be kept: together they keep no more, and each
 * that keeps nothing may still take an SDU. */
static void outputs_keep_no_more_together_than_their_budget(void **state)
{
	struct output_budget budget = {.limit = 3 * SDU_ROOM};
	struct output outputs[3];
	size_t put = 0;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		output_attach(&outputs[i], file_with("", 0), 100 * SDU_ROOM);
		outputs[i].budget = &budget;
	}
	for (size_t i = 0; i < 2; i++) {
		while (output_has_room(&outputs[i]) && put < 200) {
			put_half(&outputs[i]);
			put++;
		}
	}
	assert_true(budget.reached);
	assert_in_range(budget.used, 2 * SDU_ROOM, 3 * SDU_ROOM);
	assert_true(output_has_room(&outputs[2]));
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(output_close(&outputs[i], false, NULL), 0);
	assert_int_equal(budget.used, 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(an_output_can_be_probed_without_writing),
		TEST(there_is_room_until_another_sdu_would_not_fit),
		TEST(an_empty_queue_of_the_smallest_limit_has_room),
		TEST(what_is_put_in_is_counted_and_written_in_order),
		TEST(without_a_descriptor_it_is_thrown_away),
		TEST(separate_sdus_end_their_lines),
		TEST(a_terminal_with_lines_gets_separate_sdus),
		TEST(outputs_keep_no_more_together_than_their_budget),
		TEST(sdus_are_written_in_the_format),
		TEST(on_a_terminal_text_gets_no_second_line_end),
		TEST(the_longest_sdu_finds_room_in_each_format),
		TEST(without_a_descriptor_no_format_matters),
		TEST(a_pipe_that_is_full_is_waited_for),
		TEST(with_nothing_to_write_it_is_not_waited_for),
		TEST(an_error_stays_and_nothing_more_is_written),
		TEST(a_full_disk_is_an_error),
		TEST(sdus_of_transfers_that_share_it_do_not_mix),
		TEST(a_transfer_ends_when_its_own_bytes_are_written),
	};

	return RUN_TESTS(tests);
}
