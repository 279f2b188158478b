// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/*
 * Text in lines or hex, read by a source in pieces: the SDUs are those that the text
 * stands for, up to the first fault, which is reported by its line and column. What was
 * sent, printed and read again, is the same once more.
 */
#include "harness.h"

#include <errno.h>
#include <stdbool.h>
#include <unistd.h>

#include "transfer/output.h"
#include "reference_sdus.h"
#include "transfer/sdu_source.h"

enum {
	INPUT_FD = 70001,
	MOST_KEPT = 6 * SDU_ROOM, /* the longest line, and what is read at once */
	MOST_TRIES = 10000,	  /* without anything happening */
};

/* What the source reads. */
static struct {
	const unsigned char *text;
	size_t length, at;
	bool ended;
	uint32_t random;
	bool fails; /* now and then: memory, EINTR, EAGAIN */
} input;

static unsigned int any(unsigned int below)
{
	input.random = input.random * 1664525 + 1013904223;
	return (input.random >> 16) % below;
}

ssize_t __real_read(int fd, void *room, size_t size);
ssize_t __wrap_read(int fd, void *room, size_t size);
ssize_t __wrap_read(int fd, void *room, size_t size)
{
	static const size_t pieces[] = {65536, 4096, 100, 7, 3, 2, 1};
	/* Of a long text, small pieces at the end only: otherwise it takes seconds. */
	size_t most = pieces[any(input.length - input.at > 8192 ? 2 : COUNT_OF(pieces))];

	if (fd != INPUT_FD)
		return __real_read(fd, room, size);
	REQUIRE(!input.ended, "it reads behind the end");
	if (input.fails && any(8) == 0) {
		errno = any(2) ? EINTR : EAGAIN;
		return -1;
	}
	if (size > most)
		size = most;
	if (size > input.length - input.at)
		size = input.length - input.at;
	memcpy(room, input.text + input.at, size);
	input.at += size;
	input.ended = size == 0;
	return (ssize_t)size;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	return input.fails && any(4) == 0 ? NULL : __real_malloc(size);
}

void *__real_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size);
void *__wrap_realloc(void *block, size_t size)
{
	return input.fails && any(4) == 0 ? NULL : __real_realloc(block, size);
}

/* --- a source and what it should say ------------------------------------------------ */

static struct sdu_source source;
static struct reference_sdus expected;
static unsigned char *printed;
static size_t printed_length, sent;

/* The next one is what it should be; false at the end, or when memory was short. */
static bool take_next(enum sdu_format format)
{
	const struct reference_sdu *sdu = &expected.sdus[sent];
	struct iovec next;
	int error = sdu_source_next(&source, &next, 1);

	if (error == -ENOMEM) {
		REQUIRE(input.fails, "memory is short");
		return false;
	}
	if (sent == expected.count) {
		REQUIRE(error == -EILSEQ && expected.is_faulty, "%d behind %zu SDUs",
			error, sent);
		REQUIRE(source.fault.line == expected.line &&
				source.fault.column == expected.column,
			"line %ju, column %zu, not %ju, %zu",
			(uintmax_t)source.fault.line, source.fault.column,
			(uintmax_t)expected.line, expected.column);
		REQUIRE(input.at >= expected.fault_end, "a fault that is not read yet");
		return false;
	}
	REQUIRE(error == 1, "%d at SDU %zu", error, sent);
	REQUIRE(next.iov_len == sdu->length &&
			(next.iov_len == 0 ||
			 memcmp(next.iov_base, expected.bytes + sdu->at, next.iov_len) ==
				 0),
		"SDU %zu of %zu bytes is another one of %zu", sent, sdu->length,
		next.iov_len);
	REQUIRE(input.at >= sdu->text_end && (input.ended || sdu->text_end == 0 ||
					      input.text[sdu->text_end - 1] == '\n'),
		"SDU %zu comes before its end", sent);
	REQUIRE(source.fault.line == sent + 1, "line %ju", (uintmax_t)source.fault.line);
	if (any(4) == 0)
		return true; /* it cannot be sent now, and stays the next */
	printed_length += reference_print(format, printed + printed_length, next.iov_base,
					  next.iov_len);
	sdu_source_sent(&source, next.iov_len);
	sent++;
	return true;
}

/* Reads it all, or up to the fault, in pieces that SEED chooses. */
static void read_all(enum sdu_format format, const unsigned char *text, size_t length,
		     uint32_t seed)
{
	struct sdu_plan plan = {.input = INPUT_FD, .format = format};
	int tries = 0;

	sdu_source_start(&source, &plan);
	input.text = text;
	input.length = length;
	input.at = 0;
	input.ended = false;
	input.random = seed;
	sent = printed_length = 0;
	while (!sdu_source_is_empty(&source)) {
		size_t before = sent + input.at;

		REQUIRE(tries++ < MOST_TRIES, "it does not go on");
		if (sdu_source_wants_input(&source)) {
			int got = sdu_source_read(&source);

			REQUIRE(got >= 0 || (got == -ENOMEM && input.fails), "read: %d",
				got);
		} else {
			REQUIRE(sdu_source_has_sdu(&source, any(2)), "nothing to do");
		}
		REQUIRE(sdu_source_kept(&source) <= MOST_KEPT, "%zu bytes are kept",
			sdu_source_kept(&source));
		while (sdu_source_has_sdu(&source, any(2)) && any(8) && take_next(format))
			;
		if (expected.is_faulty && sent == expected.count &&
		    sdu_source_has_sdu(&source, false) && any(2))
			break;
		if (sent + input.at != before)
			tries = 0;
	}
	if (expected.is_faulty) {
		input.fails = false;
		REQUIRE(sent == expected.count && !take_next(format), "no fault");
	} else {
		REQUIRE(sent == expected.count && input.ended,
			"%zu of %zu SDUs were sent", sent, expected.count);
	}
	sdu_source_free(&source);
}

/* --- one run ------------------------------------------------------------------------ */

/* The text of the input, perhaps after a long beginning of its first line. */
static unsigned char *make_text(unsigned int choice, const uint8_t *data, size_t size,
				size_t *length)
{
	static const size_t beginnings[] = {2 * 65534,	   2 * 65535, 2 * 65536,
					    2 * 65536 + 1, 262142,    262143,
					    262144,	   262145};
	size_t beginning = choice < 240 ? 0 : beginnings[choice / 2 % 8];
	unsigned char *text = malloc(beginning + size + 1);

	REQUIRE(text, "no memory");
	memset(text, beginning > 2 * SDU_ROOM + 1 ? ' ' : '0', beginning);
	memcpy(text + beginning, data, size);
	*length = beginning + size;
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	enum sdu_format format;
	unsigned char *text;
	unsigned char *again;
	size_t length;

	input.fails = false;
	if (size < 2)
		return 0;
	format = data[0] & 1 ? FORMAT_HEX : FORMAT_LINES;
	text = make_text(data[0], data + 2, size - 2, &length);
	printed = malloc(2 * length + 2);
	REQUIRE(printed, "no memory");
	reference_read(&expected, format, text, length);
	input.fails = data[0] & 2;
	read_all(format, text, length, data[1]);
	input.fails = false;
	reference_free(&expected);
	/* Once more, from what was printed: all of that is good. */
	again = printed;
	length = printed_length;
	printed = malloc(2 * length + 2);
	REQUIRE(printed, "no memory");
	reference_read(&expected, format, again, length);
	REQUIRE(!expected.is_faulty && expected.count == sent, "%zu SDUs became %zu",
		sent, expected.count);
	read_all(format, again, length, data[1] + 1U);
	REQUIRE(printed_length == length && memcmp(printed, again, length) == 0,
		"what was printed is not printed again");
	reference_free(&expected);
	free(printed);
	free(again);
	free(text);
	return 0;
}
