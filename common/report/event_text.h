/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* The text of an event, made from a template and its fields. */
#ifndef L2_EVENT_TEXT_H
#define L2_EVENT_TEXT_H

#include <stddef.h>

#include "report/field.h"

/*
 * Writes TEMPLATE, up to its end or a line break, into TEXT of SIZE bytes, and cuts
 * what does not fit. Returns the rest of TEMPLATE after the line break, or "".
 *
 * {name}        the field of that name
 * {name|words}  WORDS if it is null (default: unknown)
 * {name:form}   of a count: x is 0x0F01, psm is 0x1001 (4097), and a unit such as
 *               SDU makes 1 SDU or 2 SDUs; of a real number: its decimals (3), or kB;
 *               of a flag: yes/no
 * [...]         left out if a field in it is null
 */
const char *event_text(char *text, size_t size, const char *template,
		       const struct field *fields);

#endif
