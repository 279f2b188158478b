/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What only the kernel's Bluetooth management interface knows of an adapter: whether LE
 * is on, and whether it advertises. */
#ifndef L2_MGMT_H
#define L2_MGMT_H

#include <stdbool.h>
#include <stdint.h>

struct adapter_settings {
	bool le;	  /* the controller can do LE, and it is switched on */
	bool advertising; /* so that peers can connect over LE; what another program lets
			   * the kernel advertise in sets of its own is not in it */
};

/* The settings of hciNUMBER; no privilege is needed. 0 or -errno, -ETIMEDOUT when the
 * kernel does not answer. */
int mgmt_read(uint16_t number, struct adapter_settings *settings);

/* The number of an advertising instance that is free, for which the kernel has room.
 * Needs CAP_NET_ADMIN: -EPERM; -EOPNOTSUPP when the controller lacks LE, -EBUSY when none
 * is free. Changes nothing. */
int mgmt_free_instance(uint16_t number, uint8_t *instance);

/*
 * Lets hciNUMBER advertise INSTANCE, connectable, for so many SECONDS from now on,
 * whether it does so already or not; a program that is killed leaves nothing that lasts.
 * Beside it, other programs' instances go on, and peers can be connected to (trap T19).
 * Does not wait: returns a descriptor for mgmt_advertising_result(), or -errno.
 */
int mgmt_start_advertising(uint16_t number, uint8_t instance, uint16_t seconds);

/* What came of it, and closes FD: 0; -EAGAIN, when that is not known yet, which does not;
 * -EBUSY when it cannot advertise more, as some cannot while they have an LE link;
 * -EREMOTEIO when the controller refuses for another reason; another -errno. */
int mgmt_advertising_result(int fd, uint16_t number, bool wait);

/* 0, too, when the instance is not there. */
int mgmt_end_advertising(uint16_t number, uint8_t instance);

#endif
