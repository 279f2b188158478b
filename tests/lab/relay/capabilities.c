// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "capabilities.h"

#include "packet.h"

#define COMMAND_READ_LOCAL_COMMANDS	     0x1002
#define COMMAND_READ_LOCAL_FEATURES	     0x1003
#define COMMAND_READ_LOCAL_EXTENDED_FEATURES 0x1004
#define COMMAND_READ_BUFFER_SIZE	     0x1005
#define COMMAND_LE_READ_BUFFER_SIZE	     0x2002

/* The buffers of a usual USB adapter; btvirt offers 1 of 192 bytes. */
#define ACL_BUFFERS	  8
#define ACL_BUFFER_LENGTH 1021
#define LE_BUFFER_LENGTH  251

/* btvirt 5.66 has the feature, and not the commands. */
#define FLUSH_COMMANDS_AT 9 /* Read and Write Automatic Flush Timeout */
#define FLUSH_COMMANDS	  0x30
#define NON_FLUSHABLE_AT  6 /* Non-flushable Packet Boundary Flag */
#define NON_FLUSHABLE	  0x40

void capabilities_mend(uint8_t *event, size_t length, bool all_flushable)
{
	uint8_t *parameters = event + 7; /* after the status */

	if (length < 7 || event[6] != 0)
		return;
	switch (read_le16(event + 4)) {
	case COMMAND_READ_LOCAL_COMMANDS:
		if (length == 7 + 64)
			parameters[FLUSH_COMMANDS_AT] |= FLUSH_COMMANDS;
		break;
	case COMMAND_READ_LOCAL_FEATURES:
		if (length == 7 + 8 && all_flushable)
			parameters[NON_FLUSHABLE_AT] &= (uint8_t)~NON_FLUSHABLE;
		break;
	case COMMAND_READ_LOCAL_EXTENDED_FEATURES: /* page, last page; 0 has the same */
		if (length == 7 + 10 && parameters[0] == 0 && all_flushable)
			parameters[2 + NON_FLUSHABLE_AT] &= (uint8_t)~NON_FLUSHABLE;
		break;
	case COMMAND_READ_BUFFER_SIZE:
		if (length == 7 + 7) {
			write_le16(parameters, ACL_BUFFER_LENGTH);
			write_le16(parameters + 3, ACL_BUFFERS);
		}
		break;
	case COMMAND_LE_READ_BUFFER_SIZE:
		if (length == 7 + 3) {
			write_le16(parameters, LE_BUFFER_LENGTH);
			parameters[2] = ACL_BUFFERS;
		}
		break;
	default:
		break;
	}
}
