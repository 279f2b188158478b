// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* The command line of l2server. */
#include "harness.h"

#include <stdbool.h>

#include "command_line.h"
#include "output_pattern.h"
#include "server_options.h"
#include "channel/adapter.h"

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

/* Whether each percent sign of the name is doubled, or before an a or n. */
static bool is_pattern(const char *name)
{
	while (*name) {
		if (*name != '%') {
			name++;
		} else {
			if (name[1] != 'a' && name[1] != 'n' && name[1] != '%')
				return false;
			name += 2;
		}
	}
	return true;
}

/* What is accepted becomes a name of the length that it must have. */
static void check_pattern(const char *pattern)
{
	static const char address[] = "01:23:45:67:89:AB";
	size_t length = 0;
	bool for_each = false;
	char *name;

	REQUIRE(is_pattern(pattern), "output '%s'", pattern);
	for (const char *next = pattern; *next; next += *next == '%' ? 2 : 1) {
		bool percent = *next == '%';

		length += percent && next[1] == 'a' ? strlen(address) : 1;
		for_each = for_each || (percent && next[1] != '%');
	}
	REQUIRE(output_pattern_is_for_each(pattern) == for_each, "output '%s'", pattern);
	name = output_pattern_expand(pattern, address, 7);
	REQUIRE(name && strlen(name) == length, "output '%s' became '%s'", pattern, name);
	free(name);
}

static void check_directions(void)
{
	const struct transfer_config *transfer = &options.common.transfer;
	bool unprinted = transfer->echo || transfer->discard;
	bool sends = transfer->send_file || transfer->generate || options.exec;

	REQUIRE(!options.exec || *options.exec, "an empty command");
	REQUIRE(!options.exec || (!transfer->send_file && !transfer->generate &&
				  !transfer->output_file && !unprinted),
		"--exec, but something else is done");
	REQUIRE(!transfer->echo || (!transfer->discard && !sends),
		"--echo, but something else is done");
	REQUIRE(!unprinted || !transfer->output_file, "an output that is never written");
	REQUIRE(!unprinted || transfer->format == FORMAT_RAW || transfer->send_file,
		"--format of no text");
	REQUIRE(!transfer->interval_ms || sends || transfer->echo,
		"an interval, but nothing is sent");
	REQUIRE(!transfer->hold_ms || sends, "--hold, but nothing is sent");
	REQUIRE(!options.keep_open || !transfer->progress || transfer->progress_ms,
		"--progress of many");
	REQUIRE(!transfer->time_ms || (sends && !options.exec), "--time of nothing");
}

static void check_own(void)
{
	const struct transfer_config *transfer = &options.common.transfer;

	REQUIRE(options.allowed_count <= MOST_ALLOWED, "%u are allowed",
		options.allowed_count);
	REQUIRE(options.max_clients <= 65535, "%u clients", options.max_clients);
	REQUIRE(!options.max_clients || options.keep_open,
		"--max-clients without --keep-open");
	REQUIRE(!options.advertise || channel_is_le(&options.common.channel),
		"--advertise over BR/EDR");
	REQUIRE(!options.common.channel.lets_in_at_once ||
			channel_is_le(&options.common.channel),
		"--no-defer over BR/EDR");
	REQUIRE(!options.common.channel.lets_in_at_once || !options.allowed_count,
		"--no-defer, but some are to be refused");
	REQUIRE(!options.keep_open || !transfer->send_file ||
			strcmp(transfer->send_file, "-") != 0,
		"--keep-open with --send=-");
	if (transfer->output_file)
		check_pattern(transfer->output_file);
	REQUIRE(options.accept_timeout_ms <= 86400000, "accept timeout %u",
		options.accept_timeout_ms);
	REQUIRE(options.ready_fd == -1 || options.ready_fd == WRITABLE_FD,
		"ready descriptor %d", options.ready_fd);
	REQUIRE(!transfer->message && !transfer->receive && !transfer->ping,
		"an option of l2client was taken");
	REQUIRE(transfer->hold_ms <= 86400000, "hold %u", transfer->hold_ms);
	check_directions();
}

static void print_own(struct words *words)
{
	char peer[ADDRESS_TEXT_SIZE];

	if (options.keep_open)
		words_add(words, "--keep-open");
	if (options.common.transfer.echo)
		words_add(words, "--echo");
	if (options.common.transfer.discard)
		words_add(words, "--discard");
	if (options.common.transfer.hold_ms)
		words_add(words, "--hold=%u.%03u", options.common.transfer.hold_ms / 1000,
			  options.common.transfer.hold_ms % 1000);
	for (unsigned int i = 0; i < options.allowed_count; i++)
		words_add(words, "--allow=%s", address_text(&options.allowed[i], peer));
	if (options.max_clients)
		words_add(words, "--max-clients=%u", options.max_clients);
	if (options.advertise)
		words_add(words, "--advertise");
	if (options.exec)
		words_add(words, "--exec=%s", options.exec);
	if (options.common.channel.lets_in_at_once &&
	    options.common.channel.mode != MODE_ECRED)
		words_add(words, "--no-defer");
	if (options.accept_timeout_ms)
		words_add(words, "--accept-timeout=%u.%03u",
			  options.accept_timeout_ms / 1000,
			  options.accept_timeout_ms % 1000);
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
