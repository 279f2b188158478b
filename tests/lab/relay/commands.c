// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "commands.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "appear.h"
#include "parse_value.h"

#define MAX_WORDS   8
#define MILLISECOND 1000000

/* One 3-DH5 packet carries 1021 bytes in 5 slots of 625 us, and is answered in a sixth.
 */
#define RATE_3_DH5 (1021LL * 8 * 1000000 / (6LL * 625))

struct order {
	struct controller *all;
	struct controller
		*controller; /* the first word after the command, if it is one */
	struct lane *lane;   /* the second, likewise */
	enum side side;
	char **words; /* the others; ends with NULL */
	char *text;   /* the answer */
	size_t size;
	size_t length;
};

__attribute__((format(printf, 2, 3))) static void say(struct order *order,
						      const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(order->text + order->length, order->size - order->length,
			       format, arguments);
	va_end(arguments);
	order->length += (size_t)length;
	if (order->length >= order->size)
		order->length = order->size - 1;
}

/* Reads the order's time, in ns. */
static int take_time(const struct order *order, int64_t *time)
{
	uint64_t milliseconds;
	if (!order->words[0] ||
	    parse_number(order->words[0], 0, 3600000, &milliseconds) != 0)
		return -EINVAL;
	*time = (int64_t)milliseconds * MILLISECOND;
	return 0;
}

static int set_delay(struct order *order)
{
	return take_time(order, &order->lane->delay);
}

static int set_drop(struct order *order)
{
	return fault_parse(&order->lane->drop, order->words);
}

static int set_duplicate(struct order *order)
{
	return fault_parse(&order->lane->duplicate, order->words);
}

static int set_rate(struct order *order)
{
	const char *word = order->words[0] ? order->words[0] : "";
	uint64_t rate;
	if (strcmp(word, "unlimited") == 0)
		order->controller->rate = RATE_UNLIMITED;
	else if (strcmp(word, "3-DH5") == 0)
		order->controller->rate = RATE_3_DH5;
	else if (parse_number(word, 0, UINT32_MAX, &rate) == 0)
		order->controller->rate = (int64_t)rate;
	else
		return -EINVAL;
	/* What the radio once owed it does not owe at the new rate. */
	order->controller->radio_free = now();
	return 0;
}

static int set_radio(struct order *order)
{
	for (int radio = 0; order->words[0] && radio < RADIOS; radio++) {
		if (strcmp(order->words[0], radio_names[radio]) == 0) {
			order->controller->radio = (enum radio)radio;
			order->controller->radio_free = now();
			return 0;
		}
	}
	return -EINVAL;
}

static int withhold(struct order *order)
{
	controller_withhold(order->controller, true);
	return 0;
}

static int release(struct order *order)
{
	controller_withhold(order->controller, false);
	return 0;
}

static int cut(struct order *order)
{
	uint64_t reason, handle = 0;
	unsigned cut_links = 0;

	if (!order->words[0] || parse_number(order->words[0], 1, 0xff, &reason) != 0)
		return -EINVAL;
	if (order->words[1] && parse_number(order->words[1], 0, 0xfff, &handle) != 0)
		return -EINVAL;
	for (int i = 0; i < MAX_LINKS; i++) {
		struct link *link = &order->controller->links[i];
		if ((link->state != LINK_UP && link->state != LINK_SILENT) ||
		    (order->words[1] && link->handle != handle))
			continue;
		fprintf(stderr, "%s: cut, reason 0x%02x: handle 0x%04x\n",
			order->controller->name, (unsigned)reason, link->handle);
		controller_cut(order->controller, link, (uint8_t)reason);
		cut_links++;
	}
	return cut_links > 0 ? 0 : -ENOTCONN;
}

static int set_non_flushable(struct order *order)
{
	const char *word = order->words[0] ? order->words[0] : "";
	if (strcmp(word, "yes") != 0 && strcmp(word, "no") != 0)
		return -EINVAL;
	order->controller->all_flushable = strcmp(word, "no") == 0;
	return 0;
}

static int refuse(struct order *order)
{
	struct flush_faults *faults = &order->controller->flush_faults;
	const char *word = order->words[0] ? order->words[0] : "";
	uint64_t status;
	if (!order->words[0] || !order->words[1] ||
	    parse_number(order->words[1], 1, 0xff, &status) != 0)
		return -EINVAL;
	if (strcmp(word, "read-flush-timeout") == 0)
		faults->refused_read = (uint8_t)status;
	else if (strcmp(word, "write-flush-timeout") == 0)
		faults->refused_write = (uint8_t)status;
	else if (strcmp(word, "authentication") == 0)
		order->controller->refused_authentication = (uint8_t)status;
	else if (strcmp(word, "advertising") == 0)
		order->controller->refused_advertising = (uint8_t)status;
	else
		return -EINVAL;
	return 0;
}

static int pretend(struct order *order)
{
	order->controller->flush_faults.pretends = true;
	return 0;
}

static int set_silence(struct order *order)
{
	struct controller *controller = order->controller;
	int64_t time;

	if (take_time(order, &time) != 0)
		return -EINVAL;
	controller->silent_from = now();
	controller->silent_until = controller->silent_from + time;
	return 0;
}

static int set_connecting(struct order *order)
{
	return take_time(order, &order->controller->connecting);
}

static int respond(struct order *order)
{
	return responder_parse(&order->controller->responder, order->words);
}

static int call(struct order *order)
{
	int error = respond(order);

	if (error != 0)
		return error;
	return controller_call(order->controller) ? 0 : -ENOTCONN;
}

/* What the host is to believe of its controller: the event's code and parameters. */
static int event(struct order *order)
{
	const char *digits = order->words[0] ? order->words[0] : "";
	size_t length = strlen(digits) / 2;
	uint8_t bytes[2 + 64] = {PACKET_EVENT};

	if (strlen(digits) % 2 || length < 1 || length > 64)
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		const char pair[] = {'0', 'x', digits[2 * i], digits[2 * i + 1], '\0'};
		uint64_t byte;
		if (parse_number(pair, 0, 0xff, &byte) != 0)
			return -EINVAL;
		bytes[i ? 2 + i : 1] = (uint8_t)byte; /* the length stands between */
	}
	bytes[2] = (uint8_t)(length - 1);
	controller_tell_host(order->controller, bytes, 2 + length);
	return 0;
}

static int vanish(struct order *order)
{
	fprintf(stderr, "%s: vanishes\n", order->controller->name);
	controller_vanish(order->controller);
	return 0;
}

static int appear(struct order *order)
{
	struct controller *controller = order->controller;
	if (controller->host.fd >= 0)
		return -EALREADY;
	return controller_appear(controller, controller->far, controller->air_path);
}

static long milliseconds_used(const struct counters *counters)
{
	return (long)((counters->ended - counters->began) / MILLISECOND);
}

static void say_counters(struct order *order, const struct controller *controller,
			 enum side side)
{
	const struct lane *lane = &controller->lanes[side];
	say(order,
	    "%s %s packets %lu bytes %lu ms %ld air %ld dropped %lu duplicated %lu held %u",
	    controller->name, side == IN ? "in" : "out", lane->counters.packets,
	    lane->counters.bytes, milliseconds_used(&lane->counters),
	    (long)(lane->counters.air / MILLISECOND), lane->counters.dropped,
	    lane->counters.duplicated, lane->queue.count);
	if (side == OUT)
		say(order, " flushed %lu withheld %u", lane->counters.flushed,
		    controller_withheld(controller));
	say(order, "\n");
}

static int status(struct order *order)
{
	for (int i = 0; i < CONTROLLERS; i++)
		for (int side = 0; side < SIDES; side++)
			say_counters(order, &order->all[i], side);
	return 0;
}

/* One number of the status. */
static int count(struct order *order)
{
	char line[256], *rest = line, *word;
	struct order copy = {.text = line, .size = sizeof(line)};

	say_counters(&copy, order->controller, order->side);
	while (order->words[0] && (word = strsep(&rest, " \n")))
		if (strcmp(word, order->words[0]) == 0 && rest) {
			say(order, "%s\n", strsep(&rest, " \n"));
			return 0;
		}
	return -EINVAL;
}

/* No faults, all counters 0. */
static int calm(struct order *order)
{
	for (int i = 0; i < CONTROLLERS; i++) {
		struct controller *controller = &order->all[i];
		for (int side = 0; side < SIDES; side++) {
			struct lane *lane = &controller->lanes[side];
			*lane = (struct lane){.queue = lane->queue};
		}
		controller->rate = RATE_UNLIMITED;
		controller->radio = RADIO_NONE;
		controller->radio_free = 0;
		controller_withhold(controller, false);
		controller->all_flushable = false;
		controller->flush_faults = (struct flush_faults){0};
		controller->refused_authentication = 0;
		controller->refused_advertising = 0;
		controller->responder.way = WAY_NONE;
		controller->silent_until = 0;
		controller->connecting = 0;
	}
	return 0;
}

enum shape { OF_ALL, OF_CONTROLLER, OF_LANE };

static const struct {
	const char *name;
	enum shape shape;
	int words; /* that may follow at most */
	int (*run)(struct order *order);
	const char *usage;
} commands[] = {
	{"delay", OF_LANE, 1, set_delay, "delay hciN in|out MILLISECONDS"},
	{"drop", OF_LANE, 4, set_drop,
	 "drop hciN in|out none|all|next N|every N|chance PERCENT SEED [data|signalling|any]"},
	{"duplicate", OF_LANE, 4, set_duplicate,
	 "duplicate hciN in|out none|all|next N|every N|chance PERCENT SEED "
	 "[data|signalling|any]"},
	{"rate", OF_CONTROLLER, 1, set_rate, "rate hciN BITS-PER-SECOND|3-DH5|unlimited"},
	{"radio", OF_CONTROLLER, 1, set_radio,
	 "radio hciN none|DH|2-DH|3-DH|LE-1M|LE-2M"},
	{"withhold", OF_CONTROLLER, 0, withhold, "withhold hciN"},
	{"release", OF_CONTROLLER, 0, release, "release hciN"},
	{"cut", OF_CONTROLLER, 2, cut, "cut hciN REASON [HANDLE]"},
	{"refuse", OF_CONTROLLER, 2, refuse,
	 "refuse hciN read-flush-timeout|write-flush-timeout|authentication|advertising "
	 "STATUS"},
	{"connecting", OF_CONTROLLER, 1, set_connecting, "connecting hciN MILLISECONDS"},
	{"silence", OF_CONTROLLER, 1, set_silence, "silence hciN MILLISECONDS"},
	{"respond", OF_CONTROLLER, 2, respond,
	 "respond hciN none|plain|silent|rejects|refuses RESULT|hangs-up|"
	 "hangs-up-after FRAMES|proposes-basic|credits NUMBER|too-long|"
	 "too-many-credits|bad-options|no-close|speaks SDUS|mute"},
	{"call", OF_CONTROLLER, 2, call, "call hciN WAY [NUMBER], as respond"},
	{"event", OF_CONTROLLER, 1, event, "event hciN CODE-AND-PARAMETERS in hex"},
	{"pretend", OF_CONTROLLER, 0, pretend, "pretend hciN"},
	{"non-flushable", OF_CONTROLLER, 1, set_non_flushable,
	 "non-flushable hciN yes|no"},
	{"vanish", OF_CONTROLLER, 0, vanish, "vanish hciN"},
	{"appear", OF_CONTROLLER, 0, appear, "appear hciN"},
	{"count", OF_LANE, 1, count,
	 "count hciN in|out packets|bytes|ms|air|dropped|duplicated|held|flushed|withheld"},
	{"status", OF_ALL, 0, status, "status"},
	{"calm", OF_ALL, 0, calm, "calm"},
};

static int take_controller(struct order *order)
{
	for (int i = 0; order->words[0] && i < CONTROLLERS; i++)
		if (strcmp(order->words[0], order->all[i].name) == 0) {
			order->controller = &order->all[i];
			order->words++;
			return 0;
		}
	return -EINVAL;
}

static int take_lane(struct order *order)
{
	if (!order->words[0])
		return -EINVAL;
	if (strcmp(order->words[0], "in") == 0)
		order->side = IN;
	else if (strcmp(order->words[0], "out") == 0)
		order->side = OUT;
	else
		return -EINVAL;
	order->lane = &order->controller->lanes[order->side];
	order->words++;
	return 0;
}

static int run(size_t which, struct order *order)
{
	int words = 0;
	if (commands[which].shape != OF_ALL && take_controller(order) != 0)
		return -EINVAL;
	if (commands[which].shape == OF_LANE && take_lane(order) != 0)
		return -EINVAL;
	while (order->words[words])
		words++;
	if (words > commands[which].words)
		return -EINVAL;
	if (order->controller && order->controller->host.fd < 0 &&
	    commands[which].run != appear && commands[which].run != count)
		return -ENODEV;
	return commands[which].run(order);
}

void obey(struct controller controllers[CONTROLLERS], char *line, char *answer,
	  size_t size)
{
	char *rest = line, *words[MAX_WORDS + 1] = {line};
	struct order order = {
		.all = controllers, .words = words + 1, .text = answer, .size = size};
	size_t which = 0;

	strsep(&rest, " "); /* ends the first word */
	for (int i = 1; i < MAX_WORDS && rest; i++)
		words[i] = strsep(&rest, " ");
	while (which < sizeof(commands) / sizeof(*commands) &&
	       strcmp(words[0], commands[which].name) != 0)
		which++;
	say(&order, "+");
	if (which == sizeof(commands) / sizeof(*commands)) {
		order.length = 0;
		say(&order, "-no command '%s'", words[0]);
		return;
	}
	int error = rest ? -EINVAL : run(which, &order);
	if (error != 0) {
		order.length = 0;
		say(&order, "-%s: %s", words[0],
		    error == -EINVAL ? commands[which].usage : strerror(-error));
	}
}
