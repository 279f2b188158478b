/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The command line of l2server. */
#ifndef L2_SERVER_OPTIONS_H
#define L2_SERVER_OPTIONS_H

#include "options/common_options.h"

enum { MOST_ALLOWED = 256 };

struct server_options {
	struct common_options common;
	bool keep_open;
	bool advertise;			/* while the server runs */
	unsigned int accept_timeout_ms; /* 0: none */
	unsigned int max_clients;	/* 0: any number */
	bdaddr_t allowed[MOST_ALLOWED]; /* who may come in */
	unsigned int allowed_count;	/* 0: any */
	char *exec;			/* the command for each client; NULL: none */
	int ready_fd;			/* -1: none */
};

/* Fills OPTIONS. Returns 0 to go on, otherwise 1 with *STATUS to exit with.
 * server_options_free() is due in any case. */
int server_options_parse(struct server_options *options, int argc, const char **argv,
			 enum exit_status *status);
void server_options_free(struct server_options *options);

#endif
