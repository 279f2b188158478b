/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What bluetoothd, where it runs, does to a link without being asked. */
#ifndef L2_BLUETOOTHD_H
#define L2_BLUETOOTHD_H

#include <bluetooth/bluetooth.h>

#include "report/report.h"

/*
 * Warns when bluetoothd runs and PEER is not known to be paired with ADAPTER. Trap T21:
 * it forgets a device that is not paired 30 s after the last discovery, whoever asked for
 * one, and ends its links. The keys are files that only root may read: another user is
 * warned of each peer. Shown by the cases (T21) of tests/interop/bluetoothd.bats.
 */
void check_bluetoothd(const struct report *report, const bdaddr_t *adapter,
		      const bdaddr_t *peer);

#endif
