/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * The end of a virtio port in the machine that has no air of its own: passes packets
 * between the port and /dev/vhci.
 */
#ifndef RELAY_FAR_H
#define RELAY_FAR_H

/* Passes on until something fails: returns a negative errno, and says in *WHERE at what.
 */
int pass_on_to_vhci(const char *port, const char **where);

#endif
