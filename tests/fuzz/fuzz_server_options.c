// SPDX-License-Identifier: GPL-2.0-or-later
/* The command line of l2server. */
#include "harness.h"

#include "command_line.h"
#include "server_options.h"

static struct server_options options;

void exit(int status)
{
	command_line_exit(status);
}

static int parse(int argc, const char **argv, enum exit_status *status)
{
	return server_options_parse(&options, argc, argv, status);
}

static void release(void)
{
	server_options_free(&options);
}

static void check_own(void)
{
	REQUIRE(options.accept_timeout_s <= 86400, "accept timeout %u",
		options.accept_timeout_s);
	REQUIRE(options.ready_fd == -1 || options.ready_fd == WRITABLE_FD,
		"ready descriptor %d", options.ready_fd);
	REQUIRE(!options.common.transfer.message && !options.common.transfer.receive &&
			!options.common.transfer.hold_s,
		"an option of l2client was taken");
}

static void print_own(struct words *words)
{
	if (options.keep_open)
		words_add(words, "--keep-open");
	if (options.accept_timeout_s)
		words_add(words, "--accept-timeout=%u", options.accept_timeout_s);
	if (options.ready_fd >= 0)
		words_add(words, "--ready-fd=%d", options.ready_fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct program program = {
		.name = "l2server",
		.common = &options.common,
		.parse = parse,
		.release = release,
		.check_own = check_own,
		.print_own = print_own,
	};

	fuzz_command_line(&program, data, size);
	return 0;
}
