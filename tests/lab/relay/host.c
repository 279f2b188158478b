// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "host.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#define PATIENCE_MS 30000 /* with a machine that is to answer */

int host_open(struct host *host, const char *path)
{
	*host = (struct host){.fd = -1, .port = -1};
	if (!path)
		return 0;
	/* Blocking: what is written waits until the other machine has room. */
	host->port = open(path, O_RDWR | O_CLOEXEC);
	return host->port < 0 ? -errno : 0;
}

int write_packet(int fd, const uint8_t *bytes, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, bytes, length);
		if (written < 0 && errno == EINTR)
			continue;
		if (written < 0)
			return -errno;
		bytes += written;
		length -= (size_t)written;
	}
	return 0;
}

int take_from_vhci(int fd, packet_taker *take, void *taker)
{
	static uint8_t bytes[PACKET_LONGEST];
	ssize_t length;

	/* One read, one packet. */
	while ((length = read(fd, bytes, sizeof(bytes))) > 0)
		take(taker, bytes, (size_t)length);
	return length < 0 && errno != EAGAIN && errno != EINTR ? -errno : 0;
}

int host_appear(struct host *host)
{
	static const uint8_t create[] = {PACKET_VHCI, VHCI_CREATE, 0, 0};

	if (host->port >= 0) {
		host->fd = host->port;
		return write_packet(host->fd, create, sizeof(create));
	}
	host->fd = open("/dev/vhci", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return host->fd < 0 ? -errno : write_packet(host->fd, create, 2);
}

static void look_for_answer(void *taker, uint8_t *bytes, size_t length)
{
	bool *answered = taker;
	if (length == 4 && bytes[0] == PACKET_VHCI && bytes[1] == VHCI_REMOVE)
		*answered = true;
}

/* Whatever the machine sent before it lost the controller is of no use any more. */
static int vanish_there(struct host *host)
{
	static const uint8_t remove[] = {PACKET_VHCI, VHCI_REMOVE, 0, 0};
	struct pollfd wait = {.fd = host->port, .events = POLLIN};
	bool answered = false;
	int error = write_packet(host->port, remove, sizeof(remove));

	while (error == 0 && !answered) {
		int ready = poll(&wait, 1, PATIENCE_MS);
		if (ready < 0)
			error = -errno;
		else if (ready == 0)
			error = -ETIMEDOUT;
		else
			error = packet_stream_take(&host->stream, host->port,
						   look_for_answer, &answered);
	}
	return error;
}

int host_vanish(struct host *host)
{
	int error = 0;
	if (host->port >= 0)
		error = vanish_there(host);
	else if (host->fd >= 0)
		close(host->fd);
	host->fd = -1;
	return error;
}

int host_tell(struct host *host, const uint8_t *bytes, size_t length)
{
	int error = host->fd < 0 ? 0 : write_packet(host->fd, bytes, length);
	/* It has taken the controller down. */
	return error == -ENXIO ? 0 : error;
}

int host_take(struct host *host, packet_taker *take, void *taker)
{
	if (host->port >= 0)
		return packet_stream_take(&host->stream, host->port, take, taker);
	return take_from_vhci(host->fd, take, taker);
}
