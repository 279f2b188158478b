// SPDX-License-Identifier: GPL-2.0-or-later
#include "unit_test.h"

#include <stdlib.h>
#include <string.h>

#include "byte_queue.h"

static void add(struct byte_queue *queue, const void *bytes, size_t count)
{
	unsigned char *room = byte_queue_reserve(queue, count);

	assert_non_null(room);
	memcpy(room, bytes, count);
	byte_queue_commit(queue, count);
}

static void a_new_queue_is_empty(void **state)
{
	struct byte_queue queue = {0};

	(void)state;
	assert_int_equal(byte_queue_length(&queue), 0);
	byte_queue_consume(&queue, 0);
	assert_int_equal(byte_queue_length(&queue), 0);
	byte_queue_free(&queue);
}

static void bytes_come_out_in_the_order_they_went_in(void **state)
{
	struct byte_queue queue = {0};

	(void)state;
	add(&queue, "abc", 3);
	add(&queue, "defg", 4);
	assert_int_equal(byte_queue_length(&queue), 7);
	assert_memory_equal(byte_queue_data(&queue), "abcdefg", 7);
	byte_queue_consume(&queue, 2);
	assert_int_equal(byte_queue_length(&queue), 5);
	assert_memory_equal(byte_queue_data(&queue), "cdefg", 5);
	byte_queue_consume(&queue, 5);
	assert_int_equal(byte_queue_length(&queue), 0);
	byte_queue_free(&queue);
}

static void reserved_room_counts_only_once_it_is_committed(void **state)
{
	struct byte_queue queue = {0};
	unsigned char *room;

	(void)state;
	room = byte_queue_reserve(&queue, 1000);
	assert_non_null(room);
	assert_int_equal(byte_queue_length(&queue), 0);
	memcpy(room, "xy", 2);
	byte_queue_commit(&queue, 2);
	assert_int_equal(byte_queue_length(&queue), 2);
	assert_memory_equal(byte_queue_data(&queue), "xy", 2);
	byte_queue_free(&queue);
}

static void a_freed_queue_can_be_used_again(void **state)
{
	struct byte_queue queue = {0};

	(void)state;
	add(&queue, "abc", 3);
	byte_queue_free(&queue);
	assert_int_equal(byte_queue_length(&queue), 0);
	assert_null(queue.bytes);
	byte_queue_free(&queue);
	add(&queue, "de", 2);
	assert_memory_equal(byte_queue_data(&queue), "de", 2);
	byte_queue_free(&queue);
}

/* The whole reserved room can be written: a sanitizer build tells when it cannot. */
static void all_of_the_reserved_room_is_there(void **state)
{
	struct byte_queue queue = {0};

	(void)state;
	for (size_t count = 1; count <= 65537; count = count * 3 + 1) {
		unsigned char *room = byte_queue_reserve(&queue, count);

		assert_non_null(room);
		memset(room, 0x5A, count);
		byte_queue_commit(&queue, count / 2);
		byte_queue_consume(&queue, count / 4);
	}
	for (size_t i = 0; i < byte_queue_length(&queue); i++)
		assert_int_equal(byte_queue_data(&queue)[i], 0x5A);
	byte_queue_free(&queue);
}

/* The bytes are a running number, so one that is lost, doubled or moved is seen. */
static void random_use_keeps_every_byte(void **state)
{
	struct byte_queue queue = {0};
	unsigned int seed = 1;
	size_t in = 0;
	size_t out = 0;
	size_t longest = 0;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		size_t reserved = (size_t)rand_r(&seed) % 3000 + 1;
		size_t count = (size_t)rand_r(&seed) % (reserved + 1);
		unsigned char *room = byte_queue_reserve(&queue, reserved);
		size_t taken;

		assert_non_null(room);
		for (size_t k = 0; k < count; k++)
			room[k] = (unsigned char)(in++ % 251);
		byte_queue_commit(&queue, count);
		assert_int_equal(byte_queue_length(&queue), in - out);
		if (in - out + 3000 > longest)
			longest = in - out + 3000;
		/* Now and then empty, now and then filling up. */
		taken = (size_t)rand_r(&seed) % (in - out + 1);
		if (i % 100 < 30)
			taken /= 8;
		for (size_t k = 0; k < taken; k++)
			assert_true(byte_queue_data(&queue)[k] == (out + k) % 251);
		byte_queue_consume(&queue, taken);
		out += taken;
		/* What the block takes is bounded by what is queued at most. */
		assert_true(queue.capacity <= 4 * longest);
	}
	byte_queue_free(&queue);
}

/* A queue that never runs empty must not crawl through memory. */
static void a_steady_flow_does_not_grow_the_block(void **state)
{
	struct byte_queue queue = {0};
	static const unsigned char block[1000];

	(void)state;
	for (int i = 0; i < 10; i++)
		add(&queue, block, sizeof(block));
	for (int i = 0; i < 100000; i++) {
		add(&queue, block, sizeof(block));
		byte_queue_consume(&queue, sizeof(block));
	}
	assert_int_equal(byte_queue_length(&queue), 10000);
	assert_true(queue.capacity <= 4 * 11000);
	byte_queue_free(&queue);
}

static void more_than_any_memory_is_refused(void **state)
{
	struct byte_queue queue = {0};

	(void)state;
	add(&queue, "kept", 4);
	assert_null(byte_queue_reserve(&queue, SIZE_MAX));
	assert_null(byte_queue_reserve(&queue, SIZE_MAX / 2));
	assert_int_equal(byte_queue_length(&queue), 4);
	assert_memory_equal(byte_queue_data(&queue), "kept", 4);
	byte_queue_free(&queue);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TEST(a_new_queue_is_empty),
		TEST(bytes_come_out_in_the_order_they_went_in),
		TEST(reserved_room_counts_only_once_it_is_committed),
		TEST(a_freed_queue_can_be_used_again),
		TEST(all_of_the_reserved_room_is_there),
		TEST(random_use_keeps_every_byte),
		TEST(a_steady_flow_does_not_grow_the_block),
		TEST(more_than_any_memory_is_refused),
	};

	return RUN_TESTS(tests);
}
