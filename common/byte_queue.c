// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "byte_queue.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

size_t byte_queue_length(const struct byte_queue *queue)
{
	return queue->tail - queue->head;
}

unsigned char *byte_queue_data(const struct byte_queue *queue)
{
	/* Of a queue without memory too: NULL + 0 is undefined in C. */
	return queue->bytes ? queue->bytes + queue->head : NULL;
}

unsigned char *byte_queue_reserve(struct byte_queue *queue, size_t count)
{
	size_t length = byte_queue_length(queue);
	size_t capacity = queue->capacity ? queue->capacity : count;
	unsigned char *bytes;

	if (queue->capacity - queue->tail >= count)
		return queue->bytes + queue->tail;
	/* Moving at most half of the block keeps the cost of a byte constant. */
	if (queue->head >= queue->capacity / 2 && queue->capacity - length >= count) {
		memmove(queue->bytes, queue->bytes + queue->head, length);
		queue->head = 0;
		queue->tail = length;
		return queue->bytes + queue->tail;
	}
	/* Doubling would come to 0 before it came to this. */
	if (count > SIZE_MAX / 2 - queue->tail)
		return NULL;
	while (capacity - queue->tail < count)
		capacity *= 2;
	bytes = realloc(queue->bytes, capacity);
	if (!bytes)
		return NULL;
	queue->bytes = bytes;
	queue->capacity = capacity;
	return queue->bytes + queue->tail;
}

void byte_queue_commit(struct byte_queue *queue, size_t count)
{
	queue->tail += count;
}

void byte_queue_consume(struct byte_queue *queue, size_t count)
{
	queue->head += count;
	if (queue->head == queue->tail)
		queue->head = queue->tail = 0;
}

void byte_queue_free(struct byte_queue *queue)
{
	free(queue->bytes);
	*queue = (struct byte_queue){0};
}
