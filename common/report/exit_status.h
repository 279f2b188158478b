/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
#ifndef L2_EXIT_STATUS_H
#define L2_EXIT_STATUS_H

/*
 * What the exit status of l2server and l2client says to a script. The numbers are
 * a contract, documented under EXIT STATUS in both manuals.
 */
enum exit_status {
	STATUS_OK = 0, /* all sent was taken by the peer, all received was written */
	STATUS_LOCAL_FAILURE = 1, /* no adapter, cannot bind, read, write, no privilege */
	STATUS_USAGE = 2,	  /* the command line is wrong: nothing was done */
	STATUS_NO_CONNECTION = 3, /* unreachable, refused, not authorised */
	STATUS_CONNECTION_LOST = 4, /* lost, or closed by the peer before all was done */
	STATUS_DATA_LOST = 5,	    /* data is known to be lost or damaged */
	STATUS_TIMEOUT = 6,	    /* a time limit that the user set ran out */
};

#endif
