// SPDX-License-Identifier: GPL-2.0-or-later
#include "check/machine.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "channel/channel.h"
#include "transfer/output.h"
#include "transfer/sdu_source.h"

/* The kernel asks for the privilege of a raw one when it is opened, and only then. */
static int try_socket(int type)
{
	int fd = socket(AF_BLUETOOTH, type | SOCK_CLOEXEC, BTPROTO_L2CAP);

	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

/* Mode and PSM apart: a mode that is refused says nothing about the PSM. */
static void try_channel(const struct channel_config *channel, bool listens,
			struct machine *found)
{
	struct channel_config plain = *channel;
	enum failed_step step;
	int unused;

	found->mode_error = channel_probe(channel, false, &found->mode,
					  &found->receive_buffer, &step);
	plain.mode = channel_is_le(channel) ? MODE_AUTO : MODE_BASIC;
	if (listens)
		found->bind_error = channel_probe(&plain, true, &unused,
						  &found->receive_buffer, &step);
}

static void find_program(struct machine *found)
{
	ssize_t length =
		readlink("/proc/self/exe", found->program, sizeof(found->program));

	/* One that fills the room may have been cut. */
	if (length < 0 || length == sizeof(found->program))
		length = 0;
	found->program[length] = '\0';
}

void machine_look(const char *adapter, const struct channel_config *channel,
		  const struct needs *needs, struct machine *found)
{
	struct channel_config config = *channel;

	*found = (struct machine){.mode = MODE_BASIC};
	find_program(found);
	if (needs->reads)
		found->input_error = input_check(needs->input_file);
	if (needs->writes)
		found->output_error = output_check(needs->output_file);
	found->kernel_error = try_socket(SOCK_SEQPACKET);
	if (found->kernel_error)
		return;
	found->adapter_error = adapter_look(adapter, &found->adapter);
	adapter_names(found->adapters, sizeof(found->adapters));
	if (!found->adapter_error && channel_is_le(channel)) {
		uint16_t number = found->adapter.number;

		found->settings_error = mgmt_read(number, &found->settings);
		if (needs->advertises)
			found->advertise_error = mgmt_permission(number);
	}
	if (needs->raw_socket)
		found->raw_socket_error = try_socket(SOCK_RAW);
	if (needs->without_channel || found->adapter_error)
		return;
	if (adapter)
		config.adapter = found->adapter.address;
	try_channel(&config, needs->listens, found);
}
