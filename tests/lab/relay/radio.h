/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * How long a radio takes for what it sends, in whole packets of the air: an SDU that is a
 * byte longer than one costs another.
 */
#ifndef RELAY_RADIO_H
#define RELAY_RADIO_H

#include <stddef.h>
#include <stdint.h>

/* None: there is no air, and what is sent is there. */
enum radio {
	RADIO_NONE,
	RADIO_DH,
	RADIO_2_DH,
	RADIO_3_DH,
	RADIO_LE_1M,
	RADIO_LE_2M,
	RADIOS
};

/* As the relay's commands call them. */
extern const char *const radio_names[RADIOS];

/*
 * When the radio has sent an ACL packet with PAYLOAD bytes, that came at ARRIVED and
 * finds the radio free from FREE on; *START when it begins with it. All in ns. BR/EDR:
 * the peer answers in a slot of its own behind each packet of 1, 3 or 5 slots; one begins
 * every other slot (Core Specification, Vol 2, Part B, 2.2, 6.5 and 6.7). LE: a packet of
 * up to 251 bytes and the peer's empty answer, as many as a connection event has room
 * for; what comes when it is over waits for the next (Vol 6, Part B, 2 and 4.5).
 */
int64_t radio_sent(enum radio radio, size_t payload, int64_t arrived, int64_t free,
		   int64_t *start);

#endif
