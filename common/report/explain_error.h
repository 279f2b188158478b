/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* From what failed, and its errno, to the exit status and the next thing to try. */
#ifndef L2_EXPLAIN_ERROR_H
#define L2_EXPLAIN_ERROR_H

#include "report/exit_status.h"

/* What was being done. */
enum failed_step {
	STEP_SOCKET,		    /* opening a Bluetooth socket */
	STEP_ADAPTER,		    /* looking for the local adapter */
	STEP_PAGE_SCAN,		    /* letting peers connect to it */
	STEP_ADVERTISE,		    /* using its LE, or switching its advertising */
	STEP_OPTIONS,		    /* setting what the channel is to be */
	STEP_BIND,		    /* taking the local address and PSM */
	STEP_LISTEN,		    /* listening */
	STEP_ACCEPT,		    /* taking a connection */
	STEP_CONNECT,		    /* connecting, or configuring the channel */
	STEP_CONNECT_LE,	    /* the same over LE */
	STEP_CONNECT_IN_TIME,	    /* connecting, within the limit that the user set */
	STEP_CONNECT_LE_IN_TIME,    /* the same over LE */
	STEP_MODE,		    /* agreeing on the mode that the user named */
	STEP_SECURITY,		    /* seeing that the link is as secure as was asked */
	STEP_SECURITY_IN_TIME,	    /* the same, within the limit that the user set */
	STEP_OPEN_LE,		    /* the link over LE is up, and the peer silent */
	STEP_OPEN_LE_IN_TIME,	    /* the same when the user's time ran out */
	STEP_LINK,		    /* finding a link that is there */
	STEP_FLUSH_TIMEOUT,	    /* setting the link's flush timeout */
	STEP_FLUSH_TIMEOUT_IN_TIME, /* the same, within the limit that the user set */
	STEP_SEND,		    /* sending an SDU */
	STEP_CHANNEL,		    /* keeping the channel up */
	STEP_DISCONNECT,	    /* awaiting that the peer took everything */
	STEP_INPUT,		    /* opening or reading what is to be sent */
	STEP_OUTPUT,		    /* opening or writing what was received */
	STEP_PRIVILEGES,	    /* to give them up */
	STEP_COMMAND,		    /* to run the shell for --exec */
	STEP_MEMORY,		    /* anything that needs memory */
};

struct explanation {
	enum exit_status status;
	const char *reason; /* why, where strerror() would mislead; otherwise NULL */
	const char *hint; /* likely causes and the next command, a template (event_text.h)
			   * of the fields of struct hint_words; NULL: none is known */
};

/* ERROR is an errno, positive or negative. */
struct explanation explain_error(enum failed_step step, int error);

#endif
