// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "transfer/sdu_source.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "transfer/numbered_sdus.h"
#include "transfer/output.h"

enum {
	INPUT_BLOCK = 65536, /* bytes to ask of the input at once */
	/* A longer line cannot be an SDU: hex has two digits a byte, and a blank. */
	LONGEST_LINE = 4 * SDU_ROOM,
};

static bool has_lines(const struct sdu_source *source)
{
	return source->plan->format != FORMAT_RAW;
}

static bool reads_input(const struct sdu_plan *plan)
{
	return !plan->message && !plan->numbered && !plan->queued && plan->input >= 0;
}

void sdu_source_start(struct sdu_source *source, const struct sdu_plan *plan)
{
	*source = (struct sdu_source){
		.plan = plan,
		.message_pending = plan->message != NULL,
		.open = !plan->message &&
			(plan->numbered || plan->queued || plan->input >= 0),
		.fault.line = reads_input(plan) && plan->format != FORMAT_RAW,
	};
}

void sdu_source_free(struct sdu_source *source)
{
	byte_queue_free(&source->unsent);
	free(source->made_sdu);
	source->made_sdu = NULL;
}

size_t sdu_source_kept(const struct sdu_source *source)
{
	return byte_queue_length(&source->unsent);
}

/* --- the input ---------------------------------------------------------------------- */

/* Looks for the end of the next line, after what was looked at already. */
static void find_line(struct sdu_source *source)
{
	const unsigned char *text = byte_queue_data(&source->unsent);
	size_t length = byte_queue_length(&source->unsent);
	const unsigned char *end;

	if (source->line_ends || source->line_length == length)
		return;
	end = memchr(text + source->line_length, '\n', length - source->line_length);
	source->line_ends = end != NULL;
	source->line_length = end ? (size_t)(end - text) : length;
}

bool sdu_source_wants_input(const struct sdu_source *source)
{
	if (!source->open || !reads_input(source->plan))
		return false;
	if (has_lines(source))
		return !source->line_ends && source->line_length <= LONGEST_LINE;
	return byte_queue_length(&source->unsent) < source->plan->sdu_size;
}

int sdu_source_read(struct sdu_source *source)
{
	unsigned char *room = byte_queue_reserve(&source->unsent, INPUT_BLOCK);
	ssize_t length;

	if (!room)
		return -ENOMEM;
	length = read(source->plan->input, room, INPUT_BLOCK);
	if (length < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (length == 0)
		source->open = false;
	byte_queue_commit(&source->unsent, (size_t)length);
	if (has_lines(source))
		find_line(source);
	return (int)length;
}

void sdu_source_pause(struct sdu_source *source, bool paused)
{
	source->paused = paused;
}

/* --- the next SDU ------------------------------------------------------------------- */

/* Of the queue: each SDU has its length in front of it. */
static size_t queued_length(const struct sdu_source *source)
{
	uint32_t length;

	memcpy(&length, byte_queue_data(&source->unsent), sizeof(length));
	return length;
}

/* Of a raw input: whether less than a whole SDU is one. */
static bool may_be_short(const struct sdu_source *source, bool even_short)
{
	return !source->open ||
	       ((even_short || source->paused) && !source->plan->fill_sdus);
}

bool sdu_source_has_sdu(const struct sdu_source *source, bool even_short)
{
	const struct sdu_plan *plan = source->plan;
	size_t length = byte_queue_length(&source->unsent);

	if (plan->message)
		return source->message_pending;
	if (plan->numbered)
		return source->open;
	if (plan->queued || length == 0)
		return length > 0;
	if (has_lines(source))
		return source->line_ends || !source->open ||
		       source->line_length > LONGEST_LINE;
	return length >= plan->sdu_size || may_be_short(source, even_short);
}

/* Room for an SDU that is made here. */
static bool has_room_to_make(struct sdu_source *source)
{
	if (!source->made_sdu)
		source->made_sdu = malloc(SDU_ROOM);
	return source->made_sdu;
}

static int next_hex(struct sdu_source *source, struct iovec *sdu)
{
	size_t column = 0;
	int error = 0;

	if (!has_room_to_make(source))
		return -ENOMEM;
	if (!source->is_decoded)
		error = hex_decode(byte_queue_data(&source->unsent), source->line_length,
				   source->made_sdu, SDU_ROOM, &source->decoded_length,
				   &column);
	source->is_decoded = !error;
	if (error == -EINVAL)
		source->fault.column = column;
	*sdu = (struct iovec){source->made_sdu, source->decoded_length};
	return error ? -EILSEQ : 1;
}

static int next_line(struct sdu_source *source, struct iovec *sdu)
{
	if (source->line_length > LONGEST_LINE)
		return -EILSEQ;
	if (source->plan->format == FORMAT_HEX)
		return next_hex(source, sdu);
	*sdu = (struct iovec){byte_queue_data(&source->unsent), source->line_length};
	return 1;
}

static int next_numbered(struct sdu_source *source, struct iovec *sdu)
{
	if (!has_room_to_make(source))
		return -ENOMEM;
	*sdu = (struct iovec){source->made_sdu,
			      sdu_sizes_of(&source->plan->sizes, source->made)};
	numbered_sdu_fill(source->made_sdu, sdu->iov_len, (uint32_t)source->made);
	return 1;
}

static int cut(const struct sdu_source *source, struct iovec *sdus, unsigned int most)
{
	unsigned char *from = byte_queue_data(&source->unsent);
	size_t left = byte_queue_length(&source->unsent);
	size_t size = source->plan->sdu_size;
	unsigned int count = 0;

	for (; count < most && left >= size; count++, from += size, left -= size)
		sdus[count] = (struct iovec){from, size};
	if (count < most && left && may_be_short(source, false))
		sdus[count++] = (struct iovec){from, left};
	return (int)count;
}

int sdu_source_next(struct sdu_source *source, struct iovec *sdus, unsigned int most)
{
	const struct sdu_plan *plan = source->plan;

	if (plan->message)
		*sdus = (struct iovec){(void *)plan->message, plan->message_length};
	else if (plan->numbered)
		return next_numbered(source, sdus);
	else if (plan->queued)
		*sdus = (struct iovec){byte_queue_data(&source->unsent) +
					       sizeof(uint32_t),
				       queued_length(source)};
	else if (has_lines(source))
		return next_line(source, sdus);
	else
		return cut(source, sdus, most);
	return 1;
}

static void end_line(struct sdu_source *source)
{
	byte_queue_consume(&source->unsent, source->line_length + source->line_ends);
	source->line_length = 0;
	source->line_ends = false;
	source->is_decoded = false;
	source->fault.line++;
	find_line(source);
}

void sdu_source_sent(struct sdu_source *source, size_t length)
{
	const struct sdu_plan *plan = source->plan;

	source->message_pending = false;
	if (plan->message)
		return;
	if (plan->numbered) {
		source->made++;
		if (source->made == plan->count)
			source->open = false;
	} else if (plan->queued) {
		byte_queue_consume(&source->unsent, sizeof(uint32_t) + length);
	} else if (has_lines(source)) {
		end_line(source);
	} else {
		byte_queue_consume(&source->unsent, length);
	}
}

bool sdu_source_is_empty(const struct sdu_source *source)
{
	return !source->message_pending &&
	       (!source->open || source->plan->queued || source->plan->answers) &&
	       byte_queue_length(&source->unsent) == 0;
}

/* --- from outside ------------------------------------------------------------------- */

int sdu_source_put(struct sdu_source *source, const void *data, size_t length)
{
	uint32_t written = (uint32_t)length;
	unsigned char *room =
		byte_queue_reserve(&source->unsent, sizeof(written) + length);

	if (!room)
		return -ENOMEM;
	memcpy(room, &written, sizeof(written));
	memcpy(room + sizeof(written), data, length);
	byte_queue_commit(&source->unsent, sizeof(written) + length);
	return 0;
}

void sdu_source_end(struct sdu_source *source)
{
	source->open = false;
}

void sdu_source_clear(struct sdu_source *source)
{
	source->message_pending = false;
	source->line_length = 0;
	source->line_ends = false;
	byte_queue_consume(&source->unsent, byte_queue_length(&source->unsent));
}

void sdu_source_drop(struct sdu_source *source)
{
	sdu_source_clear(source);
	source->open = false;
}

/* --- files -----------------------------------------------------------------------------
 */

static bool is_standard(const char *name)
{
	return !name || strcmp(name, "-") == 0;
}

/* Why a descriptor that was opened by another program cannot be read: 0 or -errno. */
static int check_readable(int fd)
{
	struct stat status;
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fstat(fd, &status) < 0)
		return -errno;
	if ((flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	return S_ISDIR(status.st_mode) ? -EISDIR : 0;
}

int input_open(const char *name)
{
	/* Without O_NONBLOCK, opening a named pipe would wait where no signal comes in;
	 * poll() waits for its writer as well. */
	int fd = is_standard(name) ? STDIN_FILENO
				   : open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int error = fd < 0 ? -errno : check_readable(fd);

	if (!error)
		return fd;
	if (fd > STDIN_FILENO)
		close(fd);
	return error;
}

int input_check(const char *name)
{
	struct stat status;

	if (is_standard(name))
		return check_readable(STDIN_FILENO);
	if (access(name, R_OK) < 0 || stat(name, &status) < 0)
		return -errno;
	return S_ISDIR(status.st_mode) ? -EISDIR : 0;
}
