/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a run would find on this machine. Mostly by trying the very calls that the run
 * would make, and taking them back, as no list of permissions knows what the kernel will
 * say. Nothing here disturbs others: measured, a socket that is bound and does not listen
 * refuses peers as if it were not there.
 */
#ifndef L2_MACHINE_H
#define L2_MACHINE_H

#include <stdbool.h>

#include "channel/adapter.h"
#include "channel/channel_config.h"
#include "channel/mgmt.h"

/* What the run would do. */
struct needs {
	bool listens;		 /* on the PSM, else it connects */
	bool without_channel;	 /* it opens none: --info, --no-channel */
	bool advertises;	 /* which needs CAP_NET_ADMIN */
	bool raw_socket;	 /* which needs CAP_NET_RAW */
	bool receives;		 /* what the peer sends */
	bool reads;		 /* input_file */
	bool writes;		 /* output_file */
	const char *input_file;	 /* NULL or "-": standard input */
	const char *output_file; /* NULL or "-": standard output */
};

/* Errors are 0 or -errno, and 0 for what the run does not need. */
struct machine {
	int kernel_error;  /* of a Bluetooth socket */
	int adapter_error; /* as of adapter_look() */
	struct adapter_state adapter;
	struct adapter_settings settings;
	int settings_error;   /* of reading them, with LE */
	int advertise_error;  /* of being allowed to change them */
	char adapters[128];   /* the names of all there are: "hci0, hci1" */
	int mode_error;	      /* of asking for the mode */
	int mode;	      /* that the kernel would ask the peer for */
	int bind_error;	      /* of taking the PSM */
	int raw_socket_error; /* of a raw one */
	long receive_buffer;  /* bytes, as the kernel counts them */
	int input_error, output_error;
	char program[512]; /* its file, "" when it is not known */
};

void machine_look(const char *adapter, const struct channel_config *channel,
		  const struct needs *needs, struct machine *found);

#endif
