// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "channel/flush_timeout.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>
#include <bluetooth/hci_lib.h>

enum {
	SLOT_US = 625,
	EVENT_ROOM = HCI_MAX_EVENT_SIZE + 1, /* and the packet's type */
	OPCODE_WRITE = OGF_HOST_CTL << 10 | OCF_WRITE_AUTOMATIC_FLUSH_TIMEOUT,
	OPCODE_READ = OGF_HOST_CTL << 10 | OCF_READ_AUTOMATIC_FLUSH_TIMEOUT,
	HANDLE_BITS = 0x0fff,
	STATUS_NO_CONNECTION_THERE = 0x02,
};

int flush_timeout_slots(unsigned int ms)
{
	return (int)((ms * 1000 + SLOT_US / 2) / SLOT_US);
}

double flush_timeout_ms(int slots)
{
	return slots * SLOT_US / 1000.0;
}

const char *hci_status_name(uint8_t status)
{
	switch (status) {
	case 0x01:
		return "Unknown HCI Command";
	case 0x02:
		return "Unknown Connection Identifier";
	case 0x03:
		return "Hardware Failure";
	case 0x0c:
		return "Command Disallowed";
	case 0x11:
		return "Unsupported Feature or Parameter Value";
	case 0x12:
		return "Invalid HCI Command Parameters";
	case 0x1f:
		return "Unspecified Error";
	default:
		return NULL;
	}
}

/* --- events from the socket ----------------------------------------------------------
 */

static unsigned int read_le16(const unsigned char *bytes)
{
	return bytes[0] | (unsigned int)bytes[1] << 8;
}

/* Command Complete: packets, opcode, and the command's own status, handle, slots. */
static enum flush_event parse_complete(const unsigned char *event, size_t length,
				       uint16_t opcode, uint16_t handle,
				       struct flush_answer *answer)
{
	if (length < 4 || read_le16(event + 1) != opcode)
		return FLUSH_EVENT_OTHER;
	/* One that knows no such link may leave the rest away. */
	if (length >= 6 && (read_le16(event + 4) & HANDLE_BITS) != handle)
		return FLUSH_EVENT_OTHER;
	*answer = (struct flush_answer){
		.status = event[3],
		.slots = length >= 8 ? (int)read_le16(event + 6) : FLUSH_TIMEOUT_UNKNOWN,
	};
	return FLUSH_EVENT_ANSWER;
}

/* Command Status: what btvirt says to a command that it does not know. */
static enum flush_event parse_status(const unsigned char *event, size_t length,
				     uint16_t opcode, struct flush_answer *answer)
{
	if (length < 4 || read_le16(event + 2) != opcode || event[0] == 0)
		return FLUSH_EVENT_OTHER;
	*answer = (struct flush_answer){event[0], FLUSH_TIMEOUT_UNKNOWN};
	return FLUSH_EVENT_ANSWER;
}

enum flush_event flush_event_parse(const unsigned char *packet, size_t length,
				   uint16_t opcode, uint16_t handle,
				   struct flush_answer *answer)
{
	const unsigned char *event = packet + 3; /* type, code, length */

	if (length < 3 || packet[0] != HCI_EVENT_PKT || (size_t)packet[2] + 3 > length)
		return FLUSH_EVENT_OTHER;
	length = packet[2];
	switch (packet[1]) {
	case EVT_CMD_COMPLETE:
		return parse_complete(event, length, opcode, handle, answer);
	case EVT_CMD_STATUS:
		return parse_status(event, length, opcode, answer);
	case EVT_FLUSH_OCCURRED:
		return length >= 2 && (read_le16(event) & HANDLE_BITS) == handle
			     ? FLUSH_EVENT_FLUSHED
			     : FLUSH_EVENT_OTHER;
	default:
		return FLUSH_EVENT_OTHER;
	}
}

/* --- asking the controller ---------------------------------------------------------- */

/* Writes the timeout, or reads it. */
static int send_command(const struct flush_timeout *flush)
{
	bool writes = flush->phase == FLUSH_WRITING;
	uint16_t parameters[] = {htobs(flush->link.handle),
				 htobs((uint16_t)flush->asked_slots)};

	return hci_send_cmd(flush->source.fd, OGF_HOST_CTL,
			    writes ? OCF_WRITE_AUTOMATIC_FLUSH_TIMEOUT
				   : OCF_READ_AUTOMATIC_FLUSH_TIMEOUT,
			    writes ? sizeof(parameters) : sizeof(parameters[0]),
			    parameters) < 0
		     ? -errno
		     : 0;
}

/* Linux looks at the command and not at the socket; but it wants the same for a raw
 * socket of L2CAP, for which no link is needed. */
int flush_timeout_permission(void)
{
	int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC, BTPROTO_L2CAP);

	if (fd >= 0)
		close(fd);
	return fd < 0 && errno == EPERM ? -EPERM : 0;
}

/* A raw HCI socket that hears the answers to commands, and flushes. */
static int open_socket(uint16_t adapter)
{
	struct hci_filter filter;
	int fd = hci_open_dev(adapter);
	int error;

	if (fd < 0)
		return -errno;
	hci_filter_clear(&filter);
	hci_filter_set_ptype(HCI_EVENT_PKT, &filter);
	hci_filter_set_event(EVT_CMD_COMPLETE, &filter);
	hci_filter_set_event(EVT_CMD_STATUS, &filter);
	hci_filter_set_event(EVT_FLUSH_OCCURRED, &filter);
	if (setsockopt(fd, SOL_HCI, HCI_FILTER, &filter, sizeof(filter)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

int flush_timeout_start(struct flush_timeout *flush, const struct acl_link *link,
			unsigned int ms, unsigned int limit_ms)
{
	int fd = open_socket(link->adapter);
	int error;

	*flush = FLUSH_TIMEOUT_OF(ms);
	flush->link = *link;
	flush->asked_slots = flush_timeout_slots(ms);
	if (fd < 0)
		return fd;
	flush->source.fd = fd;
	flush->deadline_ms = monotonic_ms() + limit_ms;
	error = send_command(flush);
	if (error)
		flush_timeout_end(flush, NULL);
	return error;
}

static int take_answer(struct flush_timeout *flush, const struct flush_answer *answer)
{
	flush->hci_status = answer->status;
	if (answer->status == STATUS_NO_CONNECTION_THERE)
		return -ENOTCONN;
	if (answer->status)
		return -EREMOTEIO;
	if (flush->phase == FLUSH_WRITING) {
		flush->phase = FLUSH_READING;
		return send_command(flush);
	}
	flush->read_slots = answer->slots;
	if (answer->slots != flush->asked_slots)
		return -EBADMSG;
	flush->phase = FLUSH_SET;
	return 0;
}

/* Takes what the controller has said. -EAGAIN: wait for more; 0: it is set. */
static int take_events(struct flush_timeout *flush)
{
	unsigned char packet[EVENT_ROOM];
	ssize_t length;

	while ((length = recv(flush->source.fd, packet, sizeof(packet), MSG_DONTWAIT)) >
	       0) {
		uint16_t opcode =
			flush->phase == FLUSH_WRITING ? OPCODE_WRITE : OPCODE_READ;
		struct flush_answer answer;
		enum flush_event event = flush_event_parse(packet, (size_t)length, opcode,
							   flush->link.handle, &answer);
		int error = 0;

		/* What was flushed before was of another's timeout. */
		if (event == FLUSH_EVENT_FLUSHED && flush->phase == FLUSH_SET)
			flush->flushes++;
		else if (event == FLUSH_EVENT_ANSWER && flush->phase < FLUSH_SET)
			error = take_answer(flush, &answer);
		if (error)
			return error;
	}
	if (length == 0)
		return -ENODEV;
	if (errno != EAGAIN && errno != EINTR)
		return -errno;
	return flush->phase == FLUSH_SET ? 0 : -EAGAIN;
}

int64_t flush_timeout_prepare(struct flush_timeout *flush, struct event_loop *loop)
{
	int64_t left = flush->deadline_ms - monotonic_ms();

	flush->wait_error = event_source_want(loop, &flush->source, EPOLLIN);
	return left > 0 && !flush->wait_error ? left : 0;
}

int flush_timeout_serve(struct flush_timeout *flush, struct event_loop *loop)
{
	int error = flush->wait_error ? flush->wait_error : -EAGAIN;

	if (event_source_take(&flush->source))
		error = take_events(flush);
	if (error == -EAGAIN && monotonic_ms() >= flush->deadline_ms)
		error = -ETIMEDOUT;
	if (error && error != -EAGAIN)
		flush_timeout_end(flush, loop);
	return error;
}

static bool is_heard(const struct flush_timeout *flush)
{
	return flush->source.fd >= 0 && flush->phase == FLUSH_SET;
}

void flush_timeout_forget(struct flush_timeout *flush)
{
	(void)flush_timeout_flushes(flush);
	flush->flushes = 0;
}

void flush_timeout_watch(struct flush_timeout *flush, struct event_loop *loop, bool ends)
{
	if (flush->source.fd < 0 || flush->phase < FLUSH_SET)
		return;
	if (event_source_take(&flush->source) && take_events(flush))
		flush->phase = FLUSH_LEFT;
	event_source_want(loop, &flush->source, is_heard(flush) && !ends ? EPOLLIN : 0);
}

unsigned int flush_timeout_flushes(struct flush_timeout *flush)
{
	if (is_heard(flush))
		(void)take_events(flush);
	return flush->flushes;
}

void flush_timeout_end(struct flush_timeout *flush, struct event_loop *loop)
{
	if (flush->source.fd < 0)
		return;
	if (loop)
		event_source_want(loop, &flush->source, 0);
	close(flush->source.fd);
	flush->source.fd = -1;
}
