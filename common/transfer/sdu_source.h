/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Where the SDUs that are to be sent come from: a message, an input that is cut into
 * SDUs or read line by line, numbered SDUs, or a queue that others put them into. It
 * reads its input, and does nothing else: the transfer sends.
 */
#ifndef L2_SDU_SOURCE_H
#define L2_SDU_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "byte_queue.h"
#include "transfer/sdu_format.h"
#include "transfer/sdu_sizes.h"

/* What is to be sent: the first of these that is there; with none of them, nothing. */
struct sdu_plan {
	const void *message; /* as one SDU, possibly an empty one; NULL: none */
	size_t message_length;
	bool numbered;	/* numbered SDUs (see numbered_sdus.h) of SIZES: */
	uint64_t count; /* so many; 0: unlimited */
	struct sdu_sizes sizes;
	bool queued;  /* what sdu_source_put() gave, as long as the source is open */
	bool answers; /* only answers: with nothing at hand, all is sent, and the
		       * peer may close */
	int input;    /* what can be read from this; -1: none */
	enum sdu_format format;
	size_t sdu_size; /* raw: bytes of the SDUs that INPUT is cut into, at least 1 */
	bool fill_sdus;	 /* raw: only the last is shorter; otherwise one is sent as it is
			  * when  INPUT has no more to give at the moment */
};

/* What is wrong with the input, when it is. */
struct input_fault {
	uint64_t line; /* from 1 on; 0: the format has no lines */
	size_t column; /* of the first byte that is wrong; 0: the line is too long */
};

/* All fields are the source's own. */
struct sdu_source {
	const struct sdu_plan *plan;
	struct byte_queue unsent; /* read from the input, or put in */
	unsigned char *made_sdu;  /* hex, numbered: the next SDU, when it was made */
	bool is_decoded;	  /* hex: it was */
	size_t decoded_length;
	bool message_pending;
	bool open;	    /* there may be more */
	bool paused;	    /* not at the moment */
	bool line_ends;	    /* the end of the next line is in the queue... */
	size_t line_length; /* ...after so many bytes; otherwise so many were looked at */
	uint64_t made;	    /* numbered SDUs that were sent */
	struct input_fault fault;
};

/* PLAN stays in use until sdu_source_free(). */
void sdu_source_start(struct sdu_source *source, const struct sdu_plan *plan);
void sdu_source_free(struct sdu_source *source);

/* Whether more of the input is needed for the next SDU. */
bool sdu_source_wants_input(const struct sdu_source *source);

/* Reads from the input, which was found ready: the bytes that came, 0 at its end and
 * when there was nothing after all, or -errno. */
int sdu_source_read(struct sdu_source *source);

/* Reports whether the input, which was waited for, had nothing: a short SDU may go. */
void sdu_source_pause(struct sdu_source *source, bool paused);

/* Whether there is an SDU to be sent now; EVEN_SHORT: or would be if the input paused. */
bool sdu_source_has_sdu(const struct sdu_source *source, bool even_short);

/*
 * The next SDUs, when there is one: up to MOST of those that are cut from a raw input,
 * otherwise one. They stay the next, and in place, until sdu_source_sent() of each. How
 * many; -EILSEQ when the input is not what its format asks for, which source->fault
 * reports; -ENOMEM.
 */
int sdu_source_next(struct sdu_source *source, struct iovec *sdus, unsigned int most);
void sdu_source_sent(struct sdu_source *source, size_t length);

/* Whether all was sent that there is, and ever will be; a queue only knows the first. */
bool sdu_source_is_empty(const struct sdu_source *source);

/* Puts a copy of an SDU into the queue: 0 or -ENOMEM. */
int sdu_source_put(struct sdu_source *source, const void *data, size_t length);

/* What it keeps is not sent. */
void sdu_source_clear(struct sdu_source *source);
/* The same, and nothing more comes. */
void sdu_source_drop(struct sdu_source *source);
/* Nothing more comes. */
void sdu_source_end(struct sdu_source *source);

/* Bytes that it keeps. */
size_t sdu_source_kept(const struct sdu_source *source);

/* A descriptor to read NAME (NULL or "-": standard input), or -errno; -EISDIR for a
 * directory. A named pipe that no program writes yet is opened all the same, and not
 * ready before one does. */
int input_open(const char *name);

/* Whether input_open() would succeed, without the effects of opening: 0 or -errno. */
int input_check(const char *name);

#endif
