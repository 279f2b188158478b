// SPDX-License-Identifier: GPL-2.0-or-later
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
	SET_ADVERTISING = 0x0029,
	ADVERTISE_NOT = 0,
	ADVERTISE_CONNECTABLE = 2, /* whatever the adapter is over BR/EDR */
	ADVERTISE_WRONGLY = 3,

	COMMAND_COMPLETE = 0x0001,
	COMMAND_STATUS = 0x0002,

	STATUS_SUCCESS = 0x00,
	STATUS_NOT_SUPPORTED = 0x0C,
	STATUS_REJECTED = 0x0B,
	STATUS_PERMISSION_DENIED = 0x14,

	SETTING_LE = 1 << 9,
	SETTING_ADVERTISING = 1 << 10,

	ANSWER_MS = 5000, /* setting it takes some commands of the controller */
	LONGEST_EVENT = 1024,
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

static int open_management(void)
{
	struct sockaddr_hci address = {.hci_family = AF_BLUETOOTH,
				       .hci_dev = HCI_DEV_NONE,
				       .hci_channel = HCI_CHANNEL_CONTROL};
	int fd = socket(AF_BLUETOOTH, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK,
			BTPROTO_HCI);
	int error;

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	error = -errno;
	close(fd);
	return error;
}

static int send_command(int fd, uint16_t code, uint16_t adapter, const void *parameters,
			size_t length)
{
	unsigned char packet[sizeof(struct header) + 8];
	const struct header header = {htole16(code), htole16(adapter),
				      htole16((uint16_t)length)};

	memcpy(packet, &header, sizeof(header));
	memcpy(packet + sizeof(header), parameters, length);
	return write(fd, packet, sizeof(header) + length) < 0 ? -errno : 0;
}

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

/* Waits for the answer; puts what follows its status into ROOM, which must be filled. */
static int take_answer(int fd, uint16_t code, uint16_t adapter, void *room, size_t size)
{
	const size_t start = sizeof(struct header) + sizeof(struct answer);
	int64_t deadline_ms = monotonic_ms() + ANSWER_MS;
	unsigned char event[LONGEST_EVENT];

	for (;;) {
		struct pollfd readable = {.fd = fd, .events = POLLIN};
		int64_t left_ms = deadline_ms - monotonic_ms();
		ssize_t length;

		if (left_ms <= 0)
			return -ETIMEDOUT;
		poll(&readable, 1, (int)left_ms);
		length = read(fd, event, sizeof(event));
		if (length < 0 && errno != EAGAIN && errno != EINTR)
			return -errno;
		if (length > 0 && answers(event, (size_t)length, code, adapter)) {
			int error = error_of(event[start - 1]);

			if (error || size == 0)
				return error;
			if ((size_t)length < start + size)
				return -EBADMSG;
			memcpy(room, event + start, size);
			return 0;
		}
	}
}

static int ask(uint16_t code, uint16_t adapter, const void *parameters, size_t length,
	       void *room, size_t size)
{
	int fd = open_management();
	int error;

	if (fd < 0)
		return fd;
	error = send_command(fd, code, adapter, parameters, length);
	if (!error)
		error = take_answer(fd, code, adapter, room, size);
	close(fd);
	return error;
}

int mgmt_read(uint16_t number, struct adapter_settings *settings)
{
	struct controller_information information;
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

static int set_advertising(uint16_t number, uint8_t value, void *room, size_t size)
{
	return ask(SET_ADVERTISING, number, &value, sizeof(value), room, size);
}

/* Measured on 6.12: when the controller refuses, the kernel answers "success" all the
 * same, with settings in which nothing has changed. */
int mgmt_advertise(uint16_t number, bool on)
{
	uint32_t current;
	int error = set_advertising(number, on ? ADVERTISE_CONNECTABLE : ADVERTISE_NOT,
				    &current, sizeof(current));

	if (error)
		return error;
	return ((le32toh(current) & SETTING_ADVERTISING) != 0) == on ? 0 : -EREMOTEIO;
}

int mgmt_permission(uint16_t number)
{
	/* The kernel looks at the permission first. */
	int error = set_advertising(number, ADVERTISE_WRONGLY, NULL, 0);

	return error == -EREMOTEIO || error == -EOPNOTSUPP ? 0 : error;
}
