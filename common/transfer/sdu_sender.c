// SPDX-License-Identifier: GPL-2.0-or-later
#include "transfer/transfer_parts.h"

#include <errno.h>
#include <sys/socket.h>

#include "sdu_socket.h"

void transfer_read_input(struct transfer *transfer)
{
	int length = sdu_source_read(&transfer->source);

	if (length > 0)
		transfer->moved_ms = monotonic_ms();
	else if (length == -ENOMEM)
		transfer_end(transfer, TRANSFER_NO_MEMORY, ENOMEM);
	else if (length < 0)
		transfer_end(transfer, TRANSFER_INPUT_FAILED, -length);
}

static void send_impossible(struct transfer *transfer, size_t length, int error)
{
	transfer->result->failed_sdu_length = length;
	transfer->result->fault = transfer->source.fault;
	transfer_end(transfer, TRANSFER_SEND_FAILED, error);
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
		send_impossible(transfer, length, ENOBUFS);
	} else {
		transfer->send_blocked_when_empty = true;
	}
}

static void send_failed(struct transfer *transfer, size_t length, int error)
{
	if (error == EINTR)
		return;
	if (error == ECOMM) {
		transfer_note_torn(transfer);
		return;
	}
	if (error == EMSGSIZE) {
		send_impossible(transfer, length, EMSGSIZE);
	} else if (error == EAGAIN || error == EWOULDBLOCK) {
		send_must_wait(transfer, length);
	} else {
		/* When the channel breaks in the middle of a send, that is only told that
		 * it is not connected. Receiving tells why. */
		transfer_channel_failed(transfer, error == ENOTCONN ? 0 : error);
	}
}

static void note_sent(struct transfer *transfer, size_t length)
{
	const struct transfer_options *options = transfer->options;

	sdu_source_sent(&transfer->source, length);
	transfer->taken = false;
	transfer->send_blocked_when_empty = false;
	if (transfer->result->sdus_sent == 0 && length > 0) {
		uint32_t memory;

		if (socket_unsent_memory(options->socket, &memory) == 0)
			transfer->memory_a_byte = (double)memory / (double)length;
	}
	transfer->result->sdus_sent++;
	transfer->result->bytes_sent += length;
	transfer_note_move(transfer);
	transfer->next_sdu_ms = transfer->moved_ms + options->interval_ms;
	transfer->answered = false;
	if (options->observer)
		options->observer->sent(options->observer->owner, length);
}

static bool send_one(struct transfer *transfer)
{
	const struct transfer_options *options = transfer->options;
	const void *data;
	size_t length;
	int error = sdu_source_next(&transfer->source, &data, &length);

	if (error == -EILSEQ) {
		transfer->result->fault = transfer->source.fault;
		transfer_end(transfer, TRANSFER_INPUT_MALFORMED, 0);
	} else if (error) {
		transfer_end(transfer, TRANSFER_NO_MEMORY, -error);
	} else if (length > options->most_sdu) {
		send_impossible(transfer, length, EMSGSIZE);
	} else if (length < options->least_sdu) {
		send_impossible(transfer, length, EINVAL);
	} else if (send(options->socket, data, length, MSG_DONTWAIT | MSG_NOSIGNAL) < 0) {
		send_failed(transfer, length, errno);
	} else {
		note_sent(transfer, length);
		return true;
	}
	return false;
}

bool transfer_is_due(const struct transfer *transfer, bool even_short)
{
	return transfer->settled && monotonic_ms() >= transfer->next_sdu_ms &&
	       sdu_source_has_sdu(&transfer->source, even_short);
}

void transfer_send_turn(struct transfer *transfer)
{
	transfer->send_blocked = false;
	for (int i = 0; i < SDUS_A_TURN && transfer_is_due(transfer, false); i++) {
		if (!send_one(transfer))
			return;
	}
}
