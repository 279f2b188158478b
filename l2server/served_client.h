/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* One client of l2server, from accept() to its exit status. Never blocks. */
#ifndef L2_SERVED_CLIENT_H
#define L2_SERVED_CLIENT_H

#include "channel/adapter.h"
#include "served_command.h"
#include "server_options.h"
#include "session/session.h"
#include "transfer/output.h"

/* What all clients have in common; filled in by the accept loop. */
struct service {
	const struct server_options *options;
	const struct interruption *interruption;
	struct channel_config config; /* with the adapter found */
	rlim_t most_files;	      /* that the server was started with */
	struct output_budget budget;  /* what they may have the server keep */
	struct output *output;	      /* for all clients; NULL: a file for each */
};

enum client_phase {
	CLIENT_OPENING, /* authorised: its channel is being configured */
	CLIENT_SERVED,	/* its session runs */
	CLIENT_LEFT,	/* its session is over, its command still runs */
	CLIENT_ENDED,
};

struct served_client {
	struct served_client *next;
	struct service *service;
	unsigned int number;
	char peer[ADDRESS_TEXT_SIZE];
	struct report report;
	struct channel channel;
	enum client_phase phase;
	bool is_ready;	/* something that it waits for has happened */
	int64_t due_ms; /* when it is to be served at the latest */
	struct event_source opening;
	struct session *session; /* NULL: its channel is not up as yet */
	int input;
	struct output own_output;
	struct output *output;
	struct served_command command; /* with --exec */
	int64_t over_ms; /* when its channel was seen to be over, 0: not yet */
	bool counts; /* it was served, or refused by a fault of its own or ours: STATUS
		      * matters; otherwise the peer went away before its channel was up */
	enum exit_status status;
};

/*
 * Takes CHANNEL, just accepted, and lets the peer in. An input or output that cannot be
 * opened is found before: the peer is refused, and does not believe that its message
 * arrived. NULL when memory is short; a client in any phase otherwise.
 */
struct served_client *served_client_start(struct service *service,
					  const struct channel *channel,
					  unsigned int number);

/* Does what can be done, and sets due_ms: to be called when it is ready or due, when a
 * signal came, and when a shared output moved and served_client_watches_output(). */
void served_client_serve(struct served_client *client, struct event_loop *loop);

/* Whether its channel is over, and only what it sent is still being written, or its
 * command runs. */
bool served_client_leaves(const struct served_client *client);

/* Whether room in a shared output, or its last byte's way out, is waited for. */
bool served_client_watches_output(const struct served_client *client);

void served_client_free(struct served_client *client);

#endif
