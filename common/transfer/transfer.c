// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sdu_socket.h"

enum {
	CROSSING_MS = 100,	/* what an SDU may take to arrive */
	LAST_LOOK_MS = 40,	/* what a receiver may take to see an error of the last */
	REFUSAL_MS = 5,		/* or to refuse the channel, for its mode */
	MOST_UNREAD_MS = 10000, /* that a peer may go on sending what is thrown away */
	DROPS_TICK_MS = 16,	/* how often to look at what the kernel dropped */
	SILENT_ERROR_MS = 1000, /* how long an error may go unnoticed */
	MOST_FALSE_ZEROS = 3,	/* receives in a row that are 0 before the end: see T1 */
};

/* --- the end ------------------------------------------------------------------------ */

/* ERROR is a positive errno that goes with it, or 0. */
static void end(struct transfer *transfer, enum transfer_end end, int error)
{
	struct transfer_result *result = transfer->result;

	if (transfer->phase == TRANSFER_ENDED &&
	    transfer_end_rank(end) <= transfer_end_rank(result->end))
		return;
	transfer->phase = TRANSFER_ENDED;
	result->end = end;
	result->error = error;
}

bool transfer_channel_is_over(const struct transfer *transfer)
{
	enum transfer_end end = transfer->result->end;

	return transfer->phase == TRANSFER_ENDED && end != TRANSFER_SENT &&
	       transfer_end_rank(end) == transfer_end_rank(TRANSFER_LOST);
}

/* --- what all parts ask ---------------------------------------------------------------
 */

static void note_move(struct transfer *transfer)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	transfer->last_move = now;
	if (transfer->first_move.tv_sec == 0 && transfer->first_move.tv_nsec == 0)
		transfer->first_move = now;
	transfer->moved_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool closed_by_peer(const struct transfer *transfer)
{
	return sdu_socket_closed_by_peer(transfer->setup->socket);
}

/* What is queued at the end of an ERTM channel is read at once: see may_read_closed(). */
static bool reads_at_once(const struct transfer *transfer)
{
	return transfer->phase == TRANSFER_EMPTYING ||
	       (transfer->phase == TRANSFER_DRAINING && transfer->setup->is_acknowledged);
}

static bool has_room(const struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;
	size_t kept = sdu_source_kept(&transfer->sender.source);

	/* A peer that does not take its echoes back gets no more; but what it left when
	 * it closed is read, for only after that is the end. */
	if (reads_at_once(transfer))
		return true;
	return output_has_room(setup->output) &&
	       (!setup->echo || output_allows(setup->output, kept) ||
		closed_by_peer(transfer));
}

static uint64_t unwritten(const struct transfer *transfer)
{
	uint64_t written = transfer->setup->output->written;

	return transfer->output_position > written ? transfer->output_position - written
						   : 0;
}

/* --- the channel ends --------------------------------------------------------------- */

/*
 * Whether the peer had everything when it closed. In ERTM it has acknowledged it.
 * Otherwise an SDU that crosses the peer's disconnect request is dropped without a word:
 * the last one must have had time to arrive, or an answer. Shown by "a request and its
 * reply" in the laboratory.
 */
static bool arrived_before_close(const struct transfer *transfer)
{
	const struct sdu_sender *sender = &transfer->sender;
	bool all_taken = sdu_sender_all_taken(sender);

	if (!all_taken || sender->sdus == 0 || transfer->setup->is_acknowledged)
		return all_taken;
	return transfer->result->sdus_received > transfer->received_before ||
	       monotonic_ms() - sender->taken_ms >= CROSSING_MS;
}

static void take_result(struct transfer *transfer, enum sender_result result);

/* Nothing more can be received. */
static void end_channel(struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;
	struct sdu_sender *sender = &transfer->sender;
	/* Without a reason: the last took it with an SDU that was sent just before. */
	int error = transfer->result->error ? transfer->result->error : ENOLINK;

	take_result(transfer, sdu_sender_look_at_input_once_more(
				      sender, transfer->result->sdus_received > 0));
	if (!setup->send.close_drops_unsent && transfer->phase < TRANSFER_DRAINING)
		sdu_sender_look_whether_taken(sender, transfer->now_ms);
	sdu_sender_cut(sender);
	transfer->result->arrival_unknown = sender->sdus &&
					    sdu_sender_all_taken(sender) &&
					    !arrived_before_close(transfer);
	if (!closed_by_peer(transfer))
		end(transfer, TRANSFER_LOST, error);
	else if (arrived_before_close(transfer) && (setup->await_peer || setup->quiet_ms))
		end(transfer, TRANSFER_PEER_CLOSED, 0);
	else
		end(transfer, TRANSFER_PEER_CLOSED_EARLY, 0);
}

/*
 * Trap T22, measured on 6.12: an ERTM channel whose receive buffer was full has told its
 * peer to wait. Read down to its half it tells the peer to go on, even when it is closed,
 * and when the link is gone as well the kernel writes through a null pointer: that ends a
 * machine. So once such a channel is closed all is read at once, while the link, which
 * stays up for 2 s, is there; otherwise nothing. Shown by "a full ERTM channel whose link
 * is gone is not read" in the laboratory.
 */
static bool may_read_closed(const struct transfer_setup *setup)
{
	return !setup->is_acknowledged || !setup->link_is_up ||
	       !socket_may_be_busy(setup->socket) || setup->link_is_up(setup->link_owner);
}

/* The channel is closed: in PHASE what is queued is read, if it may be. */
static void empty_socket(struct transfer *transfer, enum transfer_phase phase)
{
	if (transfer->phase == TRANSFER_MOVING && !may_read_closed(transfer->setup)) {
		sdu_sender_cut(&transfer->sender);
		end(transfer, TRANSFER_LOST, EOVERFLOW);
	} else if (transfer->phase < phase) {
		transfer->phase = phase;
	}
}

/* A fatal errno comes once, from then on the socket says EAGAIN forever and the only
 * event is POLLHUP (trap T13): now only what is queued is read, without waiting. ERROR: a
 * positive errno, the first counts; 0: receiving is still to report. */
static void channel_failed(struct transfer *transfer, int error)
{
	if (!transfer->result->error)
		transfer->result->error = error;
	sdu_sender_cut(&transfer->sender);
	empty_socket(transfer, TRANSFER_DRAINING);
}

/* The kernel lost part of a packet of the link (ECOMM, trap T20): where nothing is sent
 * again, an SDU is missing, and the transfer ends. */
static void note_torn(struct transfer *transfer)
{
	transfer->result->torn = true;
	if (transfer->setup->counts_drops)
		end(transfer, TRANSFER_DROPPED, 0);
}

/* --- sending ------------------------------------------------------------------------ */

/* The result of a turn of the sender, as an end of the transfer if it is one. */
static void take_result(struct transfer *transfer, enum sender_result result)
{
	const struct sdu_sender *sender = &transfer->sender;

	switch (result) {
	case SENDER_WAITS:
		break;
	case SENDER_MOVED:
		transfer->moved_ms = transfer->now_ms;
		break;
	case SENDER_CANNOT_SEND:
		transfer->result->failed_sdu_length = sender->failed_length;
		transfer->result->fault = sender->source.fault;
		end(transfer, TRANSFER_SEND_FAILED, sender->error);
		break;
	case SENDER_INPUT_FAILED:
		end(transfer, TRANSFER_INPUT_FAILED, sender->error);
		break;
	case SENDER_BAD_INPUT:
		transfer->result->fault = sender->source.fault;
		end(transfer, TRANSFER_INPUT_MALFORMED, 0);
		break;
	case SENDER_NO_MEMORY:
		end(transfer, TRANSFER_NO_MEMORY, ENOMEM);
		break;
	case SENDER_CHANNEL_BROKE:
		channel_failed(transfer, sender->error);
		break;
	case SENDER_TORN:
		note_torn(transfer);
		break;
	}
}

static void send_turn(struct transfer *transfer)
{
	const struct sdu_sender *sender = &transfer->sender;
	struct transfer_result *result = transfer->result;
	uint64_t sdus = sender->sdus, bytes = sender->bytes;
	bool is_first = !result->sdus_sent && !result->sdus_received;
	struct timespec start;
	enum sender_result sent;

	if (is_first)
		clock_gettime(CLOCK_MONOTONIC, &start);
	sent = sdu_sender_turn(&transfer->sender);
	if (sender->sdus > sdus) {
		if (is_first && sender->sdus - sdus > 1)
			transfer->first_move = start;
		note_move(transfer);
		result->sdus_sent += sender->sdus - sdus;
		result->bytes_sent += sender->bytes - bytes;
		transfer->received_before = result->sdus_received;
	}
	take_result(transfer, sent);
}

static void look_whether_taken(struct transfer *transfer)
{
	struct sdu_sender *sender = &transfer->sender;
	bool before = sdu_sender_all_taken(sender);

	if (transfer->phase > TRANSFER_EMPTYING)
		return;
	take_result(transfer, sdu_sender_look_whether_taken(sender, transfer->now_ms));
	/* What is in the send buffer is not there yet. */
	if (!before && sdu_sender_all_taken(sender) && sender->sdus)
		clock_gettime(CLOCK_MONOTONIC, &transfer->last_move);
}

/* --- receiving ---------------------------------------------------------------------- */

static void echo(struct transfer *transfer, const unsigned char *sdu, size_t length)
{
	/* On a broken channel there is no one to send it to. */
	if (transfer->phase != TRANSFER_DRAINING &&
	    sdu_source_put(&transfer->sender.source, sdu, length))
		end(transfer, TRANSFER_NO_MEMORY, ENOMEM);
}

static void keep_sdu(struct transfer *transfer, const unsigned char *sdu,
		     const struct received_sdu *received)
{
	const struct transfer_setup *setup = transfer->setup;
	size_t length = received->length;

	transfer->result->sdus_received++;
	transfer->result->bytes_received += length;
	if (setup->observer)
		setup->observer->received(setup->observer->owner, sdu, length,
					  received->arrived_us);
	if (setup->echo)
		echo(transfer, sdu, length);
	output_put(setup->output, sdu, length);
	if (setup->expected && transfer->result->bytes_received > setup->expected)
		end(transfer, TRANSFER_TOO_MUCH, 0);
}

/* All of them, though one may end the transfer: the kernel does not have them any more.
 */
static void keep_sdus(struct transfer *transfer, const unsigned char *room,
		      const struct received_sdu *sdus, int count)
{
	uint64_t before = transfer->result->sdus_received;

	for (int i = 0; i < count; i++, room += transfer->setup->most_received) {
		if (sdus[i].truncated)
			end(transfer, TRANSFER_TRUNCATED, 0);
		if (sdus[i].is_sdu)
			keep_sdu(transfer, room, &sdus[i]);
		transfer->zeros = sdus[i].is_sdu ? 0 : transfer->zeros + 1;
	}
	if (transfer->result->sdus_received == before)
		return;
	note_move(transfer);
	transfer->received_ms = transfer->moved_ms;
	transfer->output_position = transfer->setup->output->put;
	output_write_ready(transfer->setup->output);
	transfer->unwritten = unwritten(transfer);
}

/* While nothing is read, the error of a torn frame (T20) is waiting to be overwritten by
 * that of the peer's close. Shown by "a torn frame is reported though nothing is read
 * when it comes" in the laboratory. */
static void look_for_torn(struct transfer *transfer)
{
	int error;

	if (transfer->phase != TRANSFER_MOVING || has_room(transfer))
		return;
	error = socket_take_error(transfer->setup->socket);
	if (error == ECOMM)
		note_torn(transfer);
	else if (error && !closed_by_peer(transfer))
		channel_failed(transfer, error);
}

/*
 * Trap T3: without flow control, the kernel drops an SDU that finds the receive buffer
 * full, and only counts it. Shown by "a full buffer in basic mode tells how many SDUs
 * were lost" in the laboratory.
 */
static void look_for_drops(struct transfer *transfer)
{
	uint32_t dropped = 0;

	transfer->counted_ms = transfer->now_ms;
	if (!transfer->setup->counts_drops)
		return;
	look_for_torn(transfer);
	if (socket_dropped_sdus(transfer->setup->socket, &dropped) < 0 || !dropped)
		return;
	transfer->result->sdus_dropped = dropped;
	end(transfer, TRANSFER_DROPPED, 0);
}

/* Receiving failed with errno; returns whether to receive again at once. */
static bool receiving_failed(struct transfer *transfer, uint32_t events)
{
	switch (errno) {
	case EINTR:
		return true;
	case ECOMM:
		note_torn(transfer);
		return true;
	case EAGAIN:
		transfer->zeros = 0; /* the next does not follow at once */
		if (transfer->phase == TRANSFER_DRAINING || (events & EPOLLHUP))
			end_channel(transfer);
		return false;
	default:
		break;
	}
	/* The reason comes once, ahead of what is queued. */
	if (transfer->result->error) {
		end_channel(transfer);
		return false;
	}
	channel_failed(transfer, errno);
	return transfer->phase != TRANSFER_ENDED;
}

/*
 * Receives SDUs, COUNT at most; returns whether to receive again at once.
 * Trap T1: a peer's disconnect makes receiving say 0 ahead of SDUs that are still queued.
 * Its error does, once. So does a receive that finds the queue empty, and is held up
 * until SDUs and the disconnect have come, before it checks whether the socket is shut
 * down; that needs two processors. One torn frame's error (T20) can be between them. So
 * the end has come with the fourth 0 in a row: with two, the last 91 of 7441 SDUs were
 * left in the queue, and both ends said 0, once in some 30 streams on two processors of a
 * busy machine. Shown by "a lone hello arrives 200 times of 200", "a tail that is queued
 * at the close arrives", and the unit test of zeros in a row.
 */
static bool receive_some(struct transfer *transfer, uint32_t events, unsigned int *count)
{
	const struct transfer_setup *setup = transfer->setup;
	struct received_sdu sdus[MOST_SDUS_AT_ONCE];
	unsigned int most;
	unsigned char *room = output_reserve(setup->output, setup->most_received, &most);
	int received;

	if (!room) {
		end(transfer, TRANSFER_NO_MEMORY, ENOMEM);
		return false;
	}
	if (*count > most)
		*count = most;
	received = sdu_socket_receive(setup->socket, room, setup->most_received, sdus,
				      *count);
	if (received < 0)
		return receiving_failed(transfer, events);
	keep_sdus(transfer, room, sdus, received);
	if (transfer->zeros > MOST_FALSE_ZEROS) {
		end_channel(transfer);
		return false;
	}
	if ((unsigned int)received == *count)
		return true;
	/* There is no more now; at the end of a channel another look says so. */
	*count = (unsigned int)received + 1;
	return transfer->phase != TRANSFER_MOVING || (events & EPOLLHUP);
}

/* Asks for one SDU more than came the last time, and for twice as many each time that
 * all of them came: a place that stays empty costs as much as an SDU. */
static void receive_turn(struct transfer *transfer, uint32_t events)
{
	unsigned int received = 0;

	if (transfer->setup->is_acknowledged && (events & (EPOLLHUP | EPOLLRDHUP)))
		empty_socket(transfer, TRANSFER_EMPTYING);
	while (received < MOST_SDUS_AT_ONCE && transfer->phase != TRANSFER_ENDED &&
	       has_room(transfer)) {
		unsigned int count = transfer->burst;

		if (!receive_some(transfer, events, &count)) {
			transfer->burst = count;
			return;
		}
		received += count;
		transfer->burst =
			2 * count < MOST_SDUS_AT_ONCE ? 2 * count : MOST_SDUS_AT_ONCE;
	}
}

/* --- the loop ----------------------------------------------------------------------- */

/* When a channel with all sent and delivered is to be closed. */
static int64_t closing_time(const struct transfer *transfer)
{
	const struct sdu_sender *sender = &transfer->sender;
	/* Trap T20: the error of a torn frame, which the next one shows, is gone when
	 * that of the close comes before the receiver has read it. And a server that
	 * wants another mode refuses a channel that is up: its client must still be
	 * there. Shown by "a torn frame is reported" and "each pair of modes ends as it
	 * should". */
	int64_t least_ms = !transfer->setup->counts_drops || !sender->sdus ? 0
			 : sender->sdus > 1				   ? LAST_LOOK_MS
									   : REFUSAL_MS;
	int64_t hold_ms =
		transfer->setup->hold_ms > least_ms ? transfer->setup->hold_ms : least_ms;
	int64_t held = sender->taken_ms + hold_ms;
	int64_t quiet = transfer->received_ms + transfer->setup->quiet_ms;

	/* Output that no program reads any more is not waited for without limit. */
	if (transfer->setup->output->reader_left &&
	    quiet > sender->taken_ms + MOST_UNREAD_MS)
		quiet = sender->taken_ms + MOST_UNREAD_MS;
	return held > quiet ? held : quiet;
}

/* It is this end's part to close, now or at closing_time(). */
static bool is_to_close(const struct transfer *transfer)
{
	return sdu_sender_all_taken(&transfer->sender) && !transfer->sender.source.open &&
	       !transfer->setup->await_peer && transfer->phase != TRANSFER_ENDED;
}

static bool is_holding(const struct transfer *transfer)
{
	return sdu_sender_all_taken(&transfer->sender) && !transfer->setup->await_peer &&
	       transfer->now_ms < closing_time(transfer);
}

/* What a slow consumer takes of it is a move, too. */
static void look_whether_written(struct transfer *transfer)
{
	uint64_t left = unwritten(transfer);

	if (left < transfer->unwritten &&
	    transfer->setup->output->moved_ms > transfer->moved_ms)
		transfer->moved_ms = transfer->setup->output->moved_ms;
	transfer->unwritten = left;
}

/* Since when nothing has moved that could have: a pause before an SDU is no idling. */
static int64_t idle_since(const struct transfer *transfer)
{
	const struct sdu_sender *sender = &transfer->sender;
	bool pauses = sender->next_sdu_ms > transfer->moved_ms &&
		      sdu_source_has_sdu(&sender->source, true);

	return pauses ? sender->next_sdu_ms : transfer->moved_ms;
}

static int64_t sooner(int64_t one, int64_t other)
{
	return one < other ? one : other;
}

/* Milliseconds until something is due that no descriptor reports, or WAIT_FOREVER. */
static int64_t time_to_wait(const struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;
	const struct sdu_sender *sender = &transfer->sender;
	int64_t wait = WAIT_FOREVER;

	/* What is queued on a broken channel is read without an event. */
	if (transfer->phase == TRANSFER_DRAINING && has_room(transfer))
		return 0;
	/* That time may have come since transfer_serve() looked at the clock. */
	if (is_to_close(transfer) || is_holding(transfer))
		wait = closing_time(transfer) - transfer->now_ms;
	else if (setup->idle_ms != WAIT_FOREVER)
		wait = idle_since(transfer) + setup->idle_ms - transfer->now_ms;
	if (transfer->phase != TRANSFER_ENDED) {
		wait = sooner(wait, sdu_sender_time_to_send(sender, transfer->now_ms));
		/* For look_for_silent_error(). */
		if (!sdu_sender_all_taken(sender))
			wait = sooner(wait, SILENT_ERROR_MS);
		/* The kernel may have dropped SDUs, and may while none are read. */
		if (setup->counts_drops &&
		    (transfer->received_ms > transfer->counted_ms || !has_room(transfer)))
			wait = sooner(wait, DROPS_TICK_MS);
		if (transfer->phase != TRANSFER_DRAINING)
			wait = sooner(wait, sdu_sender_time_to_look(sender));
	}
	return wait > 0 ? wait : 0;
}

static void want(struct transfer *transfer, struct event_loop *loop,
		 struct event_source *source, uint32_t events)
{
	int error = event_source_want(loop, source, events);

	if (error)
		end(transfer, TRANSFER_NO_MEMORY, -error);
}

/*
 * Each piece that leaves the send buffer makes the kernel report a socket that is half
 * empty as writable, again and again: an edge, which only EPOLLET shows. What is received
 * is to be reported as long as it is there, so this is a descriptor of its own; without
 * one, the sender's clock looks.
 */
static void await_emptying(struct transfer *transfer, struct event_loop *loop)
{
	const struct sdu_sender *sender = &transfer->sender;
	bool awaited = sdu_sender_is_awaited(sender) && !sender->source.open &&
		       transfer->phase <= TRANSFER_EMPTYING;

	if (awaited && transfer->emptied.fd < 0)
		transfer->emptied.fd = fcntl(transfer->setup->socket, F_DUPFD_CLOEXEC, 0);
	if (transfer->emptied.fd >= 0)
		want(transfer, loop, &transfer->emptied,
		     awaited ? EPOLLOUT | EPOLLET : 0);
}

bool transfer_is_finished(const struct transfer *transfer)
{
	return transfer->phase == TRANSFER_ENDED &&
	       (unwritten(transfer) == 0 ||
		transfer_end_rank(transfer->result->end) >= URGENT_END);
}

bool transfer_waits_for_output(const struct transfer *transfer)
{
	return transfer->phase == TRANSFER_ENDED || transfer->setup->output->error ||
	       !(transfer->socket.wanted & EPOLLIN);
}

int64_t transfer_prepare(struct transfer *transfer, struct event_loop *loop)
{
	const struct sdu_sender *sender = &transfer->sender;
	uint32_t socket_events = 0;
	bool ended = transfer->phase == TRANSFER_ENDED;

	/* First: an SDU is due by now, or is waited for from now on. */
	transfer->now_ms = transfer->prepared_ms = monotonic_ms();
	/* Without an event that is wanted, a hang-up would only spin. */
	if (!ended)
		socket_events = has_room(transfer)		 ? EPOLLIN
			      : transfer->setup->is_acknowledged ? EPOLLRDHUP
								 : 0U;
	if (transfer->phase == TRANSFER_MOVING &&
	    sender->blocked != FULL_THOUGH_WRITABLE && sdu_sender_is_due(sender, true))
		socket_events |= EPOLLOUT;
	want(transfer, loop, &transfer->socket, socket_events);
	want(transfer, loop, &transfer->input,
	     transfer->phase < TRANSFER_DRAINING && sdu_sender_wants_input(sender)
		     ? EPOLLIN
		     : 0);
	await_emptying(transfer, loop);
	return transfer_is_finished(transfer) ||
			       event_source_is_always_ready(&transfer->input)
		     ? 0
		     : time_to_wait(transfer);
}

static void serve_input(struct transfer *transfer)
{
	bool waited = transfer->input.wanted != 0;
	uint32_t events = event_source_take(&transfer->input);

	sdu_source_pause(&transfer->sender.source, waited && !events);
	if (events && transfer->phase != TRANSFER_ENDED)
		take_result(transfer, sdu_sender_read(&transfer->sender));
}

/*
 * When ERTM gives up on a peer that is silent, it sets the socket's error and wakes no
 * one (trap T13): epoll never reports, a new poll() does. Shown by "without a limit ERTM
 * itself gives up" in the laboratory.
 */
static uint32_t look_for_silent_error(struct transfer *transfer)
{
	if (sdu_sender_all_taken(&transfer->sender) ||
	    transfer->phase > TRANSFER_EMPTYING ||
	    transfer->now_ms - transfer->looked_ms < SILENT_ERROR_MS)
		return 0;
	transfer->looked_ms = transfer->now_ms;
	/* The bits of poll() and of epoll are the same. */
	return (uint32_t)(unsigned short)poll_now(transfer->setup->socket, 0);
}

static void serve_socket(struct transfer *transfer)
{
	uint32_t events =
		event_source_take(&transfer->socket) | look_for_silent_error(transfer);

	if (((events & EPOLLOUT) || transfer->sender.blocked == FULL_THOUGH_WRITABLE) &&
	    transfer->phase == TRANSFER_MOVING)
		send_turn(transfer);
	if (transfer->phase == TRANSFER_DRAINING ||
	    (transfer->phase != TRANSFER_ENDED && (events & ~(uint32_t)EPOLLOUT)))
		receive_turn(transfer, events);
	if (transfer->phase == TRANSFER_ENDED ||
	    transfer->now_ms - transfer->counted_ms >= DROPS_TICK_MS)
		look_for_drops(transfer);
}

static void look_at_clocks(struct transfer *transfer)
{
	const struct transfer_setup *setup = transfer->setup;

	if (*setup->interruption->signal)
		end(transfer, TRANSFER_INTERRUPTED, 0);
	if (is_to_close(transfer) && transfer->now_ms >= closing_time(transfer)) {
		/* Being held was no idling. */
		transfer->moved_ms = transfer->now_ms;
		end(transfer, TRANSFER_SENT, 0);
	}
	/* By the time before the wait: a program that was held up itself, or stopped,
	 * looks once more at what can be moved now. */
	if (setup->idle_ms != WAIT_FOREVER && !is_holding(transfer) &&
	    transfer->prepared_ms - idle_since(transfer) >= setup->idle_ms &&
	    !transfer_is_finished(transfer))
		end(transfer, TRANSFER_IDLE, 0);
}

/* What is kept to be echoed counts in the budget. */
static void account_for_echoes(struct transfer *transfer, size_t kept)
{
	struct output_budget *budget = transfer->setup->output->budget;

	if (!transfer->setup->echo || !budget)
		return;
	budget->used += kept;
	budget->used -= transfer->echoes_kept;
	transfer->echoes_kept = kept;
}

void transfer_serve(struct transfer *transfer)
{
	transfer->now_ms = monotonic_ms();
	look_whether_written(transfer);
	sdu_sender_look_at_clock(&transfer->sender, transfer->now_ms);
	serve_input(transfer);
	serve_socket(transfer);
	look_whether_taken(transfer);
	account_for_echoes(transfer, sdu_source_kept(&transfer->sender.source));
	if (transfer->setup->output->error)
		end(transfer, TRANSFER_OUTPUT_FAILED, transfer->setup->output->error);
	look_at_clocks(transfer);
}

void transfer_start(struct transfer *transfer, const struct transfer_setup *setup,
		    struct transfer_result *result)
{
	int on = 1;
	int64_t now_ms = monotonic_ms();

	*transfer = (struct transfer){
		.setup = setup,
		.result = result,
		.socket = {.fd = setup->socket},
		.input = {.fd = setup->send.plan.input},
		.emptied = {.fd = -1},
		.output_position = setup->output->put,
		.now_ms = now_ms,
		.prepared_ms = now_ms,
		.moved_ms = now_ms,
		.looked_ms = now_ms,
		.received_ms = now_ms,
		.counted_ms = now_ms,
		.burst = 1,
	};
	result->error = 0;
	sdu_sender_start(&transfer->sender, &setup->send, setup->observer, setup->socket,
			 now_ms);
	transfer->unwritten = unwritten(transfer);
	if (setup->queued_only)
		empty_socket(transfer, TRANSFER_DRAINING);
	if (setsockopt(setup->socket, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) < 0)
		end(transfer, TRANSFER_LOST, errno);
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
	if (transfer->emptied.fd >= 0) {
		event_source_want(loop, &transfer->emptied, 0);
		close(transfer->emptied.fd);
	}
	account_for_echoes(transfer, 0);
	result->seconds += seconds_between(&transfer->first_move, &transfer->last_move);
	result->bytes_unwritten = unwritten(transfer);
	result->bytes_unsent += transfer->sender.bytes_unsent;
	result->sent_away = transfer->sender.phase == SENDER_SENT_AWAY &&
			    result->sdus_received == 0 &&
			    result->end == TRANSFER_PEER_CLOSED_EARLY;
	sdu_sender_free(&transfer->sender);
}
