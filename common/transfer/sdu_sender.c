// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer/sdu_sender.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include "event_loop.h"
#include "sdu_socket.h"

enum {
	SDUS_A_TURN = 64,     /* to send before looking elsewhere again */
	SHORTEST_TICK_MS = 1, /* how often to check what no event reports */
	LONGEST_TICK_MS = 16,
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
		sender->blocked = FULL;
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

static void note_sent(struct sdu_sender *sender, size_t length)
{
	uint32_t memory;

	sdu_source_sent(&sender->source, length);
	sender->phase = SENDER_SENDING;
	sender->blocked = SENDS_WHEN_WRITABLE;
	if (sender->sdus == 0 && length > 0 &&
	    socket_unsent_memory(sender->socket, &memory) == 0)
		sender->memory_a_byte = (double)memory / (double)length;
	sender->sdus++;
	sender->bytes += length;
	sender->next_sdu_ms = monotonic_ms() + sender->setup->interval_ms;
	if (sender->observer)
		sender->observer->sent(sender->observer->owner, length);
}

static enum sender_result send_one(struct sdu_sender *sender)
{
	const struct sender_setup *setup = sender->setup;
	const void *data;
	size_t length;
	int error = sdu_source_next(&sender->source, &data, &length);

	if (error) {
		sender->error = error == -EILSEQ ? 0 : -error;
		return error == -EILSEQ ? SENDER_BAD_INPUT : SENDER_NO_MEMORY;
	}
	if (length > setup->most_sdu)
		return cannot_send(sender, length, EMSGSIZE);
	if (length < setup->least_sdu)
		return cannot_send(sender, length, EINVAL);
	if (send(sender->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		return send_failed(sender, length, errno);
	note_sent(sender, length);
	return SENDER_MOVED;
}

bool sdu_sender_is_due(const struct sdu_sender *sender, bool even_short)
{
	return sender->phase != SENDER_SETTLING &&
	       monotonic_ms() >= sender->next_sdu_ms &&
	       sdu_source_has_sdu(&sender->source, even_short);
}

enum sender_result sdu_sender_turn(struct sdu_sender *sender)
{
	uint64_t before = sender->sdus;
	enum sender_result result = SENDER_WAITS;

	if (sender->blocked == FULL)
		sender->blocked = SENDS_WHEN_WRITABLE;
	for (int i = 0; i < SDUS_A_TURN && sdu_sender_is_due(sender, false); i++) {
		result = send_one(sender);
		if (result != SENDER_MOVED || sender->blocked == FULL)
			break;
	}
	return result == SENDER_WAITS && sender->sdus > before ? SENDER_MOVED : result;
}

void sdu_sender_look_whether_settled(struct sdu_sender *sender, int64_t now_ms)
{
	if (sender->phase == SENDER_SETTLING && now_ms >= sender->send_from_ms &&
	    !closed_by_peer(sender))
		sender->phase = SENDER_SENDING;
}

/* --- has it been taken? ---------------------------------------------------------------
 */

/* Trap T9: closing does not wait for what is queued. Shown by "a receiver that does not
 * read for 13 s gets everything" in the laboratory. */
enum sender_result sdu_sender_look_whether_taken(struct sdu_sender *sender,
						 int64_t now_ms)
{
	uint32_t before = sender->unsent_memory;
	enum sender_result result = SENDER_WAITS;

	if (sender->phase == SENDER_ALL_TAKEN && !sdu_sender_all_sent(sender))
		sender->phase = SENDER_SENDING; /* more was put into the queue */
	if (sender->phase != SENDER_SENDING || !sdu_sender_all_sent(sender))
		return SENDER_WAITS;
	if (socket_unsent_memory(sender->socket, &sender->unsent_memory) < 0)
		return SENDER_WAITS; /* a dead socket: receiving reports why */
	if (sender->unsent_memory != before) {
		sender->tick_ms = SHORTEST_TICK_MS;
		result = SENDER_MOVED;
	} else if (sender->tick_ms < LONGEST_TICK_MS) {
		sender->tick_ms *= 2;
	}
	/* With flow control, the peer's close empties the buffer as well. */
	if (sender->unsent_memory == 0 &&
	    !(sender->setup->close_drops_unsent && closed_by_peer(sender))) {
		sender->phase = SENDER_ALL_TAKEN;
		sender->taken_ms = now_ms;
	}
	return result;
}

uint64_t sdu_sender_bytes_taken(const struct sdu_sender *sender)
{
	uint32_t memory = 0;
	double left;

	if (sdu_sender_all_taken(sender) || sender->memory_a_byte <= 0 ||
	    socket_unsent_memory(sender->socket, &memory) < 0)
		return sender->bytes;
	left = memory / sender->memory_a_byte;
	return left < (double)sender->bytes ? sender->bytes - (uint64_t)left : 0;
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
		return WAIT_FOREVER;
	return from - now_ms;
}

int64_t sdu_sender_time_to_look(const struct sdu_sender *sender)
{
	return sender->blocked == FULL || (sdu_sender_all_sent(sender) &&
					   !sdu_sender_all_taken(sender))
		     ? sender->tick_ms
		     : WAIT_FOREVER;
}
