/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * What a controller knows of its links.
 */
#ifndef RELAY_LINK_H
#define RELAY_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "flush.h"

#define MAX_LINKS     8
#define LINK_TYPE_ACL 0x01
#define LINK_TYPE_LE  0x80 /* beyond those of Connection Complete */

enum side { IN, OUT, SIDES }; /* IN: from the air to the host */

enum link_state {
	LINK_NONE,
	LINK_UP,
	LINK_SILENT, /* the far end is gone, the host does not know */
	LINK_ENDED,  /* the host knows, btvirt's event about it may be on its way */
};

struct link {
	enum link_state state;
	uint16_t handle;
	uint8_t type;		/* as in Connection Complete, or LINK_TYPE_LE */
	int64_t supervision;	/* ns of silence after which it is lost */
	bool signalling[SIDES]; /* what the frame under way carries */
	unsigned withheld;	/* completed packets that the host is not told of */
	struct flush flush;
};

/* Of a link over BR/EDR: 20 s; what its host writes is not looked at. */
#define SUPERVISION_DEFAULT (32000 * 625000LL)

/* NULL: there is none with that handle. */
struct link *link_find(struct link links[MAX_LINKS], uint16_t handle);

/* The one of that type that is up, or NULL: between two controllers there is but one. */
struct link *link_find_up(struct link links[MAX_LINKS], uint8_t type);

/* Makes one that is up, instead of what had its handle. NULL: there are too many. */
struct link *link_add(struct link links[MAX_LINKS], uint16_t handle, uint8_t type);

#endif
