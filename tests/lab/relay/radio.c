// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "radio.h"

/* In ns. Linux asks for a connection interval of 30 to 50 ms (hci_alloc_dev). */
#define US		    1000LL
#define SLOT		    (625 * US)
#define CONNECTION_INTERVAL (50000 * US)
#define BETWEEN_FRAMES	    (150 * US)

enum { LONGEST_LE_PAYLOAD = 251, PACKETS = 3 };

const char *const radio_names[RADIOS] = {"none", "DH", "2-DH", "3-DH", "LE-1M", "LE-2M"};

/* Bytes that the packets of 1, 3 and 5 slots carry. */
static const size_t capacities[RADIOS][PACKETS] = {
	[RADIO_DH] = {27, 183, 339},
	[RADIO_2_DH] = {54, 367, 679},
	[RADIO_3_DH] = {83, 552, 1021},
};

static int64_t round_up(int64_t time, int64_t grid)
{
	return (time + grid - 1) / grid * grid;
}

static int64_t sent_in_slots(enum radio radio, size_t payload, int64_t start)
{
	const size_t *capacity = capacities[radio];

	do {
		int packet = 0;

		while (packet < PACKETS - 1 && payload > capacity[packet])
			packet++;
		start += (2 * packet + 1 + 1) * SLOT;
		payload -= payload < capacity[packet] ? payload : capacity[packet];
	} while (payload > 0);
	return start;
}

static int64_t sent_in_events(enum radio radio, size_t payload, int64_t start)
{
	int64_t byte = (radio == RADIO_LE_2M ? 4 : 8) * US;
	/* Preamble, access address, header and CRC. */
	int64_t empty = (radio == RADIO_LE_2M ? 11 : 10) * byte;

	do {
		size_t length =
			payload < LONGEST_LE_PAYLOAD ? payload : LONGEST_LE_PAYLOAD;
		int64_t exchange = 2 * (empty + BETWEEN_FRAMES) + (int64_t)length * byte;

		if (start % CONNECTION_INTERVAL + exchange > CONNECTION_INTERVAL)
			start = round_up(start, CONNECTION_INTERVAL);
		start += exchange;
		payload -= length;
	} while (payload > 0);
	return start;
}

int64_t radio_sent(enum radio radio, size_t payload, int64_t arrived, int64_t free,
		   int64_t *start)
{
	int64_t grid = radio >= RADIO_LE_1M ? CONNECTION_INTERVAL : 2 * SLOT;

	*start = arrived > free ? arrived : free;
	if (radio == RADIO_NONE)
		return *start;
	if (arrived > free)
		*start = round_up(arrived, grid);
	return radio >= RADIO_LE_1M ? sent_in_events(radio, payload, *start)
				    : sent_in_slots(radio, payload, *start);
}
