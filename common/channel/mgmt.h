/* SPDX-License-Identifier: GPL-2.0-or-later */
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

/*
 * Switches connectable advertising on or off: it outlives this program. Needs
 * CAP_NET_ADMIN: -EPERM. -EOPNOTSUPP when LE is off, or the controller lacks it;
 * -EREMOTEIO when the kernel or the controller refuses for another reason.
 */
int mgmt_advertise(uint16_t number, bool on);

/* Whether this user may do that: 0 or -errno. Changes nothing. */
int mgmt_permission(uint16_t number);

#endif
