// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* The command line of l2client. */
#include "harness.h"

#include "channel/adapter.h"
#include "client_options.h"
#include "command_line.h"

static struct client_options options;

void exit(int status)
{
	command_line_exit(status);
}

static int parse(int argc, const char **argv, enum exit_status *status)
{
	return client_options_parse(&options, argc, argv, status);
}

static void release(void)
{
	client_options_free(&options);
}

/* What is sent again and again, or comes back. */
static void check_repetition(void)
{
	const struct transfer_config *transfer = &options.common.transfer;
	bool from_file = transfer->send_file && strcmp(transfer->send_file, "-") != 0;

	REQUIRE(options.repeats >= 1 && options.repeats <= 1000000, "%u repeats",
		options.repeats);
	REQUIRE(options.repeats == 1 || options.info || transfer->message || from_file ||
			transfer->generate || transfer->ping,
		"standard input is to be sent again");
	REQUIRE(!transfer->message || !transfer->generate, "--generate and a message");
	REQUIRE(!transfer->message || options.repeats > 1 ||
			!options.common.interval_given,
		"--interval for one message");
	if (!transfer->ping)
		return;
	REQUIRE(!transfer->message && !transfer->send_file && !transfer->generate &&
			!transfer->receive,
		"--ping, but something else is sent");
	REQUIRE(transfer->sdu_sizes.minimum >= 1 &&
			transfer->sdu_sizes.maximum <= options.common.channel.mtu,
		"%zu bytes cannot come back", transfer->sdu_sizes.maximum);
	REQUIRE(options.common.interval_given || transfer->interval_ms == 1000,
		"a ping each %u ms", transfer->interval_ms);
}

static void check_own(void)
{
	const struct transfer_config *transfer = &options.common.transfer;
	bool without_channel = options.info || options.no_channel;

	REQUIRE(options.common.check || bacmp(&options.peer, BDADDR_ANY) != 0, "no peer");
	REQUIRE(!options.info || !transfer->sets_flush_timeout,
		"--info with --flush-timeout");
	REQUIRE(!options.no_channel || (transfer->sets_flush_timeout && !options.info &&
					!options.connect_timeout_ms),
		"--no-channel without what it is for, or with what it is not");
	REQUIRE(!without_channel || !options.message, "no channel for a message");
	REQUIRE(!without_channel || !options.common.channel_option,
		"no channel for "
		"--%s",
		options.common.channel_option);
	REQUIRE(!without_channel ||
			(!transfer->send_file && !transfer->output_file &&
			 !transfer->receive && !transfer->hold_ms && !options.retries &&
			 !transfer->sdu_sizes.minimum && !transfer->expected &&
			 options.common.channel.mode == MODE_AUTO &&
			 !options.common.psm_given),
		"no channel, but an option of one");
	REQUIRE(options.common.channel.psm != 0, "PSM 0");
	REQUIRE(options.connect_timeout_ms <= 3600000, "connect timeout %u",
		options.connect_timeout_ms);
	REQUIRE(options.retries <= 1000000, "%u retries", options.retries);
	REQUIRE(transfer->hold_ms <= 86400000, "hold %u", transfer->hold_ms);
	REQUIRE(transfer->message == options.message, "another message is sent");
	REQUIRE(!transfer->message || !transfer->send_file,
		"message '%s', but also file '%s'", transfer->message,
		transfer->send_file);
	REQUIRE(!transfer->hold_ms || !transfer->receive, "--hold with --receive");
	REQUIRE(!transfer->output_file || transfer->receive,
		"--output without --receive");
	REQUIRE(!transfer->expected || transfer->receive, "--expect without --receive");
	REQUIRE(transfer->read_ahead == DEFAULT_READ_AHEAD || transfer->receive,
		"--buffer without --receive");
	REQUIRE(!transfer->verify || transfer->receive, "--verify without --receive");
	REQUIRE(transfer->format == FORMAT_RAW || transfer->receive ||
			client_reads_input(&options),
		"--format of no text");
	REQUIRE(!transfer->echo && !transfer->discard, "an option of l2server was taken");
	check_repetition();
}

static void print_own(struct words *words)
{
	const struct transfer_config *transfer = &options.common.transfer;
	char peer[ADDRESS_TEXT_SIZE];

	if (transfer->receive)
		words_add(words, "-r");
	if (options.connect_timeout_ms)
		words_add(words, "--connect-timeout=%u.%03u",
			  options.connect_timeout_ms / 1000,
			  options.connect_timeout_ms % 1000);
	if (options.no_input)
		words_add(words, "-n");
	if (options.info)
		words_add(words, "--info");
	if (options.no_channel)
		words_add(words, "--no-channel");
	if (options.common.channel_option) {
		words_add(words, "--retry=%u", options.retries);
		words_add(words, "--hold=%u.%03u", transfer->hold_ms / 1000,
			  transfer->hold_ms % 1000);
		words_add(words, "--repeat=%u", options.repeats);
	}
	if (transfer->ping)
		words_add(words, "--ping=%ju", (uintmax_t)transfer->ping_count);
	words_add(words, "--");
	if (bacmp(&options.peer, BDADDR_ANY) == 0)
		return;
	words_add(words, "%s:%u", address_text(&options.peer, peer),
		  options.common.channel.psm);
	if (options.message)
		words_add(words, "%s", options.message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct program program = {
		.name = "l2client",
		.common = &options.common,
		.parse = parse,
		.release = release,
		.check_own = check_own,
		.print_own = print_own,
	};

	fuzz_command_line(&program, data, size);
	return 0;
}
