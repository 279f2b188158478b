// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/numbered_sdus.h"

#include <string.h>

enum { FILLING = 0x7f };

void numbered_sdu_fill(unsigned char *data, size_t length, uint32_t number)
{
	unsigned char header[NUMBERED_HEADER];

	for (int i = 0; i < 4; i++)
		header[i] = (unsigned char)(number >> 8 * i);
	header[4] = (unsigned char)length;
	header[5] = (unsigned char)(length >> 8);
	memset(data, FILLING, length);
	memcpy(data, header, length < sizeof(header) ? length : sizeof(header));
}

uint32_t numbered_sdu_number(const unsigned char *data)
{
	uint32_t number = 0;

	for (int i = 3; i >= 0; i--)
		number = number << 8 | data[i];
	return number;
}

/* --- the order ---------------------------------------------------------------------- */

static void remove_gap(struct numbered_check *check, size_t at)
{
	check->gap_count--;
	memmove(check->gaps + at, check->gaps + at + 1,
		(check->gap_count - at) * sizeof(*check->gaps));
}

static void insert_gap(struct numbered_check *check, size_t at, uint32_t first,
		       uint32_t last)
{
	memmove(check->gaps + at + 1, check->gaps + at,
		(check->gap_count - at) * sizeof(*check->gaps));
	check->gaps[at] = (struct number_gap){first, last};
	check->gap_count++;
}

/* FIRST to LAST are missing. */
static void note_gap(struct numbered_check *check, uint32_t first, uint32_t last)
{
	if (check->gap_count == MOST_GAPS)
		remove_gap(check, 0);
	insert_gap(check, check->gap_count, first, last);
	check->missing += (uint64_t)(last - first) + 1;
}

/* NUMBER has come; whether it was missing. */
static bool fill_gap(struct numbered_check *check, uint32_t number)
{
	for (size_t i = 0; i < check->gap_count; i++) {
		struct number_gap *gap = &check->gaps[i];

		/* Modulo 2^32, as numbers start again after the last. */
		if (number - gap->first > gap->last - gap->first)
			continue;
		check->missing--;
		if (gap->first == gap->last) {
			remove_gap(check, i);
		} else if (number == gap->first) {
			gap->first++;
		} else if (number == gap->last) {
			gap->last--;
		} else {
			uint32_t last = gap->last;

			gap->last = number - 1;
			/* With no room for two, the later part counts as missing for
			 * good. */
			if (check->gap_count < MOST_GAPS)
				insert_gap(check, i + 1, number + 1, last);
		}
		return true;
	}
	return false;
}

static size_t check_order(struct numbered_check *check, uint32_t number,
			  struct sdu_verdict *verdict)
{
	uint32_t ahead = number - check->next;

	*verdict = (struct sdu_verdict){.first = number, .last = number};
	if (ahead == 0) {
		check->next++;
		return 0;
	}
	if (ahead < (uint32_t)1 << 31) {
		*verdict = (struct sdu_verdict){SDU_MISSING, .first = check->next,
						.last = number - 1};
		note_gap(check, check->next, number - 1);
		check->next = number + 1;
	} else if (fill_gap(check, number)) {
		verdict->finding = SDU_LATE;
		check->late++;
	} else {
		verdict->finding = SDU_REPEATED;
		check->repeated++;
	}
	return 1;
}

/* --- the contents ------------------------------------------------------------------- */

static size_t check_contents(const unsigned char *data, size_t length, uint32_t number,
			     struct sdu_verdict *verdicts)
{
	unsigned int says = data[4] | (unsigned int)data[5] << 8;
	size_t count = 0;

	if (says != length)
		verdicts[count++] =
			(struct sdu_verdict){SDU_WRONG_LENGTH, .first = number,
					     .length = length, .says = says};
	for (size_t i = NUMBERED_HEADER; i < length; i++) {
		if (data[i] == FILLING)
			continue;
		verdicts[count++] = (struct sdu_verdict){SDU_WRONG_BYTE, .first = number,
							 .length = length, .offset = i,
							 .says = data[i]};
		break;
	}
	return count;
}

size_t numbered_check(struct numbered_check *check, const unsigned char *data,
		      size_t length, struct sdu_verdict verdicts[MOST_VERDICTS])
{
	uint32_t number;
	size_t in_order, in_contents;

	check->checked++;
	if (length < NUMBERED_HEADER) {
		verdicts[0] = (struct sdu_verdict){SDU_NO_NUMBER, .length = length};
		check->wrong++;
		return 1;
	}
	number = numbered_sdu_number(data);
	in_order = check_order(check, number, verdicts);
	in_contents = check_contents(data, length, number, verdicts + in_order);
	check->wrong += in_contents > 0;
	check->good +=
		in_contents == 0 && (in_order == 0 || verdicts[0].finding == SDU_MISSING);
	return in_order + in_contents;
}

bool numbered_check_is_good(const struct numbered_check *check)
{
	return check->missing == 0 && check->late == 0 && check->repeated == 0 &&
	       check->wrong == 0;
}
