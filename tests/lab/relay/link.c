// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "link.h"

#include <stddef.h>

struct link *link_find(struct link links[MAX_LINKS], uint16_t handle)
{
	for (struct link *link = links; link < links + MAX_LINKS; link++)
		if (link->state != LINK_NONE && link->handle == handle)
			return link;
	return NULL;
}

struct link *link_find_up(struct link links[MAX_LINKS], uint8_t type)
{
	for (struct link *link = links; link < links + MAX_LINKS; link++)
		if (link->state == LINK_UP && link->type == type)
			return link;
	return NULL;
}

struct link *link_add(struct link links[MAX_LINKS], uint16_t handle, uint8_t type)
{
	struct link *place = link_find(links, handle);
	for (int i = 0; !place && i < MAX_LINKS; i++)
		if (links[i].state == LINK_NONE)
			place = &links[i];
	if (place)
		*place = (struct link){.state = LINK_UP,
				       .handle = handle,
				       .type = type,
				       .supervision = SUPERVISION_DEFAULT};
	return place;
}
