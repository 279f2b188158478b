/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * How SDUs map to text, both ways. Pure. "raw" is no text: the bytes as they come. In
 * "lines" a line is an SDU; in "hex" a line of hexadecimal pairs is one, so that any
 * SDU, an empty one and one that holds line ends included, survives the way to text and
 * back.
 */
#ifndef L2_SDU_FORMAT_H
#define L2_SDU_FORMAT_H

#include <stddef.h>

enum sdu_format { FORMAT_RAW, FORMAT_LINES, FORMAT_HEX };

/* The format called NAME, as --format takes it: 0, or -EINVAL. */
int sdu_format_parse(const char *name, enum sdu_format *format);
const char *sdu_format_name(enum sdu_format format);

/* Bytes that an SDU of LENGTH takes as text at most. */
size_t sdu_format_text_size(enum sdu_format format, size_t length);

/* Turns the SDU of LENGTH bytes at TEXT, where there is room for sdu_format_text_size(),
 * into text in place. Returns the length of the text. */
size_t sdu_format_print(enum sdu_format format, unsigned char *text, size_t length);

/*
 * The bytes that TEXT, LENGTH bytes of hexadecimal pairs without the end of the line,
 * stands for. Spaces (space, tab, carriage return) may stand between the pairs. 0 with
 * *COUNT bytes in BYTES, which has room for SIZE; -EINVAL where TEXT is wrong, -EMSGSIZE
 * where there are more than SIZE: *COLUMN, from 1 on, says where.
 */
int hex_decode(const unsigned char *text, size_t length, unsigned char *bytes,
	       size_t size, size_t *count, size_t *column);

#endif
