/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * A first-in first-out queue of bytes in one block of memory that grows as needed.
 * It holds what was read and is not yet sent or written; the caller bounds it.
 * Zero-initialise it; byte_queue_free() gives its memory back.
 */
#ifndef L2_BYTE_QUEUE_H
#define L2_BYTE_QUEUE_H

#include <stddef.h>

struct byte_queue {
	unsigned char *bytes;
	size_t capacity;
	size_t head; /* first byte that is queued */
	size_t tail; /* after the last byte that is queued */
};

/* Bytes that are queued. */
size_t byte_queue_length(const struct byte_queue *queue);

/* The queued bytes, in order; valid until the next byte_queue_reserve(). */
unsigned char *byte_queue_data(const struct byte_queue *queue);

/* Room for COUNT bytes after the queued ones, or NULL when memory is short. Write
 * there, then byte_queue_commit() as many as were written. */
unsigned char *byte_queue_reserve(struct byte_queue *queue, size_t count);
void byte_queue_commit(struct byte_queue *queue, size_t count);

/* Takes the first COUNT bytes off. */
void byte_queue_consume(struct byte_queue *queue, size_t count);

void byte_queue_free(struct byte_queue *queue);

#endif
