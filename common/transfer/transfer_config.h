/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What the user asked of a transfer: a plain struct with its defaults. */
#ifndef L2_TRANSFER_CONFIG_H
#define L2_TRANSFER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "transfer/sdu_format.h"
#include "transfer/sdu_sizes.h"

enum {
	/* Bytes to read ahead of a consumer that stalls. */
	DEFAULT_READ_AHEAD = 64 << 20,
	/* How long to wait for the peer's disconnect response when --idle-timeout does
	 * not say: an ACL link that has been silent for 20 s is given up by its
	 * controllers (the default link supervision timeout). */
	DEFAULT_CLOSE_TIMEOUT_MS = 20000,
	/* Of --ping. */
	DEFAULT_PING_SIZE = 64, /* bytes */
	DEFAULT_PING_INTERVAL_MS = 1000,
	DEFAULT_PING_PATIENCE_MS = 10000, /* for the last answers, as ping's */
};

struct transfer_config {
	const char *message;	    /* the client's MESSAGE: one SDU; NULL: none */
	char *send_file;	    /* NULL: none, "-": standard input */
	char *output_file;	    /* NULL or "-": standard output */
	bool receive;		    /* print what the peer sends */
	enum sdu_format format;	    /* of input and output */
	struct sdu_sizes sdu_sizes; /* minimum 0: not given, the outgoing MTU */
	bool generate;		    /* send numbered SDUs: */
	uint64_t generate_count;    /* so many; 0: unlimited */
	bool verify;		    /* check numbered SDUs that come */
	bool echo;		    /* send back incoming SDUs, instead of printing it */
	bool discard;		    /* throw it away */
	bool ping;		    /* measure round trips: */
	uint64_t ping_count;	    /* so many; 0: unlimited */
	bool sets_flush_timeout;    /* of the link, before anything is sent: */
	unsigned int flush_timeout_ms; /* 0: never flush */
	bool progress;		       /* show progress even if no file is moved */
	unsigned int progress_ms;      /* as a line each period; 0: see progress.h */
	unsigned int interval_ms;      /* between SDUs that are sent */
	unsigned int time_ms;	       /* stop sending after this; 0: no limit */
	size_t read_ahead; /* bytes to keep for a slow consumer, at least SDU_ROOM */
	uint64_t expected; /* bytes that are to come; 0: any number */
	unsigned int idle_timeout_ms; /* 0: none */
	unsigned int hold_ms; /* after sending, keep the channel open for this long */
};

#endif
