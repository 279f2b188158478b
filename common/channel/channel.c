// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "channel/channel.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <bluetooth/l2cap.h>

#include "channel/adapter.h"
#include "channel/negotiation.h"
#include "sdu_socket.h"

enum {
	/* Connections that may wait to be accepted; more are refused. */
	LISTEN_BACKLOG = 512,
	/* Room for what arrives while this process does not run; basic mode drops what
	 * does not fit (trap T3). The kernel charges some 700 bytes for a small SDU. With
	 * less privilege it is what net.core.rmem_max allows. */
	RECEIVE_BUFFER = 64 << 20,
	/* Over LE nothing is dropped. Linux gives credits for what fits, from 6.10 on,
	 * less an sk_buff for each packet. Where packets are shorter than that, for one
	 * SDU of the MTU: measured with 247 bytes, 266 credits, from 16 to 400 MB of
	 * buffer. It counts them in 16 bits, which wrap, by the source, from 65,536
	 * packets that are longer on: out of reach from here. */
	LE_RECEIVE_BUFFER = 8 << 20,
	/* What the kernel puts around each fragment of an SDU: see
	 * channel_send_memory(). */
	FRAGMENT_HEADERS = 12,
	FRAGMENT_OVERHEAD = 330,
	FRAGMENT_DESCRIPTOR = 256,
	/* Payload of the smallest packet of LE (Core Specification, Vol 6, Part B, 2.4).
	 * The kernel does not say how large those of an adapter are. */
	LE_PAYLOAD = 27,
	/* How often a link may be encrypted, and not be as secure as was asked. */
	MOST_PAIRINGS = 3,
	/* The kernel's default for SO_SNDTIMEO. */
	KERNEL_TIMEOUT_S = 40,
	/* What close() may wait for acknowledgements that are of no use any more:
	 * others may be waiting to be served. */
	CLOSE_WAIT_US = 1000,
};

static bool is_named(const bdaddr_t *adapter)
{
	return bacmp(adapter, BDADDR_ANY) != 0;
}

static int open_socket(int type, int *fd)
{
	*fd = socket(AF_BLUETOOTH, type | SOCK_CLOEXEC | SOCK_NONBLOCK, BTPROTO_L2CAP);
	return *fd < 0 ? -errno : 0;
}

static int bind_socket(int fd, const bdaddr_t *adapter, bool le, uint16_t psm)
{
	struct sockaddr_l2 address = {
		.l2_family = AF_BLUETOOTH,
		.l2_psm = htobs(psm),
		.l2_bdaddr = *adapter,
		/* Of an adapter without a public address, BDADDR_ANY is the name. */
		.l2_bdaddr_type = le ? BDADDR_LE_PUBLIC : BDADDR_BREDR,
	};

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return 0;
}

/* Over LE a socket must be bound before it connects: unbound, Linux takes the address for
 * one of BR/EDR, and shows the length in front of each SDU as data. */
static int bind_client(int fd, const struct channel_config *config)
{
	bool le = channel_is_le(config);

	return le || is_named(&config->adapter) ? bind_socket(fd, &config->adapter, le, 0)
						: 0;
}

static int read_local_address(struct channel *channel)
{
	struct sockaddr_l2 address = {0};
	socklen_t size = sizeof(address);

	if (getsockname(channel->fd, (struct sockaddr *)&address, &size) < 0)
		return -errno;
	channel->local = address.l2_bdaddr;
	channel->psm = btohs(address.l2_psm);
	return 0;
}

static size_t receive_buffer_of(const struct channel *channel)
{
	return channel->address_type == BDADDR_BREDR ? RECEIVE_BUFFER : LE_RECEIVE_BUFFER;
}

/* A socket with its options, bound, in CHANNEL. Over LE the options come after the
 * binding, over BR/EDR before, so that a PSM is held only by what can use it. */
static int open_bound(const struct channel_config *config, bool listens,
		      struct channel *channel, enum failed_step *step)
{
	bool le = channel_is_le(config);
	int error;

	*step = STEP_SOCKET;
	error = open_socket(SOCK_SEQPACKET, &channel->fd);
	if (error)
		return error;
	channel->address_type = config->address_type;
	if (!le) {
		*step = STEP_OPTIONS;
		error = channel_set_options(channel->fd, config);
	}
	if (!error) {
		*step = STEP_BIND;
		error = listens ? bind_socket(channel->fd, &config->adapter, le,
					      config->psm)
				: bind_client(channel->fd, config);
	}
	if (!error && le) {
		*step = STEP_OPTIONS;
		error = channel_set_options(channel->fd, config);
	}
	if (error)
		channel_close(channel);
	return error;
}

/* Trap T2: without deferred set-up, a peer that connects, sends and closes before
 * accept() is thrown away. Shown by "a client that could be gone before
 * a busy server looks waits to be accepted" in the laboratory. */
static int defer_set_up(int fd)
{
	int on = 1;

	return setsockopt(fd, SOL_BLUETOOTH, BT_DEFER_SETUP, &on, sizeof(on)) < 0 ? -errno
										  : 0;
}

/* A server without that can count the clients that it loses: the kernel calls a listener
 * when a client has come, and when one has gone that was not accepted. Real-time signals
 * do not merge, and are queued for a process that does not run. Shown by "clients that
 * come and go at a stopped server are counted" in the laboratory. */
static int signal_arrivals(int fd, int signal)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0 || fcntl(fd, F_SETOWN, getpid()) < 0 ||
	    fcntl(fd, F_SETSIG, signal) < 0 || fcntl(fd, F_SETFL, flags | O_ASYNC) < 0)
		return -errno;
	return 0;
}

static int start_listening(int fd, const struct channel_config *config)
{
	int error = 0;

	if (!config->lets_in_at_once)
		error = defer_set_up(fd);
	else if (config->arrivals_signal)
		error = signal_arrivals(fd, config->arrivals_signal);
	if (!error && listen(fd, LISTEN_BACKLOG) < 0)
		error = -errno;
	return error;
}

int channel_listen(const struct channel_config *config, struct channel *listener,
		   enum failed_step *step)
{
	int error;

	*listener = (struct channel){.fd = -1};
	error = open_bound(config, true, listener, step);
	if (error)
		return error;
	*step = STEP_LISTEN;
	error = start_listening(listener->fd, config);
	if (!error)
		error = read_local_address(listener);
	if (error)
		channel_close(listener);
	return error;
}

int channel_accept(const struct channel *listener, struct channel *channel)
{
	struct sockaddr_l2 peer;
	socklen_t size = sizeof(peer);
	int fd = accept4(listener->fd, (struct sockaddr *)&peer, &size,
			 SOCK_CLOEXEC | SOCK_NONBLOCK);
	int error;

	if (fd < 0)
		return -errno;
	*channel = (struct channel){
		.fd = fd, .peer = peer.l2_bdaddr, .address_type = peer.l2_bdaddr_type};
	error = read_local_address(channel);
	channel->psm = listener->psm;
	if (error)
		channel_close(channel);
	return error;
}

int channel_authorise(struct channel *channel, const struct channel_config *config)
{
	int64_t start;
	bool is_up;
	char unused;
	int error;

	/* Over LE a listener takes both modes. One that is not wanted is refused before
	 * it has sent anything: otherwise its close could cross ours, and it would not
	 * know.
	 */
	if (channel_is_le(config) && !config->lets_in_at_once) {
		error = channel_read_negotiated(channel);
		if (error)
			return error;
		if (!channel_mode_is_wanted(config, channel->mode))
			return -EPROTO;
	}
	/* The buffer is made large while the peer still waits, so that nothing can
	 * arrive before; the accepted socket does not inherit it. Less room than asked
	 * for is no error here. */
	(void)socket_grow_receive_buffer(channel->fd, receive_buffer_of(channel));
	/* Here a read would take data. What was received before the buffer grew was
	 * within the credits that LE gives for it. */
	if (config->lets_in_at_once)
		return 0;
	start = monotonic_ms();
	/* On a deferred channel a read means "accepted", and returns 0 without data. */
	if (recv(channel->fd, &unused, sizeof(unused), 0) < 0)
		return -errno;
	/* A channel that is not up as yet has not been configured twice: the kernel asks
	 * again only once what it knew of the first time is cleared, which is when the
	 * channel comes up. Looked at before the clock: this process may be held up here.
	 */
	is_up = poll_now(channel->fd, POLLOUT);
	channel->late = is_up && monotonic_ms() - start > LATE_MS;
	return 0;
}

size_t channel_send_memory(size_t length, size_t acl_payload)
{
	size_t payload = acl_payload > 2 * (size_t)FRAGMENT_HEADERS
			       ? acl_payload - FRAGMENT_HEADERS
			       : FRAGMENT_HEADERS;
	size_t fragments = length / payload + 2;

	/* Linux allocates a fragment with its headroom and shared information in a
	 * block of the next power of two at most, and a descriptor. Measured: 1,280
	 * bytes for each of 192. */
	return fragments * (2 * (payload + FRAGMENT_OVERHEAD) + FRAGMENT_DESCRIPTOR);
}

/* Trap T4: an SDU that does not fit the send buffer never leaves. Makes room for two of
 * the largest, or otherwise makes the largest smaller: poll() says "writable" when half
 * of the buffer is free. Shown by "a stream crosses with every MTU" in the laboratory. */
static void size_send_buffer(struct channel *channel)
{
	size_t payload = channel->address_type == BDADDR_BREDR
			       ? adapter_acl_payload(&channel->local)
			       : LE_PAYLOAD;
	size_t wanted = 2 * channel_send_memory(channel->largest_sdu, payload);
	long room = socket_grow_send_buffer(channel->fd, wanted);

	while (room > 0 && channel->largest_sdu > SMALLEST_MTU &&
	       2 * channel_send_memory(channel->largest_sdu, payload) > (size_t)room) {
		channel->largest_sdu -= channel->largest_sdu / 8;
		if (channel->largest_sdu < SMALLEST_MTU)
			channel->largest_sdu = SMALLEST_MTU;
	}
}

bool channel_look_for_new_mtu(struct channel *channel)
{
	uint16_t mtu;
	socklen_t size = sizeof(mtu);

	if (channel->mode != MODE_ECRED ||
	    getsockopt(channel->fd, SOL_BLUETOOTH, BT_SNDMTU, &mtu, &size) < 0 ||
	    mtu == channel->outgoing_mtu)
		return false;
	channel->outgoing_mtu = mtu;
	channel->largest_sdu = mtu;
	size_send_buffer(channel);
	return true;
}

static bool has_queued_sdu(const struct channel *channel)
{
	int length = 0;

	return ioctl(channel->fd, FIONREAD, &length) == 0 && length > 0;
}

/* The error that is pending, which this takes away. */
static int look_for_error(struct channel *channel)
{
	int error = -socket_take_error(channel->fd);

	if (error != -ECOMM)
		return error;
	channel->torn = true;
	return 0;
}

size_t channel_most_sdu(const struct channel *channel)
{
	return channel->mode == L2CAP_MODE_BASIC &&
			       channel->outgoing_mtu > LARGEST_BASIC_SDU
		     ? LARGEST_BASIC_SDU
		     : channel->outgoing_mtu;
}

/*
 * Trap T16: a peer that hangs up while the channel is configured, for one that refuses
 * the mode, leaves no error behind, and a socket that looks like one that was open and is
 * closed. What distinguishes the two, when the channel was not seen open: an SDU has
 * come, or the options. Otherwise nothing was sent, and nothing is lost by taking it for
 * one that never was. Shown by "a peer that hangs up before
 * the channel is configured was never there" in the laboratory.
 */
static bool never_was_open(const struct channel *channel)
{
	return channel->address_type == BDADDR_BREDR && !channel->seen_up &&
	       !channel->configured && !has_queued_sdu(channel) &&
	       sdu_socket_closed_by_peer(channel->fd);
}

/* Looks again once the kernel takes nothing more: what arrived in between stays. */
static int send_away(struct channel *channel)
{
	shutdown(channel->fd, SHUT_WR);
	channel->cut_off = has_queued_sdu(channel);
	return channel->cut_off ? 0 : -EAGAIN;
}

int channel_settle(struct channel *channel, const struct channel_config *config,
		   enum failed_step *step)
{
	int error;

	/* A quick peer may be gone again, its data queued: that is not a failure to
	 * connect, and the options can still be read. In this order, as it may close
	 * between the two looks; then its close comes before its error. Without this, 1
	 * of some 1,000 hellos in basic mode was thrown away with status 0 at the client.
	 */
	*step = STEP_CONNECT;
	error = look_for_error(channel);
	if (error && sdu_socket_closed_by_peer(channel->fd))
		error = 0;
	if (!error)
		error = channel_read_negotiated(channel);
	if (!error && never_was_open(channel))
		error = -EPROTO;
	if (error)
		return error;
	*step = STEP_MODE;
	channel->wrong_mode = !channel_mode_is_wanted(config, channel->mode);
	if (channel->wrong_mode && !config->lets_in_at_once)
		return -EPROTO;
	*step = STEP_SECURITY;
	channel->security = config->security;
	error = channel_check_security(channel, config);
	if (error)
		return error;
	*step = STEP_CONNECT;
	size_send_buffer(channel);
	/* What has come, or has been closed, cannot be done again: the peer may have seen
	 * everything acknowledged. */
	if (channel->late && channel_mode_is_numbered(channel->mode) && !config->sends &&
	    !has_queued_sdu(channel) && !sdu_socket_closed_by_peer(channel->fd))
		return send_away(channel);
	return 0;
}

static int wait_until_connected(struct channel *channel, int64_t deadline_ms,
				const struct interruption *interruption)
{
	int events = wait_for(channel->fd, POLLOUT, deadline_ms, interruption);

	if (events == 0)
		return -ETIMEDOUT;
	if (events < 0)
		return events;
	channel->seen_up = !(events & POLLHUP);
	return 0;
}

static int set_kernel_timeout(int fd, int64_t timeout_ms)
{
	struct timeval limit = {.tv_sec = (time_t)(timeout_ms / 1000),
				.tv_usec = (suseconds_t)(timeout_ms % 1000 * 1000)};

	return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) < 0 ? -errno
										  : 0;
}

static int start_connecting(const struct channel *channel, uint16_t psm,
			    int64_t timeout_ms)
{
	struct sockaddr_l2 address = {
		.l2_family = AF_BLUETOOTH,
		.l2_psm = htobs(psm),
		.l2_bdaddr = channel->peer,
		.l2_bdaddr_type = channel->address_type,
	};
	int error;

	(void)socket_grow_receive_buffer(channel->fd, receive_buffer_of(channel));
	/* Our own deadline decides; the kernel's must not come before it. */
	error = set_kernel_timeout(channel->fd, timeout_ms + 1000);
	if (error)
		return error;
	if (connect(channel->fd, (struct sockaddr *)&address, sizeof(address)) < 0 &&
	    errno != EINPROGRESS)
		return -errno;
	return 0;
}

/*
 * Measured on 6.12 (HCI trace): over LE the kernel does not keep to what was asked before
 * connecting. On a link that the connect makes it looks before its security manager is
 * ready, complains of that in its log, and opens the channel unencrypted. So it is asked
 * again, and a level that is reached is one that leaves the socket writable. Shown by
 * "over LE medium is reached with a key of 16 bytes" in the laboratory.
 */
static int secure_le(struct channel *channel, uint8_t level, int64_t deadline_ms,
		     const struct interruption *interruption)
{
	for (int i = 0; i < MOST_PAIRINGS; i++) {
		int error = channel_ask_for_security(channel->fd, level);

		if (error || poll_now(channel->fd, POLLOUT))
			return error;
		error = wait_until_connected(channel, deadline_ms, interruption);
		if (error)
			return error;
	}
	return -EACCES;
}

int channel_connect(const struct channel_config *config, const bdaddr_t *peer,
		    int64_t timeout_ms, const struct interruption *interruption,
		    struct channel *channel, enum failed_step *step)
{
	int64_t deadline = monotonic_ms() + timeout_ms;
	int error;

	*channel = (struct channel){.fd = -1, .peer = *peer};
	error = open_bound(config, false, channel, step);
	if (error)
		return error;
	*step = STEP_CONNECT;
	error = start_connecting(channel, config->psm, timeout_ms);
	if (!error)
		error = wait_until_connected(channel, deadline, interruption);
	if (!error && channel_is_le(config) && config->security >= BT_SECURITY_MEDIUM) {
		*step = STEP_SECURITY;
		error = secure_le(channel, config->security, deadline, interruption);
	}
	if (!error)
		error = read_local_address(channel);
	channel->psm = config->psm;
	if (!error)
		error = channel_settle(channel, config, step);
	/* From here on the same limit times the peer's disconnect response. */
	if (!error)
		error = set_kernel_timeout(channel->fd, (int64_t)KERNEL_TIMEOUT_S * 1000);
	/* A server that finds the channel closed before it has seen it up takes it for
	 * one that never was (trap T16), and would wait for another: it is to see the
	 * mode. */
	if (error && *step == STEP_MODE)
		wait_for(-1, 0, monotonic_ms() + SETTLE_MS, interruption);
	if (error)
		channel_close(channel);
	return error;
}

int channel_probe(const struct channel_config *config, bool listens, int *mode,
		  long *receive_buffer, enum failed_step *step)
{
	struct channel_config probed = *config;
	struct channel channel = {.fd = -1};
	int error;

	/* Bound, a client holds a PSM, and adds nothing over BR/EDR. */
	if (!listens && !channel_is_le(config))
		probed.adapter = *BDADDR_ANY;
	error = open_bound(&probed, listens, &channel, step);
	if (error)
		return error;
	error = channel_read_negotiated(&channel);
	*mode = channel.mode;
	*receive_buffer =
		socket_grow_receive_buffer(channel.fd, receive_buffer_of(&channel));
	channel_close(&channel);
	return error;
}

int channel_connect_signalling(const bdaddr_t *adapter, const bdaddr_t *peer,
			       int64_t timeout_ms,
			       const struct interruption *interruption,
			       struct channel *channel, enum failed_step *step)
{
	int64_t deadline = monotonic_ms() + timeout_ms;
	int error;

	*channel = (struct channel){.fd = -1, .peer = *peer};
	*step = STEP_SOCKET;
	error = open_socket(SOCK_RAW, &channel->fd);
	if (error)
		return error;
	*step = STEP_BIND;
	if (is_named(adapter))
		error = bind_socket(channel->fd, adapter, false, 0);
	if (!error) {
		*step = STEP_CONNECT;
		error = start_connecting(channel, 0, timeout_ms);
	}
	if (!error)
		error = wait_until_connected(channel, deadline, interruption);
	if (!error)
		error = -socket_take_error(channel->fd);
	if (!error)
		error = read_local_address(channel);
	if (error)
		channel_close(channel);
	return error;
}

int channel_make_flushable(const struct channel *channel)
{
	int on = BT_FLUSHABLE_ON;

	return setsockopt(channel->fd, SOL_BLUETOOTH, BT_FLUSHABLE, &on, sizeof(on)) < 0
		     ? -errno
		     : 0;
}

int channel_start_disconnect(struct channel *channel, int64_t limit_ms)
{
	int error;

	if (sdu_socket_closed_by_peer(channel->fd))
		return -ECONNRESET;
	error = look_for_error(channel);
	if (!error && limit_ms)
		error = set_kernel_timeout(channel->fd, limit_ms + 1000);
	if (error)
		return error;
	return shutdown(channel->fd, SHUT_WR) < 0 ? -errno : 0;
}

int channel_disconnect_result(struct channel *channel)
{
	return look_for_error(channel);
}

static void ignore_signal(int signal)
{
	(void)signal;
}

/* Trap T11: with unacknowledged frames, close() in ERTM waits up to 10 s, unless a
 * signal comes: a timer sends one, again and again until the wait is over. Shown by "a
 * client that gives up does so at once" in the laboratory. */
void channel_close(struct channel *channel)
{
	static const struct itimerval soon = {.it_interval = {.tv_usec = CLOSE_WAIT_US},
					      .it_value = {.tv_usec = CLOSE_WAIT_US}};
	static const struct itimerval never;
	struct sigaction wake = {.sa_handler = ignore_signal};
	struct sigaction discard = {.sa_handler = SIG_IGN};
	struct sigaction before;

	if (channel->fd < 0)
		return;
	sigemptyset(&wake.sa_mask);
	sigaction(SIGALRM, &wake, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	close(channel->fd);
	setitimer(ITIMER_REAL, &never, NULL);
	/* One that is still on its way must not meet the default action, which ends the
	 * process: seen under valgrind. */
	sigaction(SIGALRM, &discard, NULL);
	sigaction(SIGALRM, &before, NULL);
	channel->fd = -1;
}
