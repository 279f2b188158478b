/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What a test can tell the relay; tests/README.md lists it.
 */
#ifndef RELAY_COMMANDS_H
#define RELAY_COMMANDS_H

#include <stddef.h>

#include "controller.h"

#define CONTROLLERS 2

/* Does what LINE says, which it cuts into words. The answer, cut to SIZE, begins with '+'
 * or, when nothing was done, with '-' and says why. */
void obey(struct controller controllers[CONTROLLERS], char *line, char *answer,
	  size_t size);

#endif
