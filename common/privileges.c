// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	enum privilege privilege;
	unsigned int capability;
} table[] = {
	{PRIVILEGE_LINKS, CAP_NET_RAW},	     {PRIVILEGE_BUFFERS, CAP_NET_ADMIN},
	{PRIVILEGE_FILES, CAP_DAC_OVERRIDE}, {PRIVILEGE_FILES, CAP_DAC_READ_SEARCH},
	{PRIVILEGE_FILES, CAP_CHOWN},	     {PRIVILEGE_FILES, CAP_FOWNER},
	{PRIVILEGE_FILES, CAP_FSETID},	     {PRIVILEGE_KILL, CAP_KILL},
};

int privileges_keep(unsigned int kept, bool starts_programs)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];
	uint32_t mask[_LINUX_CAPABILITY_U32S_3] = {0};

	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (kept & table[i].privilege)
			mask[CAP_TO_INDEX(table[i].capability)] |=
				CAP_TO_MASK(table[i].capability);
	}
	/* Otherwise uid 0 has them back with the next program that it runs. */
	if (!starts_programs && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -errno;
	if (syscall(SYS_capget, &header, sets) < 0)
		return -errno;
	for (size_t i = 0; i < _LINUX_CAPABILITY_U32S_3; i++) {
		sets[i].permitted &= mask[i];
		sets[i].effective &= mask[i];
		sets[i].inheritable &= mask[i];
	}
	return syscall(SYS_capset, &header, sets) < 0 ? -errno : 0;
}
