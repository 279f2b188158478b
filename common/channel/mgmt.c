// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
/* Numbers and layouts as in BlueZ's doc/mgmt-api.txt; libbluetooth has no header for
 * them. Everything is little-endian. */
#include "channel/mgmt.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/hci.h>

#include "event_loop.h"

enum {
	READ_CONTROLLER_INFORMATION = 0x0004,
	READ_ADVERTISING_FEATURES = 0x003D,
	ADD_ADVERTISING = 0x003E,
	REMOVE_ADVERTISING = 0x003F,
	FLAG_CONNECTABLE = 1 << 0, /* whatever the adapter is over BR/EDR */

	COMMAND_COMPLETE = 0x0001,
	COMMAND_STATUS = 0x0002,

	STATUS_SUCCESS = 0x00,
	STATUS_NO_RESOURCES = 0x07,
	STATUS_BUSY = 0x0A,
	STATUS_REJECTED = 0x0B,
	STATUS_NOT_SUPPORTED = 0x0C,
	STATUS_INVALID_PARAMETERS = 0x0D,
	STATUS_PERMISSION_DENIED = 0x14,

	SETTING_LE = 1 << 9,
	SETTING_ADVERTISING = 1 << 10,

	ANSWER_MS = 5000, /* advertising takes some commands of the controller */
	LONGEST_EVENT = 1024,
	MOST_INSTANCES = 255,
};

struct header {
	uint16_t code, adapter, length;
};

/* After the header of both events; what a command answers follows. */
struct answer {
	uint16_t command;
	uint8_t status;
} __attribute__((packed));

/* Of the answer to READ_CONTROLLER_INFORMATION. */
struct controller_information {
	uint8_t address[6], version;
	uint16_t manufacturer;
	uint32_t supported, current;
} __attribute__((packed));

/* Of the answer to READ_ADVERTISING_FEATURES; the numbers of the instances follow. */
struct advertising_features {
	uint32_t flags;
	uint8_t data_length, scan_response_length, most_instances, instances;
	uint8_t instance[MOST_INSTANCES];
} __attribute__((packed));

/* Of ADD_ADVERTISING; no data follows. */
struct add_advertising {
	uint8_t instance;
	uint32_t flags;
	uint16_t duration_s, timeout_s;
	uint8_t data_length, scan_response_length;
} __attribute__((packed));

static int error_of(uint8_t status)
{
	switch (status) {
	case STATUS_SUCCESS:
		return 0;
	case STATUS_PERMISSION_DENIED:
		return -EPERM;
	case STATUS_NOT_SUPPORTED:
	case STATUS_REJECTED:
		return -EOPNOTSUPP;
	case STATUS_NO_RESOURCES:
	case STATUS_BUSY:
		return -EBUSY;
	case STATUS_INVALID_PARAMETERS:
		return -EINVAL;
	default:
		return -EREMOTEIO;
	}
}

/* Whether EVENT of LENGTH bytes answers the command CODE to ADAPTER. */
static bool answers(const unsigned char *event, size_t length, uint16_t code,
		    uint16_t adapter)
{
	struct header header;
	struct answer answer;

	if (length < sizeof(header) + sizeof(answer))
		return false;
	memcpy(&header, event, sizeof(header));
	memcpy(&answer, event + sizeof(header), sizeof(answer));
	return (le16toh(header.code) == COMMAND_COMPLETE ||
		le16toh(header.code) == COMMAND_STATUS) &&
	       le16toh(header.adapter) == adapter && le16toh(answer.command) == code;
}

/* Waits for the answer for LIMIT_MS, 0: does not wait (-EAGAIN). Puts what follows its
 * status into ROOM, as far as there is any of both. */
static int take_answer(int fd, uint16_t code, uint16_t adapter, int64_t limit_ms,
		       void *room, size_t size)
{
	const size_t start = sizeof(struct header) + sizeof(struct answer);
	int64_t deadline_ms = monotonic_ms() + limit_ms;
	unsigned char event[LONGEST_EVENT];

	for (;;) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};
		ssize_t length = read(fd, event, sizeof(event));
		int64_t left_ms = deadline_ms - monotonic_ms();

		if (length < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (length > 0 && answers(event, (size_t)length, code, adapter)) {
			size_t found = (size_t)length - start;

			memcpy(room, event + start, found < size ? found : size);
			return error_of(event[start - 1]);
		}
		if (length < 0 && left_ms <= 0)
			return limit_ms ? -ETIMEDOUT : -EAGAIN;
		if (length < 0)
			poll(&readable, 1, (int)left_ms);
	}
}

/* The socket on which the answer comes, or -errno. */
static int start_asking(uint16_t code, uint16_t adapter, const void *parameters,
			size_t length)
{
	const struct sockaddr_hci address = {.hci_family = AF_BLUETOOTH,
					     .hci_dev = HCI_DEV_NONE,
					     .hci_channel = HCI_CHANNEL_CONTROL};
	const struct header header = {htole16(code), htole16(adapter),
				      htole16((uint16_t)length)};
	unsigned char packet[sizeof(header) + 16];
	int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			BTPROTO_HCI);
	int error;

	if (fd < 0)
		return -errno;
	memcpy(packet, &header, sizeof(header));
	memcpy(packet + sizeof(header), parameters, length);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) == 0 &&
	    write(fd, packet, sizeof(header) + length) >= 0) /* 0: it is refused */
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int ask(uint16_t code, uint16_t adapter, const void *parameters, size_t length,
	       void *room, size_t size)
{
	int fd = start_asking(code, adapter, parameters, length);
	int error;

	if (fd < 0)
		return fd;
	error = take_answer(fd, code, adapter, ANSWER_MS, room, size);
	close(fd);
	return error;
}

int mgmt_read(uint16_t number, struct adapter_settings *settings)
{
	struct controller_information information = {.version = 0};
	int error = ask(READ_CONTROLLER_INFORMATION, number, "", 0, &information,
			sizeof(information));

	if (error)
		return error;
	*settings = (struct adapter_settings){
		.le = (le32toh(information.current) & SETTING_LE) != 0,
		.advertising = (le32toh(information.current) & SETTING_ADVERTISING) != 0,
	};
	return 0;
}

/* bluetoothd counts its own from 1, so the last free one is taken. The kernel lists an
 * instance only when its number is not above how many there are. */
int mgmt_free_instance(uint16_t number, uint8_t *instance)
{
	struct advertising_features features = {.most_instances = 0};
	int error = ask(READ_ADVERTISING_FEATURES, number, "", 0, &features,
			sizeof(features));

	if (error)
		return error;
	for (*instance = features.most_instances; *instance; --*instance) {
		if (!memchr(features.instance, *instance, features.instances))
			return 0;
	}
	return -EBUSY;
}

int mgmt_start_advertising(uint16_t number, uint8_t instance, uint16_t seconds)
{
	const struct add_advertising parameters = {
		.instance = instance,
		.flags = htole32(FLAG_CONNECTABLE),
		.timeout_s = htole16(seconds),
	};

	return start_asking(ADD_ADVERTISING, number, &parameters, sizeof(parameters));
}

int mgmt_advertising_result(int fd, uint16_t number, bool wait)
{
	int error =
		take_answer(fd, ADD_ADVERTISING, number, wait ? ANSWER_MS : 0, &error, 0);

	if (error != -EAGAIN)
		close(fd);
	/* LE was found to be on: what is rejected is one more thing to advertise. */
	return error == -EOPNOTSUPP || error == -EINVAL ? -EREMOTEIO : error;
}

int mgmt_end_advertising(uint16_t number, uint8_t instance)
{
	int error =
		ask(REMOVE_ADVERTISING, number, &instance, sizeof(instance), &error, 0);

	return error == -EINVAL ? 0 : error; /* there is none any more */
}
