// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "lost_clients.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIGNALS_AT_ONCE = 64 };

int lost_clients_signal(void)
{
	return SIGRTMIN;
}

int lost_clients_open(struct lost_clients *lost, struct interruption *interruption)
{
	sigset_t ours;

	*lost = (struct lost_clients){.arrivals.fd = -1};
	sigemptyset(&ours);
	sigaddset(&ours, lost_clients_signal());
	/* What the kernel sends when it has no room to queue one more. */
	sigaddset(&ours, SIGIO);
	sigprocmask(SIG_BLOCK, &ours, NULL);
	sigaddset(&interruption->wait_mask, lost_clients_signal());
	sigaddset(&interruption->wait_mask, SIGIO);
	lost->arrivals.fd = signalfd(-1, &ours, SFD_NONBLOCK | SFD_CLOEXEC);
	return lost->arrivals.fd < 0 ? -errno : 0;
}

void lost_clients_close(struct lost_clients *lost)
{
	if (lost->arrivals.fd >= 0)
		close(lost->arrivals.fd);
	lost->arrivals.fd = -1;
}

void lost_clients_count_accepted(struct lost_clients *lost, bool gone)
{
	lost->accepted++;
	if (gone)
		lost->signals += 2;
	lost->unsettled = true;
}

static void count_signals(struct lost_clients *lost)
{
	struct signalfd_siginfo signals[SIGNALS_AT_ONCE];
	ssize_t length;

	while ((length = read(lost->arrivals.fd, signals, sizeof(signals))) > 0) {
		for (size_t i = 0; i < (size_t)length / sizeof(signals[0]); i++) {
			if (signals[i].ssi_signo == SIGIO)
				lost->uncounted = true;
			else if (signals[i].ssi_code == POLL_IN)
				lost->signals++;
		}
		lost->unsettled = true;
	}
}

static bool somebody_waits(const struct channel *listener)
{
	struct pollfd waiting = {.fd = listener->fd, .events = POLLIN};

	return listener->fd >= 0 && poll(&waiting, 1, 0) > 0;
}

uint64_t lost_clients_find(struct lost_clients *lost, const struct channel *listener)
{
	uint64_t more;

	if (lost->arrivals.fd < 0)
		return 0;
	/* In this order: who comes after the signals were counted is not among them. */
	count_signals(lost);
	if (!lost->unsettled || somebody_waits(listener))
		return 0;
	lost->unsettled = false;
	if (lost->signals < lost->accepted)
		return 0; /* when not all were counted */
	more = (lost->signals - lost->accepted) / 2 - lost->told;
	lost->told += more;
	return more;
}

void lost_clients_send_away(struct lost_clients *lost, const struct channel *listener)
{
	for (;;) {
		struct channel channel;
		int error = channel_accept(listener, &channel);
		char unused;

		if (error && error != -ECONNABORTED)
			return;
		if (error) {
			lost_clients_count_accepted(lost, true);
			continue;
		}
		/* In this order: a client that comes now finds the channel closed, and
		 * its sender hears of that. */
		(void)channel_start_disconnect(&channel, 0);
		/* An error would be read ahead of what is queued (trap T1). */
		(void)channel_disconnect_result(&channel);
		lost_clients_count_accepted(lost, recv(channel.fd, &unused,
						       sizeof(unused), MSG_DONTWAIT) > 0);
		channel_close(&channel);
	}
}
