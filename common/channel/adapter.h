/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* Local Bluetooth adapters, asked of the kernel; no privilege is needed. */
#ifndef L2_ADAPTER_H
#define L2_ADAPTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bluetooth/bluetooth.h>

enum { ADDRESS_TEXT_SIZE = 18, ADAPTER_NAME_SIZE = 16 };

/* ADDRESS as 01:23:45:67:89:AB; returns TEXT. */
const char *address_text(const bdaddr_t *address, char text[ADDRESS_TEXT_SIZE]);

struct adapter_state {
	char name[ADAPTER_NAME_SIZE];
	uint16_t number; /* N of its name hciN */
	bdaddr_t address;
	bool up;
	bool connectable; /* page scan is on: peers can connect */
	bool blocked;	  /* by rfkill, and so it is down */
};

/*
 * The state of the adapter that NAME means (hciN or a BDADDR; NULL or "": any); for any
 * that of the one that serves best: up and connectable, otherwise up, otherwise the
 * first. Returns 0, -EINVAL when NAME is neither, -EAFNOSUPPORT when the kernel has no
 * Bluetooth, or -ENODEV when there is no such adapter, or none at all. (connect() would
 * say "No route to host" for that and for one that is down, and listen() nothing.)
 */
int adapter_look(const char *name, struct adapter_state *state);

/* The names of all adapters, "hci0, hci1"; "" when there is none. Returns TEXT. */
const char *adapter_names(char *text, size_t size);

/* The hciN that has ADDRESS, or "" when there is none. */
const char *adapter_name(const bdaddr_t *address, char name[ADAPTER_NAME_SIZE]);

/* 0 when TEXT has the form hciN or that of a BDADDR that is not all zeros, otherwise
 * -EINVAL or -ERANGE. */
int adapter_check_name(const char *text);

/*
 * The bytes of payload that the adapter with ADDRESS (BDADDR_ANY: the smallest of all)
 * puts into one ACL packet, 0 when it is not known. The kernel cuts SDUs into buffers
 * of this size, which decides how much room they take (trap T4).
 */
size_t adapter_acl_payload(const bdaddr_t *address);

/* An ACL link to a peer, over BR/EDR or LE. */
struct acl_link {
	uint16_t handle;      /* its connection handle */
	uint32_t mode;	      /* HCI_LM_... bits */
	uint16_t adapter;     /* N of the hciN that carries it */
	bool has_unflushable; /* that adapter can send packets that are never flushed, as
			       * Linux does by default; otherwise all of the link's can be
			       */
};

/*
 * The ACL link to PEER, whose ADDRESS_TYPE says whether over BR/EDR or LE, of the
 * adapter with ADDRESS (BDADDR_ANY: of the first that has one), also one that other
 * programs made: 0, -ENODEV without such an adapter, -ENOTCONN without such a link, or
 * another negative errno.
 */
int adapter_find_link(const bdaddr_t *address, const bdaddr_t *peer, uint8_t address_type,
		      struct acl_link *link);

/* The same of the link that has HANDLE: that of a channel, from L2CAP_CONNINFO, stays
 * what it is while a peer of LE goes on to another address. */
int adapter_find_handle(const bdaddr_t *address, uint16_t handle, struct acl_link *link);

/* Whether there is such a link, or one that is being taken down just now. */
bool adapter_has_link(const bdaddr_t *address, const bdaddr_t *peer,
		      uint8_t address_type);

#endif
