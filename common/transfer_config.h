/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the user asked of a transfer: a plain struct with its defaults. */
#ifndef L2_TRANSFER_CONFIG_H
#define L2_TRANSFER_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	/* Bytes to read ahead of a consumer that stalls. */
	DEFAULT_READ_AHEAD = 64 << 20,
	/* How long to wait for the peer's disconnect response when --idle-timeout does
	 * not say: an ACL link that has been silent for 20 s is given up by its
	 * controllers (the default link supervision timeout). */
	DEFAULT_CLOSE_TIMEOUT_S = 20,
};

struct transfer_config {
	const char *message; /* the client's MESSAGE: one SDU; NULL: none */
	char *send_file;     /* NULL: none, "-": standard input */
	char *output_file;   /* NULL or "-": standard output */
	bool receive;	     /* print what the peer sends */
	size_t sdu_size;     /* 0: the outgoing MTU */
	size_t read_ahead;   /* bytes to keep for a slow consumer, at least SDU_ROOM */
	uint64_t expected;   /* bytes that are to come; 0: any number */
	unsigned int idle_timeout_s; /* 0: none */
	unsigned int hold_s;
};

#endif
