// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "byte_queue.h"
#include "socket_memory.h"

enum {
	INPUT_BLOCK = 65536,  /* bytes to ask of the input at once */
	FILE_BLOCK = 1 << 20, /* bytes to give a regular file at once */
	SDUS_A_TURN = 64,     /* SDUs to move before looking elsewhere again */
	CROSSING_MS = 100,    /* what an SDU may take to arrive */
	SHORTEST_TICK_MS = 1, /* how often to look at what no event tells */
	LONGEST_TICK_MS = 16,
	SILENT_ERROR_MS = 1000, /* how long an error may go unnoticed */
};

enum { SOCKET, INPUT, OUTPUT, DESCRIPTORS };

struct transfer {
	const struct transfer_options *options;
	struct transfer_result *result;

	struct byte_queue unsent; /* read from the input */
	bool message_pending;
	bool input_open;   /* the input may have more */
	bool input_paused; /* it has no more at the moment */
	bool send_blocked; /* EAGAIN although poll() said "writable" */
	bool send_blocked_when_empty;
	bool taken;		/* all was sent, and taken from the send buffer */
	uint32_t unsent_memory; /* when last looked at */

	struct byte_queue unwritten; /* received */
	size_t write_block;

	bool channel_open;
	bool channel_failed; /* an errno came: only what is queued remains */
	bool bare_zero;	     /* the last receive was a 0 that is no SDU */
	bool ended;

	int64_t now_ms, moved_ms, taken_ms, sent_ms, received_ms;
	int64_t send_from_ms; /* not before */
	bool answered;	      /* something came after the last SDU was sent */
	int tick_ms;
	struct timespec first_move, last_move;
};

static void end_transfer(struct transfer *transfer, enum transfer_end end, int error)
{
	if (transfer->ended)
		return;
	transfer->ended = true;
	transfer->result->end = end;
	transfer->result->error = error;
}

static void note_move(struct transfer *transfer)
{
	clock_gettime(CLOCK_MONOTONIC, &transfer->last_move);
	if (transfer->first_move.tv_sec == 0 && transfer->first_move.tv_nsec == 0)
		transfer->first_move = transfer->last_move;
	transfer->moved_ms = monotonic_ms();
}

static bool all_sent(const struct transfer *transfer)
{
	return !transfer->message_pending && !transfer->input_open &&
	       byte_queue_length(&transfer->unsent) == 0;
}

static bool has_room(const struct transfer *transfer)
{
	return byte_queue_length(&transfer->unwritten) + SDU_ROOM <=
	       transfer->options->read_ahead;
}

/* Only the peer's disconnect request sets POLLRDHUP; a lost link does not (trap T13,
 * shown by "a lost link is status 4 at both ends" in the laboratory). */
static bool closed_by_peer(const struct transfer *transfer)
{
	struct pollfd descriptor = {.fd = transfer->options->socket, .events = POLLRDHUP};

	return poll(&descriptor, 1, 0) > 0 && (descriptor.revents & POLLRDHUP);
}

/* Trap T9: closing does not wait for what is queued. Looks whether it is all gone; no
 * event tells. Shown by "a receiver that does not read for 13 s gets everything" in the
 * laboratory. */
static void look_whether_taken(struct transfer *transfer)
{
	uint32_t before = transfer->unsent_memory;

	if (transfer->taken || !transfer->channel_open || transfer->channel_failed ||
	    !all_sent(transfer))
		return;
	if (socket_unsent_memory(transfer->options->socket, &transfer->unsent_memory) < 0)
		return; /* a dead socket: receiving tells why */
	if (transfer->unsent_memory != before) {
		transfer->moved_ms = transfer->now_ms;
		transfer->tick_ms = SHORTEST_TICK_MS;
	} else if (transfer->tick_ms < LONGEST_TICK_MS) {
		transfer->tick_ms *= 2;
	}
	/* In ERTM, the peer's close empties the buffer as well. */
	if (transfer->unsent_memory == 0 &&
	    !(transfer->options->close_drops_unsent && closed_by_peer(transfer))) {
		transfer->taken = true;
		transfer->taken_ms = transfer->now_ms;
	}
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
	    transfer->options->close_drops_unsent)
		return transfer->taken;
	return transfer->answered || monotonic_ms() - transfer->sent_ms >= CROSSING_MS;
}

/* Nothing more can be received. */
static void end_channel(struct transfer *transfer)
{
	int error = transfer->result->error ? transfer->result->error : ECONNRESET;

	if (!transfer->options->close_drops_unsent)
		look_whether_taken(transfer);
	transfer->channel_open = false;
	if (!closed_by_peer(transfer))
		end_transfer(transfer, TRANSFER_LOST, error);
	else if (arrived_before_close(transfer) &&
		 (transfer->options->await_peer || transfer->options->quiet_ms))
		end_transfer(transfer, TRANSFER_PEER_CLOSED, 0);
	else
		end_transfer(transfer, TRANSFER_PEER_CLOSED_EARLY, 0);
}

/* A fatal errno comes once, from then on the socket says EAGAIN for ever and the only
 * event is POLLHUP (trap T13): now only what is queued is read, without waiting. */
static void channel_failed(struct transfer *transfer, int error)
{
	transfer->channel_failed = true;
	if (!transfer->result->error)
		transfer->result->error = error;
	transfer->message_pending = false;
	transfer->input_open = false;
	byte_queue_consume(&transfer->unsent, byte_queue_length(&transfer->unsent));
}

/* --- receiving ---------------------------------------------------------------------- */

/*
 * recvmsg() for one SDU. *IS_SDU tells an empty SDU from the other zeros: each SDU
 * carries its time of arrival (SO_TIMESTAMP), which an end of the channel, and the 0
 * that a pending error turns into (trap T1), do not.
 */
static ssize_t receive_sdu(int socket, void *room, bool *is_sdu, bool *truncated)
{
	union {
		struct cmsghdr header;
		char room[256];
	} control;
	struct iovec vector = {.iov_base = room, .iov_len = SDU_ROOM};
	struct msghdr message = {.msg_iov = &vector,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	ssize_t length = recvmsg(socket, &message, MSG_DONTWAIT);

	*is_sdu = length > 0 || (length == 0 && CMSG_FIRSTHDR(&message));
	*truncated = message.msg_flags & MSG_TRUNC;
	return length;
}

static void keep_sdu(struct transfer *transfer, unsigned char *room, size_t length)
{
	transfer->result->sdus_received++;
	transfer->result->bytes_received += length;
	note_move(transfer);
	transfer->received_ms = transfer->moved_ms;
	transfer->answered = true;
	if (transfer->options->output < 0)
		return;
	/* The room was reserved with a byte to spare. */
	if (transfer->options->separate_sdus && (length == 0 || room[length - 1] != '\n'))
		room[length++] = '\n';
	byte_queue_commit(&transfer->unwritten, length);
}

/*
 * Receives one SDU; false when there is none now, or no more.
 * Trap T1: a peer's disconnect makes one recv() return 0 ahead of SDUs that are still
 * queued; the end has come when a second 0 follows at once. Shown by "a lone hello
 * arrives 200 times of 200" and "a tail that is queued at the close arrives".
 */
static bool receive_one(struct transfer *transfer, short events)
{
	unsigned char *room = byte_queue_reserve(&transfer->unwritten, SDU_ROOM + 1);
	bool is_sdu;
	bool truncated;
	ssize_t length;

	if (!room) {
		end_transfer(transfer, TRANSFER_NO_MEMORY, ENOMEM);
		return false;
	}
	length = receive_sdu(transfer->options->socket, room, &is_sdu, &truncated);
	if (is_sdu) {
		transfer->bare_zero = false;
		keep_sdu(transfer, room, (size_t)length);
		if (truncated)
			end_transfer(transfer, TRANSFER_TRUNCATED, 0);
		return !truncated;
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
	if (errno == EAGAIN || errno == EWOULDBLOCK) {
		if (transfer->channel_failed || (events & POLLHUP))
			end_channel(transfer);
		return false;
	}
	if (transfer->channel_failed) {
		end_channel(transfer);
		return false;
	}
	channel_failed(transfer, errno);
	return true;
}

static void receive_turn(struct transfer *transfer, short events)
{
	for (int i = 0; i < SDUS_A_TURN && has_room(transfer); i++) {
		if (!receive_one(transfer, events))
			return;
	}
}

/* --- writing ------------------------------------------------------------------------ */

static size_t choose_write_block(int output)
{
	struct stat status;

	/* When poll() says that a pipe is writable, PIPE_BUF bytes can be written
	 * without blocking. O_NONBLOCK is no choice: it would change the descriptor
	 * for everyone who shares it. */
	if (fstat(output, &status) == 0 && S_ISREG(status.st_mode))
		return FILE_BLOCK;
	return PIPE_BUF;
}

static void write_output(struct transfer *transfer)
{
	size_t length = byte_queue_length(&transfer->unwritten);
	ssize_t written;

	if (length > transfer->write_block)
		length = transfer->write_block;
	written = write(transfer->options->output, byte_queue_data(&transfer->unwritten),
			length);
	if (written > 0) {
		byte_queue_consume(&transfer->unwritten, (size_t)written);
		note_move(transfer);
	} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
		transfer->ended = false; /* the reason that matters most */
		end_transfer(transfer, TRANSFER_OUTPUT_FAILED, errno);
	}
}

/* A reader that has gone is an error only once there is something to write: it may have
 * had all that it wanted, and all that will come. */
static void serve_output(struct transfer *transfer, short events)
{
	if (byte_queue_length(&transfer->unwritten) > 0 &&
	    (events || transfer->write_block == FILE_BLOCK))
		write_output(transfer);
}

/* --- sending ------------------------------------------------------------------------ */

static void read_input(struct transfer *transfer)
{
	unsigned char *room = byte_queue_reserve(&transfer->unsent, INPUT_BLOCK);
	ssize_t length;

	if (!room) {
		end_transfer(transfer, TRANSFER_NO_MEMORY, ENOMEM);
		return;
	}
	length = read(transfer->options->input, room, INPUT_BLOCK);
	if (length > 0) {
		byte_queue_commit(&transfer->unsent, (size_t)length);
		transfer->moved_ms = monotonic_ms();
	} else if (length == 0) {
		transfer->input_open = false;
	} else if (errno != EAGAIN && errno != EINTR) {
		end_transfer(transfer, TRANSFER_INPUT_FAILED, errno);
	}
}

static bool wants_input(const struct transfer *transfer)
{
	return transfer->input_open && !transfer->channel_failed &&
	       byte_queue_length(&transfer->unsent) < transfer->options->sdu_size;
}

/* Whether an SDU is there to be sent. A short one waits until the input pauses, or for
 * its end when only full ones are wanted. */
static bool has_sdu(const struct transfer *transfer, bool input_paused)
{
	size_t length = byte_queue_length(&transfer->unsent);

	if (transfer->message_pending)
		return true;
	if (length == 0)
		return false;
	return length >= transfer->options->sdu_size || !transfer->input_open ||
	       (input_paused && !transfer->options->fill_sdus);
}

static bool may_send(const struct transfer *transfer)
{
	return transfer->now_ms >= transfer->send_from_ms;
}

/* EAGAIN: when there is less in the send buffer each time, it will do for the SDU. */
static void send_must_wait(struct transfer *transfer, size_t length)
{
	uint32_t before = transfer->unsent_memory;

	if (socket_unsent_memory(transfer->options->socket, &transfer->unsent_memory) ==
		    0 &&
	    transfer->unsent_memory > 0) {
		transfer->send_blocked = true;
		if (transfer->unsent_memory != before)
			transfer->moved_ms = monotonic_ms();
	} else if (transfer->send_blocked_when_empty) {
		/* Trap T4: it never leaves. */
		transfer->result->failed_sdu_length = length;
		end_transfer(transfer, TRANSFER_SEND_FAILED, ENOBUFS);
	} else {
		transfer->send_blocked_when_empty = true;
	}
}

static void send_failed(struct transfer *transfer, size_t length, int error)
{
	if (error == EINTR)
		return;
	if (error == EMSGSIZE) {
		transfer->result->failed_sdu_length = length;
		end_transfer(transfer, TRANSFER_SEND_FAILED, EMSGSIZE);
	} else if (error == EAGAIN || error == EWOULDBLOCK) {
		send_must_wait(transfer, length);
	} else {
		channel_failed(transfer, error);
	}
}

static bool send_one(struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;
	size_t length = byte_queue_length(&transfer->unsent);
	const void *data;

	if (transfer->message_pending) {
		data = options->message;
		length = options->message_length;
	} else {
		data = byte_queue_data(&transfer->unsent);
		if (length > options->sdu_size)
			length = options->sdu_size;
	}
	if (send(options->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		send_failed(transfer, length, errno);
		return false;
	}
	if (!transfer->message_pending)
		byte_queue_consume(&transfer->unsent, length);
	transfer->message_pending = false;
	transfer->send_blocked_when_empty = false;
	transfer->result->sdus_sent++;
	transfer->result->bytes_sent += length;
	note_move(transfer);
	transfer->sent_ms = transfer->moved_ms;
	transfer->answered = false;
	return true;
}

static void send_turn(struct transfer *transfer)
{
	transfer->send_blocked = false;
	for (int i = 0; i < SDUS_A_TURN && may_send(transfer) &&
			has_sdu(transfer, transfer->input_paused);
	     i++) {
		if (!send_one(transfer))
			return;
	}
}

/* --- the loop ----------------------------------------------------------------------- */

/* When a channel with all sent and taken is to be closed. */
static int64_t closing_time(const struct transfer *transfer)
{
	int64_t held = transfer->taken_ms + transfer->options->hold_ms;
	int64_t quiet = transfer->received_ms + transfer->options->quiet_ms;

	return held > quiet ? held : quiet;
}

static bool is_holding(const struct transfer *transfer)
{
	return transfer->taken && !transfer->options->await_peer &&
	       transfer->now_ms < closing_time(transfer);
}

/* Milliseconds until something is due that no descriptor tells, or WAIT_FOREVER. */
static int64_t time_to_wait(const struct transfer *transfer)
{
	int64_t wait = WAIT_FOREVER;

	/* What is queued on a broken channel is read without an event. */
	if (transfer->channel_failed && transfer->channel_open && has_room(transfer))
		return 0;
	if (is_holding(transfer))
		wait = closing_time(transfer) - transfer->now_ms;
	else if (transfer->options->idle_ms != WAIT_FOREVER)
		wait = transfer->moved_ms + transfer->options->idle_ms - transfer->now_ms;
	/* When ERTM gives up on a peer that is silent, it sets the socket's error and
	 * wakes nobody; the next poll() sees it (trap T13). */
	if (transfer->channel_open && !transfer->taken && wait > SILENT_ERROR_MS)
		wait = SILENT_ERROR_MS;
	if (!may_send(transfer) && has_sdu(transfer, true) &&
	    wait > transfer->send_from_ms - transfer->now_ms)
		wait = transfer->send_from_ms - transfer->now_ms;
	if (transfer->channel_open && !transfer->channel_failed &&
	    (transfer->send_blocked || (all_sent(transfer) && !transfer->taken)) &&
	    wait > transfer->tick_ms)
		wait = transfer->tick_ms;
	return wait > 0 ? wait : 0;
}

static void choose_events(const struct transfer *transfer, struct pollfd *descriptors)
{
	const struct transfer_options *options = transfer->options;
	bool sends = has_sdu(transfer, true) && may_send(transfer) &&
		     !transfer->send_blocked && !transfer->channel_failed;
	short socket_events = 0;

	if (has_room(transfer) && !transfer->ended)
		socket_events |= POLLIN;
	if (sends && !transfer->ended)
		socket_events |= POLLOUT;
	/* Without an event that is wanted, a hang-up would only make poll() spin. */
	descriptors[SOCKET] = (struct pollfd){
		.fd = transfer->channel_open && socket_events ? options->socket : -1,
		.events = socket_events,
	};
	descriptors[INPUT] = (struct pollfd){
		.fd = wants_input(transfer) && !transfer->ended ? options->input : -1,
		.events = POLLIN,
	};
	descriptors[OUTPUT] = (struct pollfd){
		.fd = byte_queue_length(&transfer->unwritten) > 0 ? options->output : -1,
		.events = POLLOUT,
	};
}

static void wait_for_events(struct transfer *transfer, struct pollfd *descriptors)
{
	int64_t wait = time_to_wait(transfer);
	struct timespec timeout = {.tv_sec = wait / 1000,
				   .tv_nsec = wait % 1000 * 1000000};
	int ready =
		ppoll(descriptors, DESCRIPTORS, wait == WAIT_FOREVER ? NULL : &timeout,
		      &transfer->options->interruption->wait_mask);

	if (ready < 0) {
		for (int i = 0; i < DESCRIPTORS; i++)
			descriptors[i].revents = 0;
		if (errno != EINTR)
			end_transfer(transfer, TRANSFER_NO_MEMORY, errno);
	} else if (ready > 0) {
		interruption_let_in(transfer->options->interruption);
	}
	transfer->now_ms = monotonic_ms();
}

static void serve_descriptors(struct transfer *transfer, const struct pollfd *descriptors)
{
	short socket_events = descriptors[SOCKET].revents;

	transfer->input_paused =
		descriptors[INPUT].fd >= 0 && !descriptors[INPUT].revents;
	if (descriptors[INPUT].revents && !transfer->ended)
		read_input(transfer);
	if (((socket_events & POLLOUT) || transfer->send_blocked) && !transfer->ended &&
	    !transfer->channel_failed)
		send_turn(transfer);
	if (transfer->channel_open && !transfer->ended &&
	    ((socket_events & ~POLLOUT) || transfer->channel_failed))
		receive_turn(transfer, socket_events);
	serve_output(transfer, descriptors[OUTPUT].revents);
	look_whether_taken(transfer);
}

/* What was received is written, whatever the end is, but where the user's patience or
 * the output itself is the reason. */
static bool is_finished(const struct transfer *transfer)
{
	enum transfer_end end = transfer->result->end;

	return transfer->ended && (byte_queue_length(&transfer->unwritten) == 0 ||
				   end == TRANSFER_OUTPUT_FAILED ||
				   end == TRANSFER_INTERRUPTED || end == TRANSFER_IDLE);
}

static void look_at_clocks(struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;

	if (*options->interruption->signal) {
		transfer->ended = false;
		end_transfer(transfer, TRANSFER_INTERRUPTED, 0);
		return;
	}
	if (transfer->taken && !options->await_peer &&
	    transfer->now_ms >= closing_time(transfer) && !transfer->ended) {
		/* Being held was no idling. */
		transfer->moved_ms = transfer->now_ms;
		end_transfer(transfer, TRANSFER_SENT, 0);
	}
	if (options->idle_ms != WAIT_FOREVER && !is_holding(transfer) &&
	    transfer->now_ms - transfer->moved_ms >= options->idle_ms &&
	    !is_finished(transfer)) {
		transfer->ended = false;
		end_transfer(transfer, TRANSFER_IDLE, 0);
	}
}

static void start(struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;
	int on = 1;

	transfer->message_pending = options->message != NULL;
	transfer->input_open = !options->message && options->input >= 0;
	transfer->channel_open = true;
	transfer->write_block = choose_write_block(options->output);
	transfer->tick_ms = SHORTEST_TICK_MS;
	transfer->now_ms = transfer->moved_ms = monotonic_ms();
	transfer->send_from_ms = transfer->now_ms + options->settle_ms;
	transfer->result->error = 0;
	/* A socket with nothing to send has it all taken. */
	transfer->taken = all_sent(transfer);
	transfer->taken_ms = transfer->received_ms = transfer->now_ms;
	if (setsockopt(options->socket, SOL_SOCKET, SO_TIMESTAMP, &on, sizeof(on)) < 0)
		end_transfer(transfer, TRANSFER_LOST, errno);
}

static double seconds_between(const struct timespec *from, const struct timespec *to)
{
	return (double)(to->tv_sec - from->tv_sec) +
	       (double)(to->tv_nsec - from->tv_nsec) / 1e9;
}

void transfer_run(const struct transfer_options *options, struct transfer_result *result)
{
	struct transfer transfer = {.options = options, .result = result};
	struct pollfd descriptors[DESCRIPTORS];

	start(&transfer);
	/* A signal may have come before, and there may be nothing to wait for. */
	look_at_clocks(&transfer);
	while (!is_finished(&transfer)) {
		choose_events(&transfer, descriptors);
		wait_for_events(&transfer, descriptors);
		serve_descriptors(&transfer, descriptors);
		look_at_clocks(&transfer);
	}
	result->seconds += seconds_between(&transfer.first_move, &transfer.last_move);
	result->bytes_unwritten += byte_queue_length(&transfer.unwritten);
	byte_queue_free(&transfer.unwritten);
	byte_queue_free(&transfer.unsent);
}
