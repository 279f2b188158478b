/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * Controllers that appear and vanish.
 */
#ifndef RELAY_APPEAR_H
#define RELAY_APPEAR_H

#include "controller.h"

/* Makes it appear at controller->host, which host_open() has made. Returns when the
 * kernel has given it its name; that of another machine is not waited for. Returns 0 or a
 * negative errno. */
int controller_appear(struct controller *controller, struct controller *far,
		      const char *air_path);

/* The host loses it, the far end hears no more of it. */
void controller_vanish(struct controller *controller);

#endif
