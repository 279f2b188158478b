// SPDX-License-Identifier: GPL-2.0-or-later
#include "channel_config.h"

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
};

enum { MODE_COUNT = sizeof(modes) / sizeof(modes[0]) };

const char *channel_mode_name(int mode)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if ((int)modes[i].mode == mode)
			return modes[i].name;
	}
	return "unknown";
}

int channel_mode_parse(const char *name, enum channel_mode *mode)
{
	for (size_t i = 0; i < MODE_COUNT; i++) {
		if (strcmp(modes[i].name, name) == 0) {
			*mode = modes[i].mode;
			return 0;
		}
	}
	return -EINVAL;
}
