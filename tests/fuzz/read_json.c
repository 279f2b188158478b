// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "read_json.h"

#include "harness.h"

struct reader {
	const char *next, *end;
	char *room; /* where the next text is decoded to */
};

/* Writes CODE as UTF-8, in its only form; returns its bytes. */
static size_t encode(unsigned long code, unsigned char bytes[4])
{
	size_t size = code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

	for (size_t i = size; i-- > 1; code >>= 6)
		bytes[i] = (unsigned char)(0x80 | (code & 0x3f));
	bytes[0] = (unsigned char)(size == 1 ? code : (0xf00U >> size & 0xff) | code);
	return size;
}

size_t utf8_size(const unsigned char *text, size_t length)
{
	for (size_t size = 1; size <= 4 && size <= length; size++) {
		unsigned long code = size == 1 ? text[0] : text[0] & (0x7fU >> size);
		unsigned char again[4];

		for (size_t i = 1; i < size; i++)
			code = code << 6 | (text[i] & 0x3fU);
		if (code <= 0x10ffff && (code < 0xd800 || code > 0xdfff) &&
		    encode(code, again) == size && memcmp(again, text, size) == 0)
			return size;
	}
	return 0;
}

static char take(struct reader *reader)
{
	REQUIRE(reader->next < reader->end, "the line ends too early");
	return *reader->next++;
}

static void expect_word(struct reader *reader, const char *word)
{
	for (; *word; word++) {
		char byte = take(reader);

		REQUIRE(byte == *word, "'%c' instead of '%c' at: %.*s", byte, *word,
			(int)(reader->end - reader->next), reader->next);
	}
}

static void decode_escape(struct reader *reader)
{
	char digits[5] = "";
	char byte = take(reader);

	if (byte == '"' || byte == '\\') {
		*reader->room++ = byte;
		return;
	}
	REQUIRE(byte == 'u', "an escape \\%c", byte);
	for (int i = 0; i < 4; i++) {
		digits[i] = take(reader);
		REQUIRE(strchr("0123456789ABCDEF", digits[i]), "a digit '%c'", digits[i]);
	}
	reader->room += encode(strtoul(digits, NULL, 16), (unsigned char *)reader->room);
}

/* After its first quote, up to after its last. */
static const char *read_text(struct reader *reader)
{
	const char *start = reader->room;

	for (;;) {
		const unsigned char *at = (const unsigned char *)reader->next;
		size_t size = utf8_size(at, (size_t)(reader->end - reader->next));

		REQUIRE(size > 0, "bytes that are no UTF-8");
		REQUIRE(*at >= ' ' && *at != 0x7f, "a control character %d", *at);
		REQUIRE(size != 2 || *at != 0xc2 || at[1] >= 0xa0, "one of C1");
		reader->next += size;
		if (*at == '"')
			break;
		if (*at == '\\') {
			decode_escape(reader);
		} else {
			memcpy(reader->room, at, size);
			reader->room += size;
		}
	}
	*reader->room++ = '\0';
	return start;
}

/* [-] digits [. digits], without a leading zero. */
static const char *read_number(struct reader *reader)
{
	const char *start = reader->room;
	const char *at = reader->next;
	size_t digits;

	at += *at == '-';
	digits = strspn(at, "0123456789");
	REQUIRE(digits > 0 && (*at != '0' || digits == 1), "a number %.20s", at);
	at += digits;
	if (*at == '.') {
		digits = strspn(at + 1, "0123456789");
		REQUIRE(digits > 0, "no digits behind a point");
		at += 1 + digits;
	}
	memcpy(reader->room, reader->next, (size_t)(at - reader->next));
	reader->room += at - reader->next;
	*reader->room++ = '\0';
	reader->next = at;
	return start;
}

static void read_member(struct reader *reader, struct json_members *object)
{
	size_t index = object->count++;

	REQUIRE(index < MOST_MEMBERS, "too many members");
	expect_word(reader, "\"");
	object->members[index].name = read_text(reader);
	for (size_t i = 0; i < index; i++)
		REQUIRE(strcmp(object->members[i].name, object->members[index].name) != 0,
			"the member %s is there twice", object->members[i].name);
	expect_word(reader, ":");
	object->members[index].text = NULL;
	switch (*reader->next) {
	case 'n':
		expect_word(reader, "null");
		object->members[index].kind = KIND_NULL;
		break;
	case 't':
		expect_word(reader, "true");
		object->members[index].kind = KIND_TRUE;
		break;
	case 'f':
		expect_word(reader, "false");
		object->members[index].kind = KIND_FALSE;
		break;
	case '"':
		reader->next++;
		object->members[index].kind = KIND_TEXT;
		object->members[index].text = read_text(reader);
		break;
	default:
		object->members[index].kind = KIND_NUMBER;
		object->members[index].text = read_number(reader);
		break;
	}
}

void read_json(struct json_members *object, const char *line, size_t length)
{
	struct reader reader = {.next = line, .end = line + length, .room = object->room};

	object->count = 0;
	REQUIRE(length <= MOST_LINE, "a line of %zu bytes", length);
	REQUIRE(length > 0 && line[length - 1] == '\n', "no line break at the end");
	expect_word(&reader, "{");
	if (*reader.next != '}') {
		do
			read_member(&reader, object);
		while (take(&reader) == ',');
		reader.next--;
	}
	expect_word(&reader, "}\n");
	REQUIRE(reader.next == reader.end, "something follows the object");
}
