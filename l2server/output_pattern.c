// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "output_pattern.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool output_pattern_is_valid(const char *pattern)
{
	for (; (pattern = strchr(pattern, '%')); pattern += 2) {
		if (!pattern[1] || !strchr("an%", pattern[1]))
			return false;
	}
	return true;
}

bool output_pattern_is_for_each(const char *pattern)
{
	for (; (pattern = strchr(pattern, '%')); pattern += 2) {
		if (pattern[1] != '%')
			return true;
	}
	return false;
}

/* With dashes: scp and tar take a colon for the end of a machine's name, and FAT has
 * none.
 */
static void put_address(FILE *stream, const char *address)
{
	for (; *address; address++)
		putc(*address == ':' ? '-' : *address, stream);
}

char *output_pattern_expand(const char *pattern, const char *address, unsigned int number)
{
	char *name = NULL;
	size_t size;
	FILE *stream = open_memstream(&name, &size);

	if (!stream)
		return NULL;
	for (; *pattern; pattern++) {
		if (*pattern != '%')
			putc(*pattern, stream);
		else if (*++pattern == 'a')
			put_address(stream, address);
		else if (*pattern == 'n')
			fprintf(stream, "%u", number);
		else
			putc('%', stream);
	}
	if (fclose(stream) == 0)
		return name;
	free(name);
	return NULL;
}
