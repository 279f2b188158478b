/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Text from the command line to values. Pure: no allocation, no input or output.
 *
 * All functions return 0, or -EINVAL when the text is not of the expected form
 * (empty, a sign, a blank, trailing characters), or -ERANGE when it is a number
 * outside the allowed range. The result is left untouched on an error.
 */
#ifndef L2_PARSE_VALUE_H
#define L2_PARSE_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <bluetooth/bluetooth.h>

/* A decimal number, or a hexadecimal one after 0x, within [minimum, maximum]. A
 * leading zero is decimal, never octal: 010 is 10. */
int parse_number(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *value);

/* The same of a part of a text: from TEXT up to END. */
int parse_number_up_to(const char *text, const char *end, uint64_t minimum,
		       uint64_t maximum, uint64_t *value);

/* A number with K, M or G after it, for 1024, 1024^2 and 1024^3. */
int parse_size(const char *text, uint64_t minimum, uint64_t maximum, uint64_t *value);

/* Seconds, with up to three digits after a point, as milliseconds up to MAXIMUM. */
int parse_milliseconds(const char *text, unsigned int maximum, unsigned int *value);

/* Six hexadecimal pairs separated by colons. libbluetooth's str2ba() takes anything
 * and says nothing, which is why this exists. */
int parse_address(const char *text, bdaddr_t *address);

/* Whether PSM is one that L2CAP allows: over BR/EDR the lowest bit set, the lowest bit of
 * the upper byte clear (Core Specification, Vol 3, Part A, 4.2); over LE, where it is
 * called an SPSM, 0x0001 to 0x00FF (4.22). */
bool psm_is_valid(uint64_t psm, bool le);

/* That rule in words. */
const char *psm_rule(bool le);

/* A valid PSM as a number: -ERANGE when it is a number but not a valid PSM. */
int parse_psm(const char *text, bool le, uint16_t *psm);

/*
 * BDADDR or BDADDR:PSM, the latter of LE or not. *has_psm says whether a PSM was given;
 * *psm is written only then. Returns -EINVAL for the address, -ERANGE for the PSM after
 * a good address.
 */
int parse_destination(const char *text, bool le, bdaddr_t *address, uint16_t *psm,
		      bool *has_psm);

#endif
