// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "controller.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "capabilities.h"
#include "flush.h"

#define EVENT_CONNECTION_COMPLETE	0x03
#define EVENT_DISCONNECTION_COMPLETE	0x05
#define EVENT_AUTHENTICATION_COMPLETE	0x06
#define EVENT_COMMAND_STATUS		0x0f
#define EVENT_FLUSH_OCCURRED		0x11
#define EVENT_COMPLETED_PACKETS		0x13
#define EVENT_LE			0x3e
#define LE_CONNECTION_COMPLETE		0x01
#define LE_CONNECTION_UPDATE_COMPLETE	0x03
#define LE_ENHANCED_CONNECTION_COMPLETE 0x0a

#define COMMAND_DISCONNECT	   0x0406
#define COMMAND_AUTHENTICATE	   0x0411
#define COMMAND_ADVERTISE	   0x200a
#define COMMAND_ADVERTISE_EXTENDED 0x2039
#define COMMAND_RESET		   0x0c03

#define REASON_CONNECTION_TIMEOUT 0x08
#define REASON_ENDED_BY_HOST	  0x16

/* btvirt 5.66 reads 4096 bytes at a time and goes astray when a packet's header is split:
 * it must not get behind by more than that, with room for a command. */
#define AIR_ROOM 3000

int64_t now(void)
{
	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC, &time);
	return (int64_t)time.tv_sec * NANOSECONDS + time.tv_nsec;
}

/* --- links ---------------------------------------------------------------------------
 */

static struct link *find_link(struct controller *controller, uint16_t handle)
{
	return link_find(controller->links, handle);
}

/* The same link at the other end. */
static struct link *find_far_link(struct controller *controller, const struct link *link)
{
	return link_find_up(controller->far->links, link->type);
}

static void add_link(struct controller *controller, uint16_t handle, uint8_t type)
{
	if (!link_add(controller->links, handle, type))
		errx(1, "%s: more than %d links", controller->name, MAX_LINKS);
}

static bool can_pass(struct controller *controller, uint16_t handle)
{
	struct link *link = find_link(controller, handle);
	return !link || link->state == LINK_UP;
}

static void forget_in_air(struct controller *controller, int handle)
{
	unsigned kept = 0;
	for (unsigned i = 0; i < controller->in_air_count; i++)
		if (handle >= 0 && controller->in_air[i].handle != handle)
			controller->in_air[kept++] = controller->in_air[i];
	controller->in_air_count = kept;
}

static void forget_packets(struct controller *controller, int handle)
{
	for (int side = 0; side < SIDES; side++)
		packet_queue_purge(&controller->lanes[side].queue, handle);
	forget_in_air(controller, handle);
}

/* What its host sends stays in the controller, as on a link whose far end does not
 * answer. */
static void silence(struct controller *controller, struct link *link)
{
	link->state = LINK_SILENT;
	packet_queue_purge(&controller->lanes[IN].queue, link->handle);
	forget_in_air(controller, link->handle);
}

void controller_forget_links(struct controller *controller)
{
	for (int i = 0; i < MAX_LINKS; i++) {
		struct link *link = &controller->links[i];
		struct link *far = NULL;
		if (link->state == LINK_UP)
			far = find_far_link(controller, link);
		if (far)
			silence(controller->far, far);
		*link = (struct link){0};
	}
	forget_packets(controller, -1);
}

/* --- to the host and to the air
 * --------------------------------------------------------- */

void controller_tell_host(struct controller *controller, const uint8_t *bytes,
			  size_t length)
{
	if (host_tell(&controller->host, bytes, length) != 0)
		errx(1, "%s: its host takes no more", controller->name);
}

static void tell_air(struct controller *controller, const uint8_t *bytes, size_t length)
{
	/* There is room: see AIR_ROOM. */
	if (write(controller->air, bytes, length) != (ssize_t)length)
		err(1, "%s: btvirt", controller->name);
}

static void tell_completed(struct controller *controller, uint16_t handle, unsigned count)
{
	uint8_t event[] = {PACKET_EVENT, EVENT_COMPLETED_PACKETS, 5, 1, 0, 0, 0, 0};
	write_le16(event + 4, handle);
	write_le16(event + 6, count);
	controller_tell_host(controller, event, sizeof(event));
}

static void complete(struct controller *controller, uint16_t handle)
{
	struct link *link = find_link(controller, handle);
	if (link && controller->withhold)
		link->withheld++;
	else
		tell_completed(controller, handle, 1);
}

void controller_withhold(struct controller *controller, bool withhold)
{
	controller->withhold = withhold;
	for (int i = 0; !withhold && i < MAX_LINKS; i++) {
		struct link *link = &controller->links[i];
		if (link->withheld > 0)
			tell_completed(controller, link->handle, link->withheld);
		link->withheld = 0;
	}
}

unsigned controller_withheld(const struct controller *controller)
{
	unsigned withheld = 0;
	for (int i = 0; i < MAX_LINKS; i++)
		withheld += controller->links[i].withheld;
	return withheld;
}

/* The host is told, and gets back by itself the buffers that the link had. */
static void end_link(struct controller *controller, struct link *link, uint8_t reason)
{
	uint8_t event[] = {PACKET_EVENT, EVENT_DISCONNECTION_COMPLETE, 4, 0, 0, 0,
			   reason};
	write_le16(event + 4, link->handle);
	forget_packets(controller, link->handle);
	link->state = LINK_ENDED;
	link->withheld = 0;
	controller_tell_host(controller, event, sizeof(event));
}

void controller_cut(struct controller *controller, struct link *link, uint8_t reason)
{
	uint8_t command[] = {PACKET_COMMAND, 0, 0, 3, 0, 0, reason};
	struct link *far = find_far_link(controller, link);

	/* btvirt is to forget the link too, or it could not be made again. */
	if (link->state == LINK_UP) {
		write_le16(command + 1, COMMAND_DISCONNECT);
		write_le16(command + 4, link->handle);
		tell_air(controller, command, sizeof(command));
		controller->own_disconnects++;
		if (far)
			silence(controller->far, far);
	}
	end_link(controller, link, reason);
}

/* --- the queues
 * --------------------------------------------------------------------------- */

static bool has_air_room(const struct controller *controller, size_t length)
{
	size_t total = length;
	for (unsigned i = 0; i < controller->in_air_count; i++)
		total += controller->in_air[i].length;
	/* Two places, as one packet may become two. */
	return controller->in_air_count + 2 <= MAX_IN_AIR &&
	       (controller->in_air_count == 0 || total + length <= AIR_ROOM);
}

static void send_to_air(struct controller *controller, const struct packet *packet,
			bool owed)
{
	controller->in_air[controller->in_air_count++] =
		(struct in_air){.handle = acl_handle(packet->bytes),
				.owed = owed,
				.length = packet->length};
	tell_air(controller, packet->bytes, packet->length);
}

static void report_fault(const struct controller *controller, enum side side,
			 const char *what, unsigned long count,
			 const struct packet *packet)
{
	fprintf(stderr, "%s %s: %s %lu: handle 0x%04x, %zu bytes\n", controller->name,
		side == IN ? "in" : "out", what, count, acl_handle(packet->bytes),
		acl_payload(packet->length));
}

static bool carries_signalling(struct controller *controller, enum side side,
			       const struct packet *packet)
{
	struct link *link = find_link(controller, acl_handle(packet->bytes));
	bool signalling = acl_is_signalling(packet->bytes, packet->length);
	if (!link)
		return signalling;
	if (acl_starts_frame(packet->bytes))
		link->signalling[side] = signalling;
	return link->signalling[side];
}

/* What the responder sends, in one ACL packet. */
static void queue_answer(void *owner, const uint8_t *frame, size_t length)
{
	struct controller *controller = owner;
	static uint8_t packet[PACKET_LONGEST];

	packet[0] = PACKET_ACL;
	write_le16(packet + 1,
		   controller->responder_handle | 0x2000 /* starts a frame */);
	write_le16(packet + 3, (unsigned)length);
	memcpy(packet + ACL_HEADER_LENGTH, frame, length);
	packet_queue_add(&controller->lanes[IN].queue, packet, ACL_HEADER_LENGTH + length,
			 now());
}

bool controller_call(struct controller *controller)
{
	struct responder *responder = &controller->responder;
	struct link *le = link_find_up(controller->links, LINK_TYPE_LE);
	struct link *link = le ? le : link_find_up(controller->links, LINK_TYPE_ACL);

	if (!link)
		return false;
	responder->send = queue_answer;
	responder->owner = controller;
	controller->responder_handle = link->handle;
	responder_call(responder, le != NULL);
	return true;
}

static void send_to_responder(struct controller *controller, const struct packet *packet,
			      bool owed)
{
	controller->responder.send = queue_answer;
	controller->responder.owner = controller;
	controller->responder_handle = acl_handle(packet->bytes);
	if (owed)
		complete(controller, controller->responder_handle);
	responder_take(&controller->responder, acl_starts_frame(packet->bytes),
		       packet->bytes + ACL_HEADER_LENGTH, acl_payload(packet->length));
}

/* Drops it, passes it on, or passes it on twice. */
static void pass_acl(struct controller *controller, enum side side,
		     const struct packet *packet)
{
	struct lane *lane = &controller->lanes[side];
	bool signalling = carries_signalling(controller, side, packet);
	bool drop = fault_strikes(&lane->drop, signalling);
	bool duplicate = fault_strikes(&lane->duplicate, signalling) && !drop;

	if (drop) {
		report_fault(controller, side, "dropped", ++lane->counters.dropped,
			     packet);
		if (side == OUT)
			complete(controller, acl_handle(packet->bytes));
		return;
	}
	if (duplicate)
		report_fault(controller, side, "duplicated", ++lane->counters.duplicated,
			     packet);
	lane->counters.packets++;
	lane->counters.bytes += acl_payload(packet->length);
	for (int copy = 0; copy < (duplicate ? 2 : 1); copy++)
		if (side == OUT && controller->responder.way)
			send_to_responder(controller, packet, copy == 0);
		else if (side == OUT)
			send_to_air(controller, packet, copy == 0);
		else
			controller_tell_host(controller, packet->bytes, packet->length);
}

/* When the radio, which is free at RADIO_FREE, or the way to the host has done with a
 * packet; *start when it begins with it. */
static int64_t due(const struct controller *controller, enum side side,
		   const struct packet *packet, int64_t radio_free, int64_t *start)
{
	*start = packet->arrived + controller->lanes[side].delay;
	if (packet->bytes[0] == PACKET_ACL && *start < controller->silent_until)
		*start = controller->silent_until;
	if (side == OUT && controller->radio)
		return radio_sent(controller->radio, acl_payload(packet->length), *start,
				  radio_free, start);
	if (side == IN || controller->rate == RATE_UNLIMITED)
		return *start;
	if (controller->rate == 0)
		return INT64_MAX;
	if (*start < radio_free)
		*start = radio_free;
	return *start +
	       (int64_t)acl_payload(packet->length) * 8 * NANOSECONDS / controller->rate;
}

/* The first that a link's end does not hold back. */
static struct packet *next_packet(struct controller *controller, enum side side)
{
	struct packet *packet = controller->lanes[side].queue.first;
	while (packet && packet->bytes[0] == PACKET_ACL &&
	       !can_pass(controller, acl_handle(packet->bytes)))
		packet = packet->next;
	return packet;
}

static void deliver_event(struct controller *controller, uint8_t *event, size_t length);

/* What is due by TIME. */
static int64_t pass_side_on(struct controller *controller, enum side side, int64_t time)
{
	struct lane *lane = &controller->lanes[side];
	struct packet *packet;
	int64_t start;

	while ((packet = next_packet(controller, side))) {
		int64_t when =
			due(controller, side, packet, controller->radio_free, &start);
		if (when > time)
			return when;
		if (side == OUT && !has_air_room(controller, packet->length))
			break; /* a completion will come */
		packet_queue_take(&lane->queue, packet);
		if (packet->bytes[0] == PACKET_ACL) {
			if (lane->counters.began == 0)
				lane->counters.began = start;
			lane->counters.ended = when;
			lane->counters.air += when - start;
			if (side == OUT)
				controller->radio_free = when;
			pass_acl(controller, side, packet);
		} else {
			deliver_event(controller, packet->bytes, packet->length);
		}
		free(packet);
	}
	return INT64_MAX;
}

static void flush_packet(struct controller *controller, struct link *link,
			 struct packet *packet)
{
	struct lane *lane = &controller->lanes[OUT];
	uint8_t event[] = {PACKET_EVENT, EVENT_FLUSH_OCCURRED, 2, 0, 0};

	packet_queue_take(&lane->queue, packet);
	report_fault(controller, OUT, "flushed", ++lane->counters.flushed, packet);
	write_le16(event + 3, link->handle);
	if (flush_note_flushed(&link->flush, packet))
		controller_tell_host(controller, event, sizeof(event));
	complete(controller, link->handle);
	free(packet);
}

/* Throws away what has come to its deadline by TIME, and would be sent later than that;
 * what btvirt alone is late for is not lost. The radio's time that such a packet had
 * taken is the next one's. Returns the next deadline. */
static int64_t flush_overdue(struct controller *controller, int64_t time)
{
	int64_t radio_free = controller->radio_free, next = FLUSH_NEVER, start;
	struct packet *packet, *behind;

	for (packet = controller->lanes[OUT].queue.first; packet; packet = behind) {
		struct link *link = find_link(controller, acl_handle(packet->bytes));
		bool can_leave = !link || link->state == LINK_UP;
		int64_t sent = due(controller, OUT, packet, radio_free, &start);
		int64_t deadline =
			link ? flush_deadline(&link->flush, packet) : FLUSH_NEVER;

		behind = packet->next;
		if (can_leave && sent <= deadline) {
			if (sent < INT64_MAX)
				radio_free = sent;
		} else if (deadline <= time) {
			flush_packet(controller, link, packet);
		} else if (deadline < next) {
			next = deadline;
		}
	}
	return next;
}

/* Both ends lose the link that was silent for longer than it is supervised. Returns when
 * the next one will be lost. */
static int64_t lose_silent(struct controller *controller, int64_t time)
{
	int64_t next = INT64_MAX;

	for (int i = 0; i < MAX_LINKS; i++) {
		struct link *link = &controller->links[i];
		int64_t lost = controller->silent_from + link->supervision;
		if (link->state != LINK_UP || lost >= controller->silent_until)
			continue;
		if (lost <= time) {
			struct link *far = find_far_link(controller, link);
			controller_cut(controller, link, REASON_CONNECTION_TIMEOUT);
			if (far)
				controller_cut(controller->far, far,
					       REASON_CONNECTION_TIMEOUT);
		} else if (lost < next) {
			next = lost;
		}
	}
	return next;
}

/* By one time, so that nothing is sent after its deadline, however late that is. */
int64_t controller_pass_on(struct controller *controller)
{
	int64_t time = now();
	int64_t flushed = flush_overdue(controller, time);
	int64_t out = pass_side_on(controller, OUT, time); /* a responder answers IN */
	int64_t in = pass_side_on(controller, IN, time);
	int64_t lost = lose_silent(controller, time);
	int64_t next = in < out ? in : out;
	if (lost < next)
		next = lost;
	return next < flushed ? next : flushed;
}

/* --- from the host
 * ------------------------------------------------------------------------ */

/* That the command is being obeyed. */
static void tell_command_status(struct controller *controller, uint16_t code)
{
	uint8_t status[] = {PACKET_EVENT, EVENT_COMMAND_STATUS, 4, 0, 1, 0, 0};
	write_le16(status + 5, code);
	controller_tell_host(controller, status, sizeof(status));
}

/* What a controller reports whose peer has lost the key, or has another one: btvirt keeps
 * the keys itself, and its peers never lose them. */
static bool answer_authenticate(struct controller *controller, const uint8_t *command)
{
	uint8_t event[] = {PACKET_EVENT,
			   EVENT_AUTHENTICATION_COMPLETE,
			   3,
			   controller->refused_authentication,
			   command[4],
			   command[5]};

	if (controller->refused_authentication == 0)
		return false;
	tell_command_status(controller, COMMAND_AUTHENTICATE);
	controller_tell_host(controller, event, sizeof(event));
	return true;
}

/* To switch it off is never refused. */
static bool answer_advertise(struct controller *controller, const uint8_t *command)
{
	uint8_t complete[] = {PACKET_EVENT,
			      EVENT_COMMAND_COMPLETE,
			      4,
			      1,
			      0,
			      0,
			      controller->refused_advertising};

	if (controller->refused_advertising == 0 || command[4] == 0)
		return false;
	memcpy(complete + 4, command + 1, 2);
	controller_tell_host(controller, complete, sizeof(complete));
	return true;
}

/* btvirt does not know the link any more, so this end is ours. */
static bool answer_disconnect(struct controller *controller, const uint8_t *command)
{
	struct link *link = find_link(controller, read_le16(command + 4));

	if (!link || link->state != LINK_SILENT)
		return false;
	tell_command_status(controller, COMMAND_DISCONNECT);
	end_link(controller, link, REASON_ENDED_BY_HOST);
	return true;
}

/* Whether the relay answers the command itself: btvirt is not to see it then. */
static bool answer_command(struct controller *controller, const uint8_t *command,
			   size_t length)
{
	uint8_t answer[FLUSH_ANSWER_LONGEST];
	size_t answered = flush_obey(controller->links, &controller->flush_faults,
				     command, length, answer);
	if (answered > 0) {
		controller_tell_host(controller, answer, answered);
		return true;
	}
	switch (read_le16(command + 1)) {
	case COMMAND_RESET:
		controller_forget_links(controller);
		return false;
	case COMMAND_DISCONNECT:
		return length == 7 && answer_disconnect(controller, command);
	case COMMAND_AUTHENTICATE:
		return length == 6 && answer_authenticate(controller, command);
	case COMMAND_ADVERTISE:
	case COMMAND_ADVERTISE_EXTENDED:
		return length > 4 && answer_advertise(controller, command);
	default:
		return false;
	}
}

static void take_acl_from_host(struct controller *controller, const uint8_t *bytes,
			       size_t length)
{
	struct link *link = find_link(controller, acl_handle(bytes));
	if (link && link->state == LINK_ENDED)
		return;
	struct packet *packet =
		packet_queue_add(&controller->lanes[OUT].queue, bytes, length, now());
	if (link)
		flush_note_arrival(&link->flush, packet);
}

static void take_packet_from_host(void *taker, uint8_t *bytes, size_t length)
{
	struct controller *controller = taker;

	if (length == 4 && bytes[0] == PACKET_VHCI) {
		controller->index = read_le16(bytes + 2);
		return;
	}
	if (packet_length(bytes, length) != (long)length)
		errx(1, "%s: the host sent half a packet", controller->name);
	if (bytes[0] == PACKET_ACL)
		take_acl_from_host(controller, bytes, length);
	else if (bytes[0] != PACKET_COMMAND || !answer_command(controller, bytes, length))
		tell_air(controller, bytes, length);
}

void controller_take_from_host(struct controller *controller)
{
	int error = host_take(&controller->host, take_packet_from_host, controller);
	if (error != 0)
		errx(1, "%s: its host: %s", controller->name, strerror(-error));
}

/* --- from the air
 * ------------------------------------------------------------------------- */

/* btvirt completes in the order in which it was given. */
static void take_completion(struct controller *controller, uint16_t handle)
{
	for (unsigned i = 0; i < controller->in_air_count; i++) {
		struct in_air done = controller->in_air[i];
		if (done.handle != handle)
			continue;
		controller->in_air_count--;
		memmove(&controller->in_air[i], &controller->in_air[i + 1],
			(controller->in_air_count - i) * sizeof(done));
		if (done.owed)
			complete(controller, handle);
		return;
	}
}

static void take_completions(struct controller *controller, const uint8_t *event,
			     size_t length)
{
	for (size_t place = 4; place + 4 <= length; place += 4)
		for (int count = read_le16(event + place + 2); count > 0; count--)
			take_completion(controller, read_le16(event + place));
}

static bool is_about_a_link_we_ended(struct controller *controller, const uint8_t *event)
{
	struct link *link = find_link(controller, read_le16(event + 4));
	if (!link || link->state == LINK_UP)
		return false;
	if (link->state == LINK_ENDED)
		*link = (struct link){0};
	return true;
}

static void note_disconnection(struct controller *controller, const uint8_t *event)
{
	struct link *link = find_link(controller, read_le16(event + 4));
	if (link && event[3] == 0) {
		forget_packets(controller, link->handle);
		*link = (struct link){0};
	}
}

static void note_connection(struct controller *controller, const uint8_t *event)
{
	if (event[3] == 0)
		add_link(controller, read_le16(event + 4), event[12]);
}

/* The supervision timeout is the last of three fields that stand behind the addresses. */
static void note_le_event(struct controller *controller, const uint8_t *event)
{
	uint16_t handle = read_le16(event + 5) & 0x0fff;
	size_t timeout = event[3] == LE_CONNECTION_COMPLETE	   ? 19
		       : event[3] == LE_CONNECTION_UPDATE_COMPLETE ? 11
								   : 31;
	struct link *link;

	if (event[4] != 0)
		return;
	if (event[3] == LE_CONNECTION_COMPLETE ||
	    event[3] == LE_ENHANCED_CONNECTION_COMPLETE)
		add_link(controller, handle, LINK_TYPE_LE);
	else if (event[3] != LE_CONNECTION_UPDATE_COMPLETE)
		return;
	link = find_link(controller, handle);
	if (link && read_le16(event + timeout))
		link->supervision =
			read_le16(event + timeout) * 10LL * 1000000; /* of 10 ms */
}

static bool is_answer_to_us(struct controller *controller, const uint8_t *event)
{
	if (controller->own_disconnects == 0 ||
	    read_le16(event + 5) != COMMAND_DISCONNECT)
		return false;
	controller->own_disconnects--;
	return true;
}

static void deliver_event(struct controller *controller, uint8_t *event, size_t length)
{
	switch (event[1]) {
	case EVENT_DISCONNECTION_COMPLETE:
		if (event[3] == 0 && is_about_a_link_we_ended(controller, event))
			return;
		note_disconnection(controller, event);
		break;
	case EVENT_CONNECTION_COMPLETE:
		note_connection(controller, event);
		break;
	case EVENT_LE:
		note_le_event(controller, event);
		break;
	default:
		break;
	}
	controller_tell_host(controller, event, length);
}

static void take_event(struct controller *controller, uint8_t *event, size_t length)
{
	switch (event[1]) {
	case EVENT_COMPLETED_PACKETS:
		take_completions(controller, event, length);
		break;
	case EVENT_COMMAND_COMPLETE:
		capabilities_mend(event, length, controller->all_flushable);
		controller_tell_host(controller, event, length);
		break;
	case EVENT_COMMAND_STATUS:
		if (!is_answer_to_us(controller, event))
			controller_tell_host(controller, event, length);
		break;
	default:
		/* The others tell of links: neither data nor they may overtake one
		 * another. A link that ended after one that was made again would confuse
		 * the host. */
		if (event[1] == EVENT_CONNECTION_COMPLETE && controller->connecting)
			packet_queue_add(&controller->lanes[IN].queue, event, length,
					 now() + controller->connecting);
		else if (controller->lanes[IN].queue.first)
			packet_queue_add(&controller->lanes[IN].queue, event, length,
					 now());
		else
			deliver_event(controller, event, length);
	}
}

static void take_packet_from_air(void *taker, uint8_t *bytes, size_t length)
{
	struct controller *controller = taker;

	if (bytes[0] == PACKET_EVENT)
		take_event(controller, bytes, length);
	else if (bytes[0] != PACKET_ACL)
		controller_tell_host(controller, bytes, length);
	else if (can_pass(controller, acl_handle(bytes)) && !controller->responder.way)
		packet_queue_add(&controller->lanes[IN].queue, bytes, length, now());
}

bool controller_take_from_air(struct controller *controller)
{
	int error = packet_stream_take(&controller->from_air, controller->air,
				       take_packet_from_air, controller);
	if (error == -EPROTO)
		errx(1, "%s: btvirt sent what is no packet", controller->name);
	return error == 0;
}
