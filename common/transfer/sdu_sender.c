// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/sdu_sender.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "event_loop.h"
#include "sdu_socket.h"

enum {
	SHORTEST_TICK_MS = 1, /* how often to check what no event reports */
	LONGEST_TICK_MS = 50,
};

static bool closed_by_peer(const struct sdu_sender *sender)
{
	return sdu_socket_closed_by_peer(sender->socket);
}

bool sdu_sender_all_sent(const struct sdu_sender *sender)
{
	return sdu_source_is_empty(&sender->source);
}

bool sdu_sender_all_taken(const struct sdu_sender *sender)
{
	return sender->phase == SENDER_ALL_TAKEN ||
	       (sender->phase == SENDER_SETTLING && sdu_sender_all_sent(sender));
}

void sdu_sender_start(struct sdu_sender *sender, const struct sender_setup *setup,
		      const struct sdu_observer *observer, int socket, int64_t now_ms)
{
	*sender = (struct sdu_sender){
		.setup = setup,
		.observer = observer,
		.socket = socket,
		.most = MOST_SDUS_AT_ONCE,
		.burst = 1, /* for measure() */
		.tick_ms = SHORTEST_TICK_MS,
		.send_from_ms = now_ms + setup->settle_ms,
		.taken_ms = now_ms,
	};
	sdu_source_start(&sender->source, &setup->plan);
	if (setup->settle_ms == 0)
		sender->phase =
			sdu_sender_all_sent(sender) ? SENDER_ALL_TAKEN : SENDER_SENDING;
}

void sdu_sender_free(struct sdu_sender *sender)
{
	sdu_source_free(&sender->source);
}

/* --- the input ------------------------------------------------------------------------
 */

bool sdu_sender_wants_input(const struct sdu_sender *sender)
{
	return sender->phase != SENDER_SETTLING &&
	       sdu_source_wants_input(&sender->source);
}

enum sender_result sdu_sender_read(struct sdu_sender *sender)
{
	int length = sdu_source_read(&sender->source);

	if (length >= 0)
		return length ? SENDER_MOVED : SENDER_WAITS;
	sender->error = -length;
	return length == -ENOMEM ? SENDER_NO_MEMORY : SENDER_INPUT_FAILED;
}

/* --- sending --------------------------------------------------------------------------
 */

static enum sender_result cannot_send(struct sdu_sender *sender, size_t length, int error)
{
	sender->failed_length = length;
	sender->error = error;
	return SENDER_CANNOT_SEND;
}

/* EAGAIN: when there is less in the send buffer each time, it will do for the SDU. */
static enum sender_result must_wait(struct sdu_sender *sender, size_t length)
{
	uint32_t before = sender->unsent_memory;

	if (socket_unsent_memory(sender->socket, &sender->unsent_memory) == 0 &&
	    sender->unsent_memory > 0) {
		/* poll() reports half of the buffer, which may be less than an SDU. */
		sender->blocked = poll_now(sender->socket, POLLOUT) & POLLOUT
					? FULL_THOUGH_WRITABLE
					: WAITS_FOR_ROOM;
		return sender->unsent_memory == before ? SENDER_WAITS : SENDER_MOVED;
	}
	/* Trap T4: it never leaves. */
	if (sender->blocked == FULL_THOUGH_EMPTY)
		return cannot_send(sender, length, ENOBUFS);
	sender->blocked = FULL_THOUGH_EMPTY;
	return SENDER_WAITS;
}

static enum sender_result send_failed(struct sdu_sender *sender, size_t length, int error)
{
	switch (error) {
	case EINTR:
		return SENDER_WAITS;
	case ECOMM:
		return SENDER_TORN;
	case EMSGSIZE:
		return cannot_send(sender, length, EMSGSIZE);
	case EAGAIN:
		return must_wait(sender, length);
	default:
		/* When the channel breaks in the middle of a send, that only says that it
		 * is not connected. Receiving reports why. */
		sender->error = error == ENOTCONN ? 0 : error;
		return SENDER_CHANNEL_BROKE;
	}
}

/* What an SDU takes of the send buffer, from COUNT of them with LENGTH bytes, before
 * which it was empty. One that finds no room is copied as far as there is some, and
 * thrown away: with 32,000 bytes that doubled the cost. A socket that is writable has
 * half of its buffer. */
static void measure(struct sdu_sender *sender, size_t length, unsigned int count)
{
	uint32_t memory, room;

	if (length == 0 || socket_unsent_memory(sender->socket, &memory) < 0)
		return;
	sender->memory_a_byte = (double)memory / (double)length;
	memory /= count;
	if (memory && socket_send_buffer(sender->socket, &room) == 0 &&
	    room / 2 / memory < MOST_SDUS_AT_ONCE)
		sender->most = room / 2 > memory ? room / 2 / memory : 1;
}

/* COUNT of SDUS were sent. */
static void note_sent(struct sdu_sender *sender, const struct iovec *sdus, int count)
{
	size_t length = 0;

	for (int i = 0; i < count; i++)
		length += sdus[i].iov_len;
	/* The first may have left the send buffer as soon as they were in it. */
	if (sender->memory_a_byte <= 0 && sender->sdus < MOST_SDUS_AT_ONCE)
		measure(sender, length, (unsigned int)count);
	sender->phase = SENDER_SENDING;
	sender->blocked = SENDS_WHEN_WRITABLE;
	sender->tick_ms = SHORTEST_TICK_MS;
	sender->sdus += (unsigned int)count;
	if (sender->setup->interval_ms)
		sender->next_sdu_ms = monotonic_ms() + sender->setup->interval_ms;
	for (int i = 0; i < count; i++) {
		sender->bytes += sdus[i].iov_len;
		sdu_source_sent(&sender->source, sdus[i].iov_len);
		if (sender->observer)
			sender->observer->sent(sender->observer->owner, sdus[i].iov_len);
	}
}

/* How many to send at once next, when COUNT of them went. */
static void choose_burst(struct sdu_sender *sender, unsigned int count)
{
	const struct sender_setup *setup = sender->setup;

	if (setup->one_at_a_time || setup->interval_ms)
		return;
	sender->burst = count < sender->burst ? count + 1 : 2 * count;
	if (sender->burst > sender->most)
		sender->burst = sender->most;
}

static enum sender_result send_some(struct sdu_sender *sender)
{
	const struct sender_setup *setup = sender->setup;
	struct mmsghdr messages[MOST_SDUS_AT_ONCE];
	struct iovec sdus[MOST_SDUS_AT_ONCE];
	int count = sdu_source_next(&sender->source, sdus, sender->burst);
	int fit = 0;

	if (count < 0) {
		sender->error = count == -EILSEQ ? 0 : -count;
		return count == -EILSEQ ? SENDER_BAD_INPUT : SENDER_NO_MEMORY;
	}
	while (fit < count && sdus[fit].iov_len <= setup->most_sdu &&
	       sdus[fit].iov_len >= setup->least_sdu) {
		messages[fit].msg_hdr =
			(struct msghdr){.msg_iov = &sdus[fit], .msg_iovlen = 1};
		fit++;
	}
	if (fit == 0)
		return cannot_send(sender, sdus->iov_len,
				   sdus->iov_len > setup->most_sdu ? EMSGSIZE : EINVAL);
	count = sendmmsg(sender->socket, messages, (unsigned int)fit,
			 MSG_DONTWAIT | MSG_NOSIGNAL);
	if (count < 0)
		return send_failed(sender, sdus->iov_len, errno);
	note_sent(sender, sdus, count);
	choose_burst(sender, (unsigned int)count);
	return count == fit ? SENDER_MOVED : SENDER_WAITS;
}

bool sdu_sender_is_due(const struct sdu_sender *sender, bool even_short)
{
	return sender->phase != SENDER_SETTLING &&
	       sdu_source_has_sdu(&sender->source, even_short) &&
	       (!sender->next_sdu_ms || monotonic_ms() >= sender->next_sdu_ms);
}

enum sender_result sdu_sender_turn(struct sdu_sender *sender)
{
	uint64_t before = sender->sdus;
	enum sender_result result = SENDER_WAITS;

	if (sender->blocked != FULL_THOUGH_EMPTY)
		sender->blocked = SENDS_WHEN_WRITABLE;
	while (sender->sdus - before < sender->most && sdu_sender_is_due(sender, false)) {
		result = send_some(sender);
		if (result != SENDER_MOVED || sender->blocked)
			break;
	}
	return result == SENDER_WAITS && sender->sdus > before ? SENDER_MOVED : result;
}

/* When the time to send is over, or WAIT_FOREVER. */
static int64_t end_of_time(const struct sdu_sender *sender)
{
	return sender->setup->time_ms && sender->source.open
		     ? sender->send_from_ms + sender->setup->time_ms
		     : WAIT_FOREVER;
}

void sdu_sender_look_at_clock(struct sdu_sender *sender, int64_t now_ms)
{
	int64_t until_ms = end_of_time(sender);

	if (sender->phase == SENDER_SETTLING && now_ms >= sender->send_from_ms &&
	    !closed_by_peer(sender))
		sender->phase = SENDER_SENDING;
	if (until_ms != WAIT_FOREVER && now_ms >= until_ms)
		sdu_source_drop(&sender->source);
}

/* --- has it been taken? ---------------------------------------------------------------
 */

/* Trap T9: closing does not wait for what is queued. Shown by "a receiver that does not
 * read for 13 s gets everything" in the laboratory. */
enum sender_result sdu_sender_look_whether_taken(struct sdu_sender *sender,
						 int64_t now_ms)
{
	uint32_t before = sender->unsent_memory;

	if (sender->phase == SENDER_ALL_TAKEN && !sdu_sender_all_sent(sender))
		sender->phase = SENDER_SENDING; /* more was put into the queue */
	if (sender->phase != SENDER_SENDING ||
	    (!sdu_sender_all_sent(sender) && sender->blocked != WAITS_FOR_ROOM))
		return SENDER_WAITS;
	if (socket_unsent_memory(sender->socket, &sender->unsent_memory) < 0)
		return SENDER_WAITS; /* a dead socket: receiving reports why */
	sender->tick_ms = sender->tick_ms < LONGEST_TICK_MS / 2 ? sender->tick_ms * 2
								: LONGEST_TICK_MS;
	/* With flow control, the peer's close empties the buffer as well. */
	if (sender->unsent_memory == 0 && sdu_sender_all_sent(sender) &&
	    !(sender->setup->close_drops_unsent && closed_by_peer(sender))) {
		sender->phase = SENDER_ALL_TAKEN;
		sender->taken_ms = now_ms;
	}
	return sender->unsent_memory == before ? SENDER_WAITS : SENDER_MOVED;
}

bool sdu_sender_is_awaited(const struct sdu_sender *sender)
{
	return sender->phase == SENDER_SENDING && sdu_sender_all_sent(sender);
}

double sdu_sender_part_taken(const struct sdu_sender *sender)
{
	uint32_t memory = 0;
	double all = (double)sender->bytes * sender->memory_a_byte;

	if (sdu_sender_all_taken(sender) || all <= 0 ||
	    socket_unsent_memory(sender->socket, &memory) < 0)
		return 1;
	return memory < all ? 1 - memory / all : 0;
}

/* --- the channel ends -----------------------------------------------------------------
 */

enum sender_result sdu_sender_look_at_input_once_more(struct sdu_sender *sender,
						      bool received)
{
	enum sender_result result = SENDER_WAITS;

	/* One that was sent away got nothing, and its input is still to be read. */
	if ((sender->phase != SENDER_SETTLING || received) && closed_by_peer(sender) &&
	    sdu_source_wants_input(&sender->source) &&
	    poll_now(sender->setup->plan.input, POLLIN))
		result = sdu_sender_read(sender);
	if (sender->sdus == 0 && !sender->source.open && sdu_sender_all_sent(sender) &&
	    sender->phase < SENDER_CUT)
		sender->phase = SENDER_ALL_TAKEN; /* there was nothing */
	return result;
}

void sdu_sender_cut(struct sdu_sender *sender)
{
	/* More may have come into a queue that is open, but for one that only answers. */
	bool is_open = sender->source.open && !sender->setup->plan.answers;

	if ((is_open || !sdu_sender_all_sent(sender)) && sender->phase < SENDER_CUT)
		sender->phase =
			sender->phase == SENDER_SETTLING ? SENDER_SENT_AWAY : SENDER_CUT;
	sender->bytes_unsent += sdu_source_kept(&sender->source);
	sdu_source_drop(&sender->source);
}

/* --- how long to wait -----------------------------------------------------------------
 */

int64_t sdu_sender_time_to_send(const struct sdu_sender *sender, int64_t now_ms)
{
	int64_t from = sender->send_from_ms > sender->next_sdu_ms ? sender->send_from_ms
								  : sender->next_sdu_ms;

	if (now_ms >= from || (sender->phase != SENDER_SETTLING &&
			       !sdu_source_has_sdu(&sender->source, true)))
		from = WAIT_FOREVER;
	if (end_of_time(sender) < from)
		from = end_of_time(sender);
	return from == WAIT_FOREVER ? WAIT_FOREVER : from - now_ms;
}

int64_t sdu_sender_time_to_look(const struct sdu_sender *sender)
{
	if (sender->blocked == FULL_THOUGH_WRITABLE)
		return SHORTEST_TICK_MS;
	if (sender->blocked == WAITS_FOR_ROOM)
		return LONGEST_TICK_MS;
	return sdu_sender_is_awaited(sender) ? sender->tick_ms : WAIT_FOREVER;
}
