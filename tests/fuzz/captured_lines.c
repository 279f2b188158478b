// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "captured_lines.h"

#include <stdbool.h>
#include <sys/types.h>
#include <unistd.h>

#include "harness.h"
#include "read_json.h"

static struct captured_lines *captured; /* NULL: writes go their way */
static const char *program_name;

/* C0 and DEL, and C1 (U+0080 to U+009F), of which terminals know an escape sequence's
 * start, too. */
static bool has_control_character(const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char byte = (unsigned char)text[i];
		unsigned char next = i + 1 < length ? (unsigned char)text[i + 1] : 0;

		if (byte < ' ' || byte == 0x7f ||
		    (byte == 0xc2 && next >= 0x80 && next <= 0x9f))
			return true;
	}
	return false;
}

/* An object that starts with the program's name and the event's. */
static void check_object(const char *line, size_t length)
{
	static struct json_members object;

	read_json(&object, line, length);
	REQUIRE(object.count >= 3, "%zu members", object.count);
	REQUIRE(strcmp(object.members[0].name, "program") == 0 &&
			strcmp(object.members[0].text, program_name) == 0 &&
			strcmp(object.members[1].name, "event") == 0,
		"no event of %s: %.*s", program_name, (int)length, line);
}

static void check_line(const char *line, size_t length)
{
	size_t name = strlen(program_name);

	if (*line == '{') {
		check_object(line, length);
		return;
	}
	REQUIRE(length > name + 3 && memcmp(line, program_name, name) == 0 &&
			memcmp(line + name, ": ", 2) == 0,
		"not '%s: ', but: %.*s", program_name, (int)length, line);
	REQUIRE(line[length - 1] == '\n', "no line: %.*s", (int)length, line);
	REQUIRE(!has_control_character(line, length - 1),
		"a line break or another control character is in: %.*s", (int)length,
		line);
}

ssize_t __real_write(int fd, const void *bytes, size_t count);
ssize_t __wrap_write(int fd, const void *bytes, size_t count);
ssize_t __wrap_write(int fd, const void *bytes, size_t count)
{
	if (!captured || fd != STDERR_FILENO)
		return __real_write(fd, bytes, count);
	check_line(bytes, count);
	REQUIRE(captured->length + count < MOST_CAPTURED, "too much is told");
	memcpy(captured->text + captured->length, bytes, count);
	captured->length += count;
	captured->text[captured->length] = '\0';
	captured->count++;
	return (ssize_t)count;
}

void capture_lines(struct captured_lines *lines, const char *program)
{
	lines->text[0] = '\0';
	lines->length = 0;
	lines->count = 0;
	program_name = program;
	captured = lines;
}

void capture_end(void)
{
	captured = NULL;
}
