/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Whose controller it is: this machine's kernel, through /dev/vhci, or another machine's,
 * through a virtio port at whose far end far.c passes on to the /dev/vhci there.
 *
 * Over a port go H4 packets one after the other, and those of type PACKET_VHCI, which
 * have 4 bytes at a port: type, what to do, and the controller's index there, as
 * /dev/vhci reports it (0 towards it).
 */
#ifndef RELAY_HOST_H
#define RELAY_HOST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "packet.h"

#define VHCI_CREATE 0 /* as /dev/vhci has it */
#define VHCI_REMOVE 1 /* at a port alone; it comes back when that is done */

struct host {
	int fd;			     /* -1 while the controller is gone */
	int port;		     /* open all the time; -1: /dev/vhci */
	struct packet_stream stream; /* the port's */
};

/* Opens the virtio port at PATH, NULL: it will be /dev/vhci. Returns 0 or a negative
 * errno. */
int host_open(struct host *host, const char *path);

/* Makes a controller appear at the host. One at /dev/vhci reports its name as a packet of
 * 4 bytes, not necessarily first. Returns 0 or a negative errno. */
int host_appear(struct host *host);

/* Returns when the host has lost the controller: 0 or a negative errno. */
int host_vanish(struct host *host);

/* Returns 0 or a negative errno. A host that has taken the controller down, or lost it,
 * takes nothing: that is no error. */
int host_tell(struct host *host, const uint8_t *bytes, size_t length);

/* Takes what has arrived, once host->fd is readable. Returns 0 or a negative errno. */
int host_take(struct host *host, packet_taker *take, void *taker);

/* Writes all of it, to a port or to /dev/vhci. Returns 0 or a negative errno. */
int write_packet(int fd, const uint8_t *bytes, size_t length);

/* Takes each packet that waits at /dev/vhci. Returns 0 or a negative errno. */
int take_from_vhci(int fd, packet_taker *take, void *taker);

#endif
