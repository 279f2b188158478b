// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * A transfer between a world of a few lines and the promise that it must keep: what is
 * written is what the socket delivered, SDU for SDU in order; what is sent is the input,
 * cut as asked; success is claimed only where there was one. The input decides what each
 * system call answers and what happens meanwhile; when it is used up, all goes well and
 * the peer closes, and the transfer must come to its end.
 */
#include "harness.h"

#include "transfer_promise.h"
#include "transfer_world.h"

enum { MOST_PUT = 200 }; /* SDUs of the queue's owner */

struct transfer_setup setup;
struct transfer_result result;
struct transfer transfer;
struct output output;

static struct event_loop loop;
static struct interruption interruption = {.signal = &world.signal};

static const char message_text[] = "a message, \0 and its end";

/* --- what is chosen ----------------------------------------------------------------- */

/* As a session does it with what is left after: the channel is at its end. */
static void choose_the_tail(void)
{
	kind = NOTHING;
	setup.queued_only = true;
	setup.send = (struct sender_setup){.plan.input = -1};
	setup.echo = false;
	setup.await_peer = true;
	setup.counts_drops = false;
	for (unsigned int count = next() % 128; count > 0; count--)
		arrive();
	if (happens(2))
		world.closed = true;
	else
		world.broken = true;
}

static unsigned char input_byte(size_t at)
{
	return (unsigned char)(at * 31 + (at >> 8) * 17 + 5);
}

/* A text that is mostly good: lines of any length, of pairs of digits in hex. */
static void write_text(enum sdu_format format)
{
	unsigned int random = next() << 8 | next();
	size_t wrong_at = happens(4) ? (size_t)next() * next() : MOST_INPUT;
	unsigned int odds = next() % 64 + 1; /* of a line end */
	size_t at = 0;

	while (at < world.input_size) {
		random = random * 1664525 + 1013904223;
		if ((random >> 16) % odds == 0) {
			world.input[at++] = '\n';
		} else if (format == FORMAT_LINES) {
			world.input[at] = input_byte(at);
			at++;
		} else if (random >> 28 == 0) {
			world.input[at++] = (unsigned char)" \t\r"[(random >> 16) % 3];
		} else {
			world.input[at++] =
				(unsigned char)"0123456789abcdefABCDEF"[(random >> 16) %
									22];
			if (at < world.input_size)
				world.input[at++] = '0';
		}
	}
	if (format == FORMAT_HEX && wrong_at < world.input_size)
		world.input[wrong_at] = 'x';
}

static void choose_input(void)
{
	world.input_size = (size_t)next() * next();
	setup.send.plan.input = INPUT_FD;
	if (kind == TEXT) {
		setup.send.plan.format = happens(2) ? FORMAT_LINES : FORMAT_HEX;
		write_text(setup.send.plan.format);
	} else {
		for (size_t i = 0; i < world.input_size; i++)
			world.input[i] = input_byte(i);
	}
}

static void choose_what_is_sent(unsigned int what)
{
	static const enum kind kinds[] = {
		NOTHING, MESSAGE, RAW,	    TEXT, NOTHING, MESSAGE,  RAW,  TEXT,
		RAW,	 TEXT,	  NUMBERED, ECHO, QUEUED,  NUMBERED, ECHO, QUEUED};
	static const size_t sizes[] = {672, 1, 7, 4096, 65535};

	kind = kinds[what % COUNT_OF(kinds)];
	setup.send.plan = (struct sdu_plan){.input = -1,
					    .sdu_size = sizes[next() % COUNT_OF(sizes)]};
	switch (kind) {
	case MESSAGE:
		setup.send.plan.message = message_text;
		setup.send.plan.message_length = happens(2) ? 0 : sizeof(message_text);
		break;
	case RAW:
		setup.send.plan.fill_sdus = happens(2);
		choose_input();
		break;
	case TEXT:
		choose_input();
		break;
	case NUMBERED:
		setup.send.plan.numbered = true;
		setup.send.plan.count = happens(4) ? 0 : next();
		setup.send.plan.sizes = (struct sdu_sizes){1 + next(), 0, 1 + next()};
		setup.send.plan.sizes.maximum = setup.send.plan.sizes.minimum + next();
		break;
	case ECHO:
		setup.echo = setup.await_peer = true;
		setup.send.plan.queued = true;
		break;
	case QUEUED:
		setup.send.plan.queued = true;
		break;
	case NOTHING:
		break;
	}
}

static void choose_options(void)
{
	static const size_t limits[] = {SDU_ROOM, 3 * SDU_ROOM, MOST_BYTES};
	static const size_t most[] = {SIZE_MAX, SIZE_MAX, 65535, 100};
	static const size_t most_received[] = {SDU_ROOM, 672, 4096, 65535};
	static const int64_t times[] = {0, 0, 30, 500};
	unsigned int what = next();
	unsigned int flags = next();

	setup = (struct transfer_setup){
		.socket = SOCKET_FD,
		.send = {.least_sdu = flags & 1,
			 .most_sdu = most[next() % COUNT_OF(most)],
			 .settle_ms = times[next() % COUNT_OF(times)],
			 .interval_ms = times[next() % COUNT_OF(times)],
			 .close_drops_unsent = flags & 4},
		.await_peer = flags & 2,
		.is_acknowledged = (flags & 12) == 12,
		.most_received = most_received[next() % COUNT_OF(most_received)],
		.counts_drops = flags & 8,
		.hold_ms = times[next() % COUNT_OF(times)],
		.quiet_ms = times[next() % COUNT_OF(times)],
		.expected = happens(4) ? next() * 10 : 0,
		.idle_ms = happens(3) ? 20 + next() * 8 : WAIT_FOREVER,
		.output = &output,
		.observer = &observer,
		.interruption = &interruption,
	};
	world.input_is_file = flags & 16;
	world.output_is_file = flags & 32;
	output_attach(&output, flags & 64 ? -1 : OUTPUT_FD,
		      limits[next() % COUNT_OF(limits)]);
	output.separate_sdus = flags & 128;
	output.format = (enum sdu_format)(next() % (FORMAT_HEX + 1));
	choose_what_is_sent(what);
	if (what & 16)
		choose_the_tail();
}

/* --- one run ------------------------------------------------------------------------ */

/* Puts SDUs into the queue now and then, and says when it was the last. */
static void let_owner_act(void)
{
	unsigned char sdu[300];

	if (kind != QUEUED || owner.ended)
		return;
	if (owner.put < MOST_PUT && happens(2)) {
		for (size_t i = 0; i < put_length(owner.put); i++)
			sdu[i] = put_byte(owner.put, i);
		if (sdu_source_put(&transfer.sender.source, sdu, put_length(owner.put)) ==
		    0)
			owner.put++;
	}
	if (world.left == 0 || happens(32)) {
		sdu_source_end(&transfer.sender.source);
		owner.ended = true;
	}
}

static bool take_turn(void)
{
	int64_t wait_ms;
	int error;

	let_owner_act();
	wait_ms = transfer_prepare(&transfer, &loop);
	error = output_prepare(&output, &loop);
	if (!error)
		error = event_loop_wait(&loop, wait_ms);
	if (error)
		return false;
	output_serve(&output);
	transfer_serve(&transfer);
	return true;
}

static void run(void)
{
	REQUIRE(event_loop_open(&loop, &interruption) == 0, "no loop");
	transfer_start(&transfer, &setup, &result);
	world.moved_ms = now_ms();
	while (!transfer_is_finished(&transfer)) {
		if (!take_turn())
			break; /* as its owners do */
	}
	if (transfer_is_finished(&transfer)) {
		bool paused = sdu_source_has_sdu(&transfer.sender.source, true);

		transfer_finish(&transfer, &loop);
		check_result(paused);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	result = (struct transfer_result){0};
	world_start(data, size);
	world.running = true;
	choose_options();
	promise_start();
	run();
	world.running = false;
	sdu_source_free(&transfer.sender.source);
	byte_queue_free(&output.queue);
	promise_end();
	return 0;
}
