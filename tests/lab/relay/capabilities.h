/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What the relay's controllers tell the host of themselves, where btvirt says otherwise.
 */
#ifndef RELAY_CAPABILITIES_H
#define RELAY_CAPABILITIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Mends btvirt's answer to a command, a Command Complete: the buffers, the commands that
 * the relay answers itself and, when it is ALL_FLUSHABLE, that it knows of no packets
 * that are never flushed. */
void capabilities_mend(uint8_t *event, size_t length, bool all_flushable);

#endif
