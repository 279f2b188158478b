// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* byte_queue, driven by the input, next to a model: an array that is moved. */
#include "harness.h"

#include <stdbool.h>

#include "byte_queue.h"

enum { MOST_BYTES = 1 << 13, OPERATION_SIZE = 3 };

enum operation {
	APPEND,
	APPEND_PART,
	CONSUME,
	APPEND_WITHOUT_MEMORY,
	ASK_TOO_MUCH,
	EMPTY
};

struct model {
	struct byte_queue queue; /* what is tested */
	unsigned char bytes[MOST_BYTES];
	size_t length;
	size_t most_needed; /* bytes that were queued and asked for at once */
	unsigned char next; /* what to append, so that no byte is like its neighbour */
};

static bool memory_is_short;
enum { MOST_MEMORY = 1 << 20 };

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	return memory_is_short || size > MOST_MEMORY ? NULL : __real_realloc(block, size);
}

/* Fills the whole room, also what is not committed, so that the sanitizer sees room that
 * is none. */
static void append(struct model *model, size_t room, size_t count)
{
	unsigned char *bytes;

	if (room == 0 || model->length + room > MOST_BYTES)
		return;
	if (model->length + room > model->most_needed)
		model->most_needed = model->length + room;
	bytes = byte_queue_reserve(&model->queue, room);
	REQUIRE(bytes || memory_is_short, "no room for %zu bytes", room);
	if (!bytes)
		return;
	for (size_t i = 0; i < room; i++)
		bytes[i] = i < count ? model->next++ : 0xEE;
	memcpy(model->bytes + model->length, bytes, count);
	byte_queue_commit(&model->queue, count);
	model->length += count;
}

static void consume(struct model *model, size_t count)
{
	if (count > model->length)
		count = model->length;
	byte_queue_consume(&model->queue, count);
	model->length -= count;
	memmove(model->bytes, model->bytes + count, model->length);
}

static void perform(struct model *model, enum operation operation, size_t count)
{
	switch (operation) {
	case APPEND:
		append(model, count, count);
		return;
	case APPEND_PART:
		append(model, count, count / 3);
		return;
	case CONSUME:
		consume(model, count);
		return;
	case APPEND_WITHOUT_MEMORY:
		memory_is_short = true;
		append(model, count, count);
		memory_is_short = false;
		return;
	case ASK_TOO_MUCH:
		REQUIRE(!byte_queue_reserve(&model->queue, SIZE_MAX - count),
			"room for %zu bytes", SIZE_MAX - count);
		return;
	case EMPTY:
		byte_queue_free(&model->queue);
		model->length = model->most_needed = 0;
		return;
	}
}

static void compare(const struct model *model)
{
	const unsigned char *bytes = byte_queue_data(&model->queue);

	REQUIRE(byte_queue_length(&model->queue) == model->length,
		"%zu bytes are queued, not %zu", byte_queue_length(&model->queue),
		model->length);
	REQUIRE(model->length == 0 ||
			(bytes && memcmp(bytes, model->bytes, model->length) == 0),
		"other bytes are queued");
	/* Room that bytes were taken from is used again: the block does not grow with
	 * what has passed. */
	REQUIRE(model->queue.capacity <= 4 * model->most_needed,
		"%zu bytes of memory for %zu", model->queue.capacity, model->most_needed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model model;

	model = (struct model){.length = 0};
	for (; size >= OPERATION_SIZE; data += OPERATION_SIZE, size -= OPERATION_SIZE) {
		perform(&model, (enum operation)(data[0] % (EMPTY + 1)),
			data[1] | (size_t)(data[2] % 8) << 8);
		compare(&model);
	}
	byte_queue_free(&model.queue);
	return 0;
}
