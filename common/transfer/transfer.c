// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer/transfer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sdu_socket.h"
#include "transfer/transfer_parts.h"

enum {
	CROSSING_MS = 100,	/* what an SDU may take to arrive */
	MOST_UNREAD_MS = 10000, /* that a peer may go on sending what is thrown away */
	SHORTEST_TICK_MS = 1,	/* how often to look at what no event tells */
	LONGEST_TICK_MS = 16,
	SILENT_ERROR_MS = 1000, /* how long an error may go unnoticed */
};

void transfer_end(struct transfer *transfer, enum transfer_end end, int error)
{
	if (transfer->ended)
		return;
	transfer->ended = true;
	transfer->result->end = end;
	transfer->result->error = error;
}

void transfer_note_move(struct transfer *transfer)
{
	clock_gettime(CLOCK_MONOTONIC, &transfer->last_move);
	if (transfer->first_move.tv_sec == 0 && transfer->first_move.tv_nsec == 0)
		transfer->first_move = transfer->last_move;
	transfer->moved_ms = monotonic_ms();
}

static bool all_sent(const struct transfer *transfer)
{
	return sdu_source_is_empty(&transfer->source);
}

static bool closed_by_peer(const struct transfer *transfer)
{
	return sdu_socket_closed_by_peer(transfer->options->socket);
}

static bool has_room(const struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;
	size_t kept = sdu_source_kept(&transfer->source);

	/* A peer that does not take its echoes back gets no more; but what it left when
	 * it closed is read, for only behind that is the end. */
	if (transfer->drains)
		return true;
	return output_has_room(options->output) &&
	       (!options->echo || output_allows(options->output, kept) ||
		closed_by_peer(transfer));
}

static uint64_t unwritten(const struct transfer *transfer)
{
	uint64_t written = transfer->options->output->written;

	return transfer->output_position > written ? transfer->output_position - written
						   : 0;
}

/* Trap T9: closing does not wait for what is queued. Looks whether it is all gone; no
 * event tells. Shown by "a receiver that does not read for 13 s gets everything" in the
 * laboratory. */
static void look_whether_taken(struct transfer *transfer)
{
	uint32_t before = transfer->unsent_memory;

	if (!all_sent(transfer))
		transfer->taken = false; /* more was put into the queue */
	if (transfer->taken || !transfer->channel_open || transfer->channel_failed ||
	    !all_sent(transfer))
		return;
	if (socket_unsent_memory(transfer->options->socket, &transfer->unsent_memory) < 0)
		return; /* a dead socket: receiving tells why */
	if (transfer->unsent_memory != before) {
		transfer->moved_ms = monotonic_ms();
		transfer->tick_ms = SHORTEST_TICK_MS;
	} else if (transfer->tick_ms < LONGEST_TICK_MS) {
		transfer->tick_ms *= 2;
	}
	/* With flow control, the peer's close empties the buffer as well. */
	if (transfer->unsent_memory == 0 &&
	    !(transfer->options->close_drops_unsent && closed_by_peer(transfer))) {
		transfer->taken = true;
		transfer->taken_ms = transfer->now_ms;
		/* What is in the send buffer is not there yet. */
		if (transfer->result->sdus_sent)
			clock_gettime(CLOCK_MONOTONIC, &transfer->last_move);
	}
}

uint64_t transfer_bytes_taken(const struct transfer *transfer)
{
	uint64_t sent = transfer->result->bytes_sent;
	uint32_t memory = 0;
	double left;

	if (transfer->taken || transfer->memory_a_byte <= 0 ||
	    socket_unsent_memory(transfer->options->socket, &memory) < 0)
		return sent;
	left = memory / transfer->memory_a_byte;
	return left < (double)sent ? sent - (uint64_t)left : 0;
}

/* --- the channel ends --------------------------------------------------------------- */

/*
 * Whether the peer had everything when it closed. In ERTM it has acknowledged it. Else an
 * SDU that crosses the peer's disconnect request is dropped without a word: the last one
 * must have had time to arrive, or an answer. Shown by "a request and its reply" in the
 * laboratory.
 */
static bool arrived_before_close(const struct transfer *transfer)
{
	if (!transfer->taken || transfer->result->sdus_sent == 0 ||
	    transfer->options->is_acknowledged)
		return transfer->taken;
	return transfer->answered || monotonic_ms() - transfer->taken_ms >= CROSSING_MS;
}

/* Nothing more can be sent: with something left, not all was taken. More may have come
 * into a queue that is open, but for one that only answers. */
static void drop_unsent(struct transfer *transfer)
{
	bool is_open = transfer->source.open && !transfer->options->send.answers;

	if (is_open || !all_sent(transfer)) {
		transfer->taken = false;
		transfer->left_unsent = true;
	}
	transfer->result->bytes_unsent += sdu_source_kept(&transfer->source);
	sdu_source_drop(&transfer->source);
}

/* The peer has closed before this end came to look at its input: one that is empty was
 * all sent. Who was sent away got nothing, and its input is still to be read. */
static void look_at_input_once_more(struct transfer *transfer)
{
	const struct transfer_result *result = transfer->result;

	if ((transfer->settled || result->sdus_received > 0) &&
	    closed_by_peer(transfer) && sdu_source_wants_input(&transfer->source) &&
	    poll_now(transfer->options->send.input, POLLIN))
		transfer_read_input(transfer);
	if (result->sdus_sent == 0 && !transfer->source.open && all_sent(transfer) &&
	    !transfer->left_unsent)
		transfer->taken = true; /* there was nothing */
}

/* Nothing more can be received. */
static void end_channel(struct transfer *transfer)
{
	int error = transfer->result->error ? transfer->result->error : ECONNRESET;

	look_at_input_once_more(transfer);
	if (!transfer->options->close_drops_unsent)
		look_whether_taken(transfer);
	drop_unsent(transfer);
	transfer->channel_open = false;
	if (!closed_by_peer(transfer))
		transfer_end(transfer, TRANSFER_LOST, error);
	else if (arrived_before_close(transfer) &&
		 (transfer->options->await_peer || transfer->options->quiet_ms))
		transfer_end(transfer, TRANSFER_PEER_CLOSED, 0);
	else
		transfer_end(transfer, TRANSFER_PEER_CLOSED_EARLY, 0);
}

void transfer_channel_failed(struct transfer *transfer, int error)
{
	transfer->channel_failed = true;
	if (!transfer->result->error)
		transfer->result->error = error;
	drop_unsent(transfer);
}

/* --- receiving ---------------------------------------------------------------------- */

static void echo(struct transfer *transfer, const unsigned char *sdu, size_t length)
{
	/* On a broken channel there is nobody to send it to. */
	if (transfer->channel_failed)
		return;
	if (sdu_source_put(&transfer->source, sdu, length))
		transfer_end(transfer, TRANSFER_NO_MEMORY, ENOMEM);
}

static void keep_sdu(struct transfer *transfer, const unsigned char *sdu, size_t length)
{
	const struct transfer_options *options = transfer->options;

	transfer->result->sdus_received++;
	transfer->result->bytes_received += length;
	transfer_note_move(transfer);
	transfer->received_ms = transfer->moved_ms;
	transfer->answered = true;
	if (options->observer)
		options->observer->received(options->observer->owner, sdu, length);
	if (options->echo)
		echo(transfer, sdu, length);
	output_put(options->output, length);
	transfer->output_position = options->output->put;
	transfer->unwritten = unwritten(transfer);
	if (options->expected && transfer->result->bytes_received > options->expected)
		transfer_end(transfer, TRANSFER_TOO_MUCH, 0);
}

static void end_with_loss(struct transfer *transfer)
{
	if (transfer->result->end <= TRANSFER_LOST)
		transfer->ended = false; /* this matters more */
	transfer_end(transfer, TRANSFER_DROPPED, 0);
}

void transfer_note_torn(struct transfer *transfer)
{
	transfer->result->torn = true;
	if (transfer->options->counts_drops)
		end_with_loss(transfer);
}

/*
 * Trap T3: without flow control, the kernel drops an SDU that finds the receive buffer
 * full, and only counts it. Shown by "a full buffer in basic mode tells how many SDUs
 * were lost" in the laboratory.
 */
static void look_for_drops(struct transfer *transfer)
{
	uint32_t dropped = 0;

	if (!transfer->options->counts_drops ||
	    socket_dropped_sdus(transfer->options->socket, &dropped) < 0 || !dropped)
		return;
	transfer->result->sdus_dropped = dropped;
	end_with_loss(transfer);
}

/*
 * Receives one SDU; false when there is none now, or no more.
 * Trap T1: a peer's disconnect makes one recv() return 0 ahead of SDUs that are still
 * queued; the end has come when a second 0 follows at once. Shown by "a lone hello
 * arrives 200 times of 200" and "a tail that is queued at the close arrives".
 */
static bool receive_one(struct transfer *transfer, uint32_t events)
{
	unsigned char *room = output_reserve(transfer->options->output);
	bool is_sdu;
	bool truncated;
	ssize_t length;

	if (!room) {
		transfer_end(transfer, TRANSFER_NO_MEMORY, ENOMEM);
		return false;
	}
	length = sdu_socket_receive(transfer->options->socket, room, SDU_ROOM, &is_sdu,
				    &truncated);
	if (is_sdu) {
		transfer->bare_zero = false;
		if (truncated)
			transfer_end(transfer, TRANSFER_TRUNCATED, 0);
		keep_sdu(transfer, room, (size_t)length);
		return !transfer->ended;
	}
	if (length == 0 && !transfer->bare_zero) {
		transfer->bare_zero = true;
		return true;
	}
	if (length == 0) {
		end_channel(transfer);
		return false;
	}
	if (errno == EINTR)
		return true;
	if (errno == ECOMM) {
		transfer_note_torn(transfer);
		return true;
	}
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		transfer->bare_zero = false; /* the next does not follow at once */
		if (transfer->channel_failed || (events & EPOLLHUP))
			end_channel(transfer);
		return false;
	}
	/* The reason comes once, ahead of what is queued. */
	if (transfer->result->error) {
		end_channel(transfer);
		return false;
	}
	transfer_channel_failed(transfer, errno);
	return true;
}

/*
 * Trap T22, measured on 6.12: an ERTM channel whose receive buffer was full has told its
 * peer to wait. Read down to its half it tells the peer to go on, even when it is closed,
 * and when the link is gone as well the kernel writes through a null pointer: that ends a
 * machine. So once such a channel is closed all is read at once, while the link, which
 * stays up for 2 s, is there; else nothing. Shown by "a full ERTM channel whose link is
 * gone is not read" in the laboratory.
 */
static bool may_read_closed(struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;

	if (!options->is_acknowledged || transfer->drains)
		return true;
	transfer->drains = !options->link_is_up || !socket_may_be_busy(options->socket) ||
			   options->link_is_up(options->link_owner);
	if (transfer->drains)
		return true;
	drop_unsent(transfer);
	transfer->channel_open = false;
	transfer->result->error = EOVERFLOW;
	transfer_end(transfer, TRANSFER_LOST, EOVERFLOW);
	return false;
}

static void receive_turn(struct transfer *transfer, uint32_t events)
{
	if ((transfer->channel_failed || (events & (EPOLLHUP | EPOLLRDHUP))) &&
	    !may_read_closed(transfer))
		return;
	for (int i = 0; i < SDUS_A_TURN && has_room(transfer); i++) {
		if (!receive_one(transfer, events))
			return;
	}
}

/* --- the loop ----------------------------------------------------------------------- */

static bool wants_input(const struct transfer *transfer)
{
	return transfer->settled && !transfer->channel_failed &&
	       sdu_source_wants_input(&transfer->source);
}

/* Before that, the input is not touched: see sent_away. */
static void look_whether_settled(struct transfer *transfer)
{
	if (!transfer->settled && transfer->now_ms >= transfer->send_from_ms &&
	    !closed_by_peer(transfer))
		transfer->settled = true;
}

/* When a channel with all sent and taken is to be closed. */
static int64_t closing_time(const struct transfer *transfer)
{
	int64_t held = transfer->taken_ms + transfer->options->hold_ms;
	int64_t quiet = transfer->received_ms + transfer->options->quiet_ms;

	/* What nobody reads any more is not waited for without an end. */
	if (transfer->options->output->reader_left &&
	    quiet > transfer->taken_ms + MOST_UNREAD_MS)
		quiet = transfer->taken_ms + MOST_UNREAD_MS;
	return held > quiet ? held : quiet;
}

/* It is this end's part to close, now or at closing_time(). */
static bool is_to_close(const struct transfer *transfer)
{
	return transfer->taken && !transfer->source.open &&
	       !transfer->options->await_peer && !transfer->ended;
}

static bool is_holding(const struct transfer *transfer)
{
	return transfer->taken && !transfer->options->await_peer &&
	       transfer->now_ms < closing_time(transfer);
}

/* What a slow consumer takes of it is a move, too. */
static void look_whether_written(struct transfer *transfer)
{
	uint64_t left = unwritten(transfer);

	if (left < transfer->unwritten &&
	    transfer->options->output->moved_ms > transfer->moved_ms)
		transfer->moved_ms = transfer->options->output->moved_ms;
	transfer->unwritten = left;
}

/* Since when nothing has moved that could have: a pause before an SDU is no idling. */
static int64_t idle_since(const struct transfer *transfer)
{
	bool pauses = transfer->next_sdu_ms > transfer->moved_ms &&
		      sdu_source_has_sdu(&transfer->source, true);

	return pauses ? transfer->next_sdu_ms : transfer->moved_ms;
}

/* Milliseconds until the next SDU may go, or WAIT_FOREVER: it may, or there is none. */
static int64_t time_to_send(const struct transfer *transfer)
{
	int64_t from = transfer->send_from_ms > transfer->next_sdu_ms
			     ? transfer->send_from_ms
			     : transfer->next_sdu_ms;

	if (transfer->ended || transfer->now_ms >= from ||
	    (transfer->settled && !sdu_source_has_sdu(&transfer->source, true)))
		return WAIT_FOREVER;
	return from - transfer->now_ms;
}

/* Milliseconds until something is due that no descriptor tells, or WAIT_FOREVER. */
static int64_t time_to_wait(const struct transfer *transfer)
{
	int64_t wait = WAIT_FOREVER;

	/* What is queued on a broken channel is read without an event. */
	if (transfer->channel_failed && transfer->channel_open && !transfer->ended &&
	    has_room(transfer))
		return 0;
	/* That time may have come since transfer_serve() looked at the clock. */
	if (is_to_close(transfer) || is_holding(transfer))
		wait = closing_time(transfer) - transfer->now_ms;
	else if (transfer->options->idle_ms != WAIT_FOREVER)
		wait = idle_since(transfer) + transfer->options->idle_ms -
		       transfer->now_ms;
	/* For look_for_silent_error(). */
	if (transfer->channel_open && !transfer->taken && wait > SILENT_ERROR_MS)
		wait = SILENT_ERROR_MS;
	if (wait > time_to_send(transfer))
		wait = time_to_send(transfer);
	/* The kernel may drop SDUs while there is no room to read them. */
	if (transfer->channel_open && transfer->options->counts_drops &&
	    !has_room(transfer) && wait > LONGEST_TICK_MS)
		wait = LONGEST_TICK_MS;
	if (transfer->channel_open && !transfer->channel_failed &&
	    (transfer->send_blocked || (all_sent(transfer) && !transfer->taken)) &&
	    wait > transfer->tick_ms)
		wait = transfer->tick_ms;
	return wait > 0 ? wait : 0;
}

static void want(struct transfer *transfer, struct event_loop *loop,
		 struct event_source *source, uint32_t events)
{
	int error = event_source_want(loop, source, events);

	if (error)
		transfer_end(transfer, TRANSFER_NO_MEMORY, -error);
}

bool transfer_is_finished(const struct transfer *transfer)
{
	enum transfer_end end = transfer->result->end;

	return transfer->ended &&
	       (unwritten(transfer) == 0 || end == TRANSFER_OUTPUT_FAILED ||
		end == TRANSFER_INTERRUPTED || end == TRANSFER_IDLE ||
		end == TRANSFER_DROPPED);
}

int64_t transfer_prepare(struct transfer *transfer, struct event_loop *loop)
{
	uint32_t socket_events = 0;
	bool sends;

	/* First: an SDU is due by now, or is waited for from now on. */
	transfer->now_ms = monotonic_ms();
	sends = transfer_is_due(transfer, true) && !transfer->send_blocked &&
		!transfer->channel_failed;
	/* Without an event that is wanted, a hang-up would only spin. */
	if (transfer->channel_open && !transfer->ended)
		socket_events = (has_room(transfer)		      ? EPOLLIN
				 : transfer->options->is_acknowledged ? EPOLLRDHUP
								      : 0U) |
				(sends ? EPOLLOUT : 0U);
	want(transfer, loop, &transfer->socket, socket_events);
	want(transfer, loop, &transfer->input,
	     wants_input(transfer) && !transfer->ended ? EPOLLIN : 0);
	return transfer_is_finished(transfer) ||
			       event_source_is_always_ready(&transfer->input)
		     ? 0
		     : time_to_wait(transfer);
}

static void serve_input(struct transfer *transfer)
{
	bool waited = transfer->input.wanted != 0;
	uint32_t events = event_source_take(&transfer->input);

	sdu_source_pause(&transfer->source, waited && !events);
	if (events && !transfer->ended)
		transfer_read_input(transfer);
}

/*
 * When ERTM gives up on a peer that is silent, it sets the socket's error and wakes
 * nobody (trap T13): epoll never tells, a new poll() does. Shown by "without a limit ERTM
 * itself gives up" in the laboratory.
 */
static uint32_t look_for_silent_error(struct transfer *transfer)
{
	if (transfer->taken || !transfer->channel_open || transfer->channel_failed ||
	    transfer->now_ms - transfer->looked_ms < SILENT_ERROR_MS)
		return 0;
	transfer->looked_ms = transfer->now_ms;
	/* The bits of poll() and of epoll are the same. */
	return (uint32_t)(unsigned short)poll_now(transfer->options->socket, 0);
}

static void serve_socket(struct transfer *transfer)
{
	uint32_t events =
		event_source_take(&transfer->socket) | look_for_silent_error(transfer);

	if (((events & EPOLLOUT) || transfer->send_blocked) && !transfer->ended &&
	    !transfer->channel_failed)
		transfer_send_turn(transfer);
	if (transfer->channel_open && !transfer->ended &&
	    ((events & ~(uint32_t)EPOLLOUT) || transfer->channel_failed))
		receive_turn(transfer, events);
	if ((events & ~(uint32_t)EPOLLOUT) || transfer->channel_failed ||
	    !has_room(transfer))
		look_for_drops(transfer);
}

static void look_at_output(struct transfer *transfer)
{
	int error = transfer->options->output->error;

	if (!error)
		return;
	transfer->ended = false; /* the reason that matters most */
	transfer_end(transfer, TRANSFER_OUTPUT_FAILED, error);
}

static void look_at_clocks(struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;

	if (*options->interruption->signal) {
		transfer->ended = false;
		transfer_end(transfer, TRANSFER_INTERRUPTED, 0);
		return;
	}
	if (is_to_close(transfer) && transfer->now_ms >= closing_time(transfer)) {
		/* Being held was no idling. */
		transfer->moved_ms = transfer->now_ms;
		transfer_end(transfer, TRANSFER_SENT, 0);
	}
	if (options->idle_ms != WAIT_FOREVER && !is_holding(transfer) &&
	    transfer->now_ms - idle_since(transfer) >= options->idle_ms &&
	    !transfer_is_finished(transfer)) {
		transfer->ended = false;
		transfer_end(transfer, TRANSFER_IDLE, 0);
	}
}

/* What is kept to be echoed counts in the budget. */
static void account_for_echoes(struct transfer *transfer, size_t kept)
{
	struct output_budget *budget = transfer->options->output->budget;

	if (!transfer->options->echo || !budget)
		return;
	budget->used += kept;
	budget->used -= transfer->echoes_kept;
	transfer->echoes_kept = kept;
}

void transfer_serve(struct transfer *transfer)
{
	transfer->now_ms = monotonic_ms();
	look_whether_written(transfer);
	look_whether_settled(transfer);
	serve_input(transfer);
	serve_socket(transfer);
	look_whether_taken(transfer);
	account_for_echoes(transfer, sdu_source_kept(&transfer->source));
	look_at_output(transfer);
	look_at_clocks(transfer);
}

void transfer_start(struct transfer *transfer, const struct transfer_options *options,
		    struct transfer_result *result)
{
	int on = 1;

	*transfer = (struct transfer){
		.options = options,
		.result = result,
		.socket = {.fd = options->socket, .stirred = options->stirred},
		.input = {.fd = options->send.input, .stirred = options->stirred},
		.settled = options->settle_ms == 0 || options->queued_only,
		.channel_open = true,
		.channel_failed = options->queued_only,
		.tick_ms = SHORTEST_TICK_MS,
		.output_position = options->output->put,
		.now_ms = monotonic_ms(),
	};
	result->error = 0;
	sdu_source_start(&transfer->source, &options->send);
	transfer->unwritten = unwritten(transfer);
	transfer->moved_ms = transfer->looked_ms = transfer->now_ms;
	transfer->send_from_ms = transfer->now_ms + options->settle_ms;
	/* A socket with nothing to send has it all taken. */
	transfer->taken = all_sent(transfer);
	transfer->taken_ms = transfer->received_ms = transfer->now_ms;
	if (setsockopt(options->socket, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) < 0)
		transfer_end(transfer, TRANSFER_LOST, errno);
	/* A signal may have come before, and there may be nothing to wait for. */
	look_at_clocks(transfer);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void transfer_finish(struct transfer *transfer, struct event_loop *loop)
{
	struct transfer_result *result = transfer->result;

	event_source_want(loop, &transfer->socket, 0);
	event_source_want(loop, &transfer->input, 0);
	account_for_echoes(transfer, 0);
	result->seconds += seconds_between(&transfer->first_move, &transfer->last_move);
	result->bytes_unwritten = unwritten(transfer);
	result->sent_away = !transfer->settled && result->sdus_sent == 0 &&
			    result->sdus_received == 0 &&
			    result->end == TRANSFER_PEER_CLOSED_EARLY;
	sdu_source_free(&transfer->source);
}
