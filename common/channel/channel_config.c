// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "channel/channel_config.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

static const struct {
	enum channel_mode mode;
	const char *name;
} modes[] = {
	{MODE_AUTO, "auto"},
	{MODE_BASIC, "basic"},
	{MODE_ERTM, "ertm"},
	{MODE_STREAMING, "streaming"},
	{MODE_ECRED, "ecred"},
	/* What auto is over LE; it has no name of its own. */
	{MODE_LE, "le"},
};

enum { MODE_COUNT = sizeof(modes) / sizeof(modes[0]) };

bool channel_is_le(const struct channel_config *config)
{
	return config->address_type != BDADDR_BREDR;
}

int channel_address_type_parse(const char *name, uint8_t *type)
{
	if (strcmp(name, "public") == 0)
		*type = BDADDR_LE_PUBLIC;
	else if (strcmp(name, "random") == 0)
		*type = BDADDR_LE_RANDOM;
	else
		return -EINVAL;
	return 0;
}

static const char *const security_levels[] = {
	[BT_SECURITY_SDP] = "sdp",	 [BT_SECURITY_LOW] = "low",
	[BT_SECURITY_MEDIUM] = "medium", [BT_SECURITY_HIGH] = "high",
	[BT_SECURITY_FIPS] = "fips",
};

const char *security_level_name(int level)
{
	return level >= BT_SECURITY_SDP && level <= BT_SECURITY_FIPS
		     ? security_levels[level]
		     : NULL;
}

int security_level_parse(const char *name, uint8_t *level)
{
	for (int i = BT_SECURITY_LOW; i <= BT_SECURITY_FIPS; i++) {
		if (strcmp(security_levels[i], name) == 0) {
			*level = (uint8_t)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *channel_mode_name(int mode)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if ((int)modes[i].mode == mode)
			return modes[i].name;
	}
	return "unknown";
}

bool channel_mode_is_numbered(int mode)
{
	return mode == MODE_ERTM || mode == MODE_STREAMING;
}

bool channel_mode_has_flow_control(int mode)
{
	return mode == MODE_ERTM || mode == MODE_LE || mode == MODE_ECRED;
}

int channel_mode_parse(const char *name, enum channel_mode *mode)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (modes[i].mode != MODE_LE && strcmp(modes[i].name, name) == 0) {
			*mode = modes[i].mode;
			return 0;
		}
	}
	return -EINVAL;
}
