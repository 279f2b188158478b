// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/transfer_end.h"

int transfer_end_rank(enum transfer_end end)
{
	switch (end) {
	case TRANSFER_SENT:
	case TRANSFER_PEER_CLOSED:
	case TRANSFER_PEER_CLOSED_EARLY:
	case TRANSFER_LOST:
		return 0; /* ends of the channel */
	case TRANSFER_SEND_FAILED:
	case TRANSFER_INPUT_FAILED:
	case TRANSFER_INPUT_MALFORMED:
	case TRANSFER_TRUNCATED:
	case TRANSFER_TOO_MUCH:
	case TRANSFER_NO_MEMORY:
		return 1;
	case TRANSFER_IDLE:
		return URGENT_END;
	case TRANSFER_INTERRUPTED:
		return 3;
	case TRANSFER_DROPPED:
		return 4;
	case TRANSFER_OUTPUT_FAILED:
		break;
	}
	return 5;
}

enum transfer_end transfer_worse_end(enum transfer_end first, enum transfer_end second)
{
	return transfer_end_rank(second) > transfer_end_rank(first) ? second : first;
}
