/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The command line of l2client. */
#ifndef L2_CLIENT_OPTIONS_H
#define L2_CLIENT_OPTIONS_H

#include "channel/adapter.h"
#include <stdint.h>

#include "options/common_options.h"

/* The kernel's own limit for a connect (trap T12). */
enum { DEFAULT_CONNECT_TIMEOUT_MS = 40000 };

struct client_options {
	struct common_options common;
	bdaddr_t peer;
	char peer_text[ADDRESS_TEXT_SIZE];
	char *message;			 /* NULL: none; belongs to this struct */
	unsigned int connect_timeout_ms; /* 0: the default */
	unsigned int retries;
	unsigned int repeats; /* at least 1 */
	bool info;	      /* ask what the peer can do, and nothing else */
	bool no_input;	      /* send nothing but a MESSAGE */
	bool no_channel;      /* set the flush timeout of a link, and nothing else */
};

/* Whether a file, or standard input, is sent, and not what is made here. */
bool client_reads_input(const struct client_options *options);

/* Fills OPTIONS. Returns 0 to go on, otherwise 1 with *STATUS to exit with.
 * client_options_free() is due in any case. */
int client_options_parse(struct client_options *options, int argc, const char **argv,
			 enum exit_status *status);
/* How long connecting may take. */
int64_t connect_limit_ms(const struct client_options *options);
void client_options_free(struct client_options *options);

#endif
