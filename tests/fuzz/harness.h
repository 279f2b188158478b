/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What every harness needs. libFuzzer calls LLVMFuzzerTestOneInput() with one input after
 * another; a harness aborts when a property does not hold, and the sanitizers do when
 * memory or arithmetic is misused.
 */
#ifndef L2_FUZZ_HARNESS_H
#define L2_FUZZ_HARNESS_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

/* REQUIRE(condition, what is broken, as for printf) */
#define REQUIRE(condition, ...)                                                          \
	do {                                                                             \
		if (!(condition)) {                                                      \
			fprintf(stderr, "%s:%d: ", __FILE__, __LINE__);                  \
			fprintf(stderr, __VA_ARGS__);                                    \
			fprintf(stderr, "\n");                                           \
			abort();                                                         \
		}                                                                        \
	} while (0)

/* The input up to its first NUL as a text that ends where its memory does, so that
 * reading one character too many is seen. The caller frees it. */
static inline char *text_of(const uint8_t *data, size_t size)
{
	size_t length = strnlen((const char *)data, size);
	char *text = malloc(length + 1);

	REQUIRE(text, "no memory");
	memcpy(text, data, length);
	text[length] = '\0';
	return text;
}

#endif
