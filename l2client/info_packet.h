/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * L2CAP's Information Request and what may come back (Core Specification, Vol 3, Part A,
 * 4.1 and 4.10 to 4.12), as bytes and as words. Pure: no input or output.
 */
#ifndef L2_INFO_PACKET_H
#define L2_INFO_PACKET_H

#include <stddef.h>
#include <stdint.h>

/* What can be asked for, by its number on the air. */
enum information_type {
	INFORMATION_CONNECTIONLESS_MTU = 1, /* the value is a number of bytes */
	INFORMATION_FEATURES = 2,	    /* a mask of 32 bits */
	INFORMATION_FIXED_CHANNELS = 3,	    /* of 64: bit N is channel N */
};

enum information_outcome {
	INFORMATION_NONE,	   /* this packet has no answer to that request */
	INFORMATION_VALUE,	   /* what was asked for */
	INFORMATION_NOT_SUPPORTED, /* the peer has no such information */
	INFORMATION_REJECTED,	   /* it does not know the request */
	INFORMATION_MALFORMED,	   /* it answered, but not as it must */
};

struct information_answer {
	enum information_outcome outcome;
	uint64_t value; /* of INFORMATION_VALUE, otherwise 0 */
};

enum { INFORMATION_REQUEST_SIZE = 6, INFORMATION_TEXT_SIZE = 2048 };

/* The command that asks for TYPE under IDENTIFIER. */
void information_request(unsigned char request[INFORMATION_REQUEST_SIZE],
			 enum information_type type, uint8_t identifier);

/*
 * The answer to that in a signalling packet of LENGTH bytes, from its first command's
 * header on. A packet may have several commands, for others too: only a response or a
 * rejection with IDENTIFIER counts.
 */
struct information_answer information_parse(const unsigned char *packet, size_t length,
					    enum information_type type,
					    uint8_t identifier);

/* What TYPE is called. */
const char *information_name(enum information_type type);

/* Words for VALUE: "672 bytes", "0x00000088: enhanced retransmission mode, fixed
 * channels". Bits that have no name here are reported by number. Returns TEXT. */
const char *information_text(enum information_type type, uint64_t value,
			     char text[INFORMATION_TEXT_SIZE]);

#endif
