// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Giving up privileges, in a child of its own each time: they do not come back. */
#include "unit_test.h"

#include <linux/capability.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "privileges.h"

static uint64_t permitted(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct sets[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &header, sets) < 0)
		return UINT64_MAX;
	/* What may not be used might as well not be there. */
	if (sets[0].effective & ~sets[0].permitted)
		return UINT64_MAX;
	return sets[0].permitted | (uint64_t)sets[1].permitted << 32;
}

static uint64_t bit(unsigned int capability)
{
	return (uint64_t)1 << capability;
}

/* Those that are left of all that this user has. */
static void check_kept(unsigned int kept, uint64_t wanted)
{
	uint64_t before = permitted();
	pid_t child = fork();
	int status;

	assert_true(child >= 0);
	if (child == 0) {
		bool good = privileges_keep(kept, true) == 0 &&
			    permitted() == (before & wanted);

		/* Nor do they come back. */
		good = good && privileges_keep(UINT32_MAX, false) == 0 &&
		       permitted() == (before & wanted);
		_exit(good ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

static void all_but_those_that_are_kept_are_given_up(void **state)
{
	(void)state;
	check_kept(0, 0);
	check_kept(PRIVILEGE_LINKS, bit(CAP_NET_RAW));
	check_kept(PRIVILEGE_BUFFERS, bit(CAP_NET_ADMIN));
	check_kept(PRIVILEGE_KILL, bit(CAP_KILL));
	check_kept(PRIVILEGE_FILES, bit(CAP_DAC_OVERRIDE) | bit(CAP_DAC_READ_SEARCH) |
					    bit(CAP_CHOWN) | bit(CAP_FOWNER) |
					    bit(CAP_FSETID));
	check_kept(PRIVILEGE_LINKS | PRIVILEGE_BUFFERS,
		   bit(CAP_NET_RAW) | bit(CAP_NET_ADMIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(all_but_those_that_are_kept_are_given_up),
	};

	return RUN_TESTS(tests);
}
