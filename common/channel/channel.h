/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/*
 * An L2CAP channel: opening, what was negotiated, and closing. Nothing here
 * prints or exits. Functions return 0 or a negative errno; those with a STEP argument
 * say in it what was being done when they failed.
 *
 * What Linux does, measured on Debian's 6.1 and 6.12, in the order in which it was
 * found; comments name these by their numbers, tests in tests/lab too, and
 * tests/lab/mutants takes each of the fixes out.
 *
 * T1   A peer's disconnect makes recv() return 0 ahead of SDUs that are still queued,
 *      once, and up to three times in a row on two processors: the classic Python pair
 *      printed its hello in 21 runs of 30. transfer.c reads on until a fourth 0.
 * T2   A connection that comes, sends and closes before accept() is lost: 11 of 20
 *      quick clients. Deferred set-up makes each wait until a read authorises it.
 * T3   In basic mode a full receive buffer drops SDUs: 417 of 1000 arrived at 2 ms an
 *      SDU. ERTM is asked for first; what was dropped is counted by SO_MEMINFO,
 *      exactly.
 * T4   An SDU whose fragments exceed the send buffer never leaves (24,000 bytes at
 *      the default): buffers are sized by the MTU, and a stream's SDUs by the buffer.
 * T5   In basic mode an SDU above 65,531 bytes never arrives, and nothing says so.
 * T6   l2cap_options.flush_to does nothing: see flush_timeout.h.
 * T7   Over BR/EDR the outgoing MTU is the peer's; omtu is ignored.
 * T8   There is no half-close: shutdown(SHUT_WR) closes both ways. The sender closes.
 * T9   Closing does not wait for what is queued. Only an empty send buffer and the
 *      peer's disconnect response mean that all arrived: of 4000 sends that went well
 *      1006 did.
 * T10  ERTM against streaming ends with each end believing something else: what was
 *      agreed on is read back.
 * T11  close() in ERTM waits 10 s for acknowledgements: a timer interrupts it.
 * T12  connect() waits for SO_SNDTIMEO, 40 s, and every refusal is ECONNREFUSED.
 * T13  A fatal errno comes once, then poll() is silent; a close by the peer sets
 *      POLLRDHUP, a lost link does not.
 * T14  A peer that is authorised may be configured twice: see SETTLE_MS.
 * T15  Over LE a channel with deferred set-up ends 40 s after its client was authorised:
 *      the timer of the connect request is never stopped. --no-defer avoids it.
 * T16  A peer that hangs up while the channel is configured leaves SO_ERROR 0 and a
 *      socket that looks connected and closed: such a channel never was.
 * T17  Over LE an MTU near the packet size has one SDU in flight. Without credits send()
 *      says EAGAIN, and poll() reports when there are some: 430 kB/s at MTU 672, 1,000
 *      at 65,535; 102 and 620 when it is tried again every millisecond.
 * T18  Authorising a deferred enhanced-credit client walks a list unlocked (source,
 *      before the fixes of 2026): such a server does not defer.
 * T19  connect() over LE on an adapter that advertises never scans.
 * T20  A frame of which an ACL packet is missing vanishes in basic mode: 28 of 40
 *      SDUs, and 0 at both ends. L2CAP_LM_RELIABLE makes it ECOMM, once, unless the
 *      error of the peer's close comes before that was read: measured with a close right
 *      behind, in virtual time, so that a receiver must never be late to read.
 * T21  bluetoothd ends links to unpaired devices 30 s after a discovery.
 * T22  Reading a full ERTM channel whose link is gone crashes the kernel: transfer.c.
 */
#ifndef L2_CHANNEL_H
#define L2_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <bluetooth/bluetooth.h>

#include "channel/negotiation.h"
#include "report/explain_error.h"
#include "event_loop.h"

/*
 * Letting a peer in, on a socket with deferred set-up, has a race in Linux (measured on
 * 6.12, seen in the HCI trace): recv() answers the connect request, and afterwards asks
 * for the configuration. Interrupted in between for longer than the peer needs to
 * configure, it asks again on a channel that is in use already. Both kernels then start
 * the ERTM sequence numbers again: what was sent before is lost, at best with the
 * channel. So in ERTM and streaming neither end sends in the first SETTLE_MS, by when the
 * second configuration is over. It may come later than that only where recv() took longer
 * than LATE_MS and the channel is up when it returns. A server that finds it so sends its
 * peer away, which connects again, unless an SDU or the peer's close is there already:
 * such a peer may have seen everything acknowledged; nor by a server that sends: its
 * client may have nothing to send, and would take the close for the end. Shown by "a
 * channel that is configured twice loses nothing" and "a server that is held up as it
 * lets its client in" in the laboratory.
 *
 * Its parts: channel_authorise() and channel_settle() at the server; SENDER_SETTLING in
 * sdu_sender.h, which does not touch the input meanwhile; sent_away in transfer.h, by
 * which connect_peer.c connects again; let_the_server_see() in session.c, by which a
 * server has seen the channel up before it closes (T16).
 */
enum { SETTLE_MS = 100, LATE_MS = 50 };

/*
 * A socket that listens as CONFIG says, with set-up deferred (trap T2) unless the config
 * accepts at once. Fills in fd, local and psm (the one that the kernel picked for PSM 0).
 */
int channel_listen(const struct channel_config *config, struct channel *listener,
		   enum failed_step *step);

/*
 * Takes the next connection that waits at LISTENER: fills in fd, local, peer and psm.
 * The peer's connect goes on waiting until channel_authorise(); closing the descriptor
 * instead refuses it. -EAGAIN when none waits, -ECONNABORTED when the peer was gone by
 * the time that it was taken.
 */
int channel_accept(const struct channel *listener, struct channel *channel);

/* Lets the peer in: configuration starts. -EPROTO, over LE, when its mode is not that of
 * CONFIG: then close it, which refuses. Otherwise wait for POLLOUT on the descriptor,
 * then call channel_settle(); reading before that gives ENOTCONN. One that CONFIG accepts
 * at once has a channel already, and POLLOUT only if it can send: call channel_settle().
 */
int channel_authorise(struct channel *channel, const struct channel_config *config);

/*
 * For a channel that became writable: sizes its buffers, and reads what was negotiated.
 * -EPROTO with the step STEP_MODE when the peer did not agree to a mode that CONFIG
 * names (channel->mode says which it is), with STEP_CONNECT when it hung up before the
 * channel was configured (trap T16). -EAGAIN when the peer was authorised too late to
 * be safe (LATE_MS): it is being sent away.
 */
int channel_settle(struct channel *channel, const struct channel_config *config,
		   enum failed_step *step);

/*
 * Connects to config->psm of PEER and settles. Gives up after TIMEOUT_MS with
 * -ETIMEDOUT (the kernel's own limit is SO_SNDTIMEO, 40 s: trap T12), or with -EINTR
 * after a signal. On an error nothing is left open.
 */
int channel_connect(const struct channel_config *config, const bdaddr_t *peer,
		    int64_t timeout_ms, const struct interruption *interruption,
		    struct channel *channel, enum failed_step *step);

/*
 * Tries what CONFIG asks for as far as it can be tried without a peer, and takes it back:
 * opens a socket, sets its options and, if it LISTENS, binds it to adapter and PSM, which
 * is where the kernel says that a PSM is taken or not permitted; listening adds no reason
 * of its own. Reports the mode that a peer would be asked for, and the room of the
 * receive buffer.
 */
int channel_probe(const struct channel_config *config, bool listens, int *mode,
		  long *receive_buffer, enum failed_step *step);

/*
 * Connects to the signalling channel of the link to PEER, with a raw socket: Linux wants
 * CAP_NET_RAW for it, otherwise -EPERM at STEP_SOCKET. What is sent is a signalling
 * command from its header on. What is received is every signalling packet that comes over
 * this link (and no other), also those for the kernel and for other programs. The kernel
 * numbers its own commands 1 to 128. Limits and errors are those of channel_connect().
 */
int channel_connect_signalling(const bdaddr_t *adapter, const bdaddr_t *peer,
			       int64_t timeout_ms,
			       const struct interruption *interruption,
			       struct channel *channel, enum failed_step *step);

/* From now on Linux marks the channel's packets as such that may be flushed: boundary
 * flag 10 instead of 00. 0 or -errno. */
int channel_make_flushable(const struct channel *channel);

/*
 * Closes the channel over the air, without waiting: the descriptor gets POLLHUP when the
 * peer's disconnect response has come, or cannot come any more; then
 * channel_disconnect_result() says which. Measured: shutdown(SHUT_WR) sends the
 * disconnect request just as SHUT_RDWR does, but leaves POLLHUP to the response. In ERTM
 * it waits in the kernel for unacknowledged frames: see that there are none (trap T11).
 * The kernel gives up after SO_SNDTIMEO, 40 s by default or what connecting was allowed:
 * behind the data of many channels, for which a link has one queue, that comes too soon,
 * and not before LIMIT_MS; 0: as it is.
 * 0, -ECONNRESET when the peer had closed first, or -errno of a link that was lost. What
 * was received before can still be read.
 */
int channel_start_disconnect(struct channel *channel, int64_t limit_ms);

/* 0 means that the response came: over a link that delivers in order, everything sent
 * before was taken (trap T9). Otherwise -errno of the link. */
int channel_disconnect_result(struct channel *channel);

/* Gives the descriptor back, without waiting for the peer's response. Harmless on a
 * channel that is closed. */
void channel_close(struct channel *channel);

/* The longest SDU that can be sent at all (trap T5). */
size_t channel_most_sdu(const struct channel *channel);

/*
 * Whether the peer of an enhanced channel has changed its MTU since this was looked at:
 * it may raise it at any time (Core 5.4, 3.A.4.27), and the kernel, which answers by
 * itself, reports it to no program. The new one is the outgoing MTU from then on. Shown
 * by "a peer that raises its MTU" in the laboratory.
 */
bool channel_look_for_new_mtu(struct channel *channel);

/* Bytes of send buffer that an SDU of LENGTH takes at most, over an adapter with
 * ACL_PAYLOAD bytes a packet. */
size_t channel_send_memory(size_t length, size_t acl_payload);

#endif
