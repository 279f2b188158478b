/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The text of an event, made from a template and its fields. */
#ifndef L2_EVENT_TEXT_H
#define L2_EVENT_TEXT_H

#include <stddef.h>

#include "report/field.h"

/*
 * Writes TEMPLATE up to its end or a line break into TEXT, which has SIZE bytes; what
 *does not fit is cut. Returns what is left of TEMPLATE: behind the line break, or "".
 *
 *	{name}		the field of that name
 *	{name|words}	WORDS if it is null (default: unknown)
 *	{name:form}	a count: x is 0x0F01, psm 0x1001 (4097), a unit such as SDU makes
 *			1 SDU or 2 SDUs; a real number: its decimals (3), or kB; a flag:
 *yes/no
 *	[...]		left out if a field in it is null
 */
const char *event_text(char *text, size_t size, const char *template,
		       const struct field *fields);

#endif
