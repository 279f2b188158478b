/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * --check: reports problems of the run that the other options describe, with the commands
 * that fix them, and does nothing else. It calls the same functions as the run, up to
 * listening or connecting, so that the words are the same, too. It binds a socket
 * without listening, which (measured) refuses peers as if it were not there. A file is
 * looked at and not opened: opening a named pipe would let the program at its other end
 * go on, which would then find no reader or writer.
 */
#ifndef L2_CHECK_H
#define L2_CHECK_H

#include <stdbool.h>
#include <stdint.h>

#include "options/common_options.h"

/* What the run would do. */
struct needs {
	bool listens;		 /* on the PSM, otherwise it connects */
	bool without_channel;	 /* it opens none: --info, --no-channel */
	bool asks_peer;		 /* --info, which needs CAP_NET_RAW */
	bool receives;		 /* what the peer sends */
	bool reads;		 /* input_file */
	bool writes;		 /* output_file */
	const bdaddr_t *peer;	 /* to connect to, NULL: not known */
	const char *input_file;	 /* NULL or "-": standard input */
	const char *output_file; /* NULL or "-": standard output */
};

/*
 * Warns when hciNUMBER can't make a link over LE. Trap T19: with Set Advertising on,
 * Linux advertises to the peer that connect() names, instead of scanning for it, and
 * waits until the time is over; a link that is up is used, and an advertising instance,
 * which bluetoothd uses, does no harm. Shown by "an adapter that advertises does not
 * connect over LE" in the laboratory.
 */
void check_le_connecting(const struct report *report, uint16_t number);

/* OPTIONS->report must be one for checking. Returns STATUS_OK if the run could work,
 * otherwise STATUS_LOCAL_FAILURE. */
enum exit_status check_run(const struct common_options *options,
			   const struct needs *needs);

#endif
