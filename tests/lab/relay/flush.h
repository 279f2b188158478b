/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The automatic flush timeout: a controller throws away what it could not send in time.
 *
 * It belongs to a link, and takes L2CAP frames whose first packet says that it may be
 * flushed (packet boundary flag 10; 00 says that it may not). When the time has passed
 * all of a frame that was not sent is thrown away, also what comes from the host later,
 * until the next frame starts: Core Specification, Vol 4 Part E, Write Automatic Flush
 * Timeout and the Flush Occurred event.
 *
 * There the time starts when a frame's first packet is sent for the first time. Here it
 * starts when that has come from the host, so a frame may also be flushed that was kept
 * waiting by others: what a test holds up for longer than the timeout is lost, whatever
 * holds it up.
 */
#ifndef RELAY_FLUSH_H
#define RELAY_FLUSH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FLUSH_NEVER INT64_MAX

struct link;
struct packet;

/* A link's; zero-initialised it flushes nothing. Frames are known by when they started.
 */
struct flush {
	uint16_t timeout; /* slots of 0.625 ms; 0: never */
	int64_t frame;	  /* the one that comes from the host; 0: not to be flushed */
	int64_t flushed;  /* the last one of which something was flushed */
};

/* To be called with each packet that comes from the host: it belongs to a frame. */
void flush_note_arrival(struct flush *flush, struct packet *packet);

/* When it is to be flushed if it has not been sent: monotonic, in ns, or FLUSH_NEVER. */
int64_t flush_deadline(const struct flush *flush, const struct packet *packet);

/* To be called with each packet that is flushed. Whether it is the first of its frame,
 * and the host to be told. */
bool flush_note_flushed(struct flush *flush, const struct packet *packet);

/* How the commands below fail. */
struct flush_faults {
	uint8_t refused_read, refused_write; /* the status; 0: they are obeyed */
	bool pretends;			     /* it says that it wrote, and did not */
};

#define FLUSH_ANSWER_LONGEST 11

/* Obeys Read and Write Automatic Flush Timeout, which btvirt does not know. Returns the
 * length of the answer, 0: COMMAND is another one. */
size_t flush_obey(struct link *links, const struct flush_faults *faults,
		  const uint8_t *command, size_t length,
		  uint8_t answer[FLUSH_ANSWER_LONGEST]);

#endif
