// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "far.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include "host.h"

struct far {
	int port;
	int vhci; /* -1 while there is no controller */
	struct packet_stream from_port;
	int error;
	const char *where;
};

static void fail(struct far *far, const char *where, int error)
{
	if (error != 0 && far->error == 0) {
		far->where = where;
		far->error = error;
	}
}

static int create_controller(struct far *far)
{
	static const uint8_t create[] = {PACKET_VHCI, VHCI_CREATE};
	if (far->vhci >= 0)
		return -EALREADY;
	far->vhci = open("/dev/vhci", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	return far->vhci < 0 ? -errno : write_packet(far->vhci, create, sizeof(create));
}

static void take_from_port(void *taker, uint8_t *bytes, size_t length)
{
	struct far *far = taker;
	int error;

	if (bytes[0] == PACKET_VHCI && bytes[1] == VHCI_CREATE) {
		fail(far, "/dev/vhci", create_controller(far));
	} else if (bytes[0] == PACKET_VHCI) {
		close(far->vhci);
		far->vhci = -1;
		fail(far, "port", write_packet(far->port, bytes, length));
	} else if (far->vhci >= 0) {
		error = write_packet(far->vhci, bytes, length);
		/* ENXIO: the host has taken it down, and wants to hear nothing. */
		fail(far, "/dev/vhci", error == -ENXIO ? 0 : error);
	}
}

static void pass_to_port(void *taker, uint8_t *bytes, size_t length)
{
	struct far *far = taker;
	fail(far, "port", write_packet(far->port, bytes, length));
}

int pass_on_to_vhci(const char *port, const char **where)
{
	static struct far far;

	far = (struct far){.vhci = -1, .port = open(port, O_RDWR | O_CLOEXEC)};
	if (far.port < 0)
		fail(&far, port, -errno);
	while (far.error == 0) {
		struct pollfd waits[] = {
			{.fd = far.port, .events = POLLIN},
			{.fd = far.vhci, .events = POLLIN},
		};
		if (poll(waits, 2, -1) < 0)
			fail(&far, "poll", -errno);
		/* The second first: the other may close it. */
		if (waits[1].revents)
			fail(&far, "/dev/vhci",
			     take_from_vhci(far.vhci, pass_to_port, &far));
		if (waits[0].revents)
			fail(&far, "port",
			     packet_stream_take(&far.from_port, far.port, take_from_port,
						&far));
	}
	*where = far.where;
	return far.error;
}
