/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: 2026 the l2server and l2client authors */
/* What the user asked of an L2CAP channel: a plain struct with its defaults. */
#ifndef L2_CHANNEL_CONFIG_H
#define L2_CHANNEL_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

enum {
	DEFAULT_PSM = 0x1001,
	DEFAULT_LE_PSM = 0x0080,	 /* the first that is not assigned to a service */
	DEFAULT_MTU = L2CAP_DEFAULT_MTU, /* 672 */
	/* Trap T17: with an MTU near the size of a packet, credits come for one SDU at a
	 * time. Measured in kB/s on 6.12 and 6.1, on a busy machine: 430 and 325 at 672,
	 * 1,000 and 730 at this. A peer that has less room says so, and gets less. */
	DEFAULT_LE_MTU = 65535,
	SMALLEST_MTU = 48,	 /* Core Specification, Vol 3, Part A, 5.1 */
	SMALLEST_LE_MTU = 23,	 /* 4.22 */
	SMALLEST_ECRED_MTU = 64, /* 4.25 */
	LARGEST_MTU = 65535,
	/* Frames of ERTM; more needs an extension that Linux does not announce. */
	LARGEST_TX_WINDOW = 63, /* as in L2CAP_OPTIONS of a new socket */
	DEFAULT_MAX_TRANSMIT = 3,
	LARGEST_MAX_TRANSMIT = 255,
	/* Trap T5: a basic-mode SDU above this wraps the receiving kernel's 16-bit
	 * length when the 4-byte header is added, and vanishes. */
	LARGEST_BASIC_SDU = 65531,
};

/* L2CAP modes to ask for. The values above auto are the kernel's own (those of LE are not
 * in libbluetooth's header). */
enum channel_mode {
	MODE_AUTO = -1, /* ask for ERTM, take basic (trap T10) */
	MODE_BASIC = L2CAP_MODE_BASIC,
	MODE_ERTM = L2CAP_MODE_ERTM,
	MODE_STREAMING = L2CAP_MODE_STREAMING,
	MODE_LE = 0x80,	   /* LE credit-based flow control: auto over LE */
	MODE_ECRED = 0x81, /* enhanced credit-based flow control */
};

struct channel_config {
	bdaddr_t adapter;     /* local address; BDADDR_ANY: the kernel chooses */
	uint8_t address_type; /* BDADDR_BREDR; of the peer: BDADDR_LE_PUBLIC or
			       * BDADDR_LE_RANDOM */
	uint16_t psm;	      /* l2server: 0 lets the kernel pick one */
	uint16_t mtu;	      /* incoming MTU to offer, bytes */
	uint8_t security; /* BT_SECURITY_...: what the link must reach, 0: not asked */
	enum channel_mode mode;
	uint8_t tx_window; /* ERTM: frames that the peer may send before it must wait for
			    * an acknowledgement, 1 to 63 */
	uint8_t max_transmit; /* ERTM: how often to try a frame, 0: unlimited */
	bool central;	      /* ask to be central on a link that a peer makes */
	bool without_fcs;     /* ERTM and streaming: no frame check sequence, if the peer
			       * asks for that, too */
	bool sends; /* this end does: a client that only receives does not know that it
		     * was sent away, and takes that for the end */
	/* l2server over LE: a channel opens when its client asks, and not when it is
	 * authorised (trap T2). Always so in MODE_ECRED: letting a deferred client of
	 * that mode in walks the link's channels unlocked in kernels of before 2026 (trap
	 * T18). */
	bool lets_in_at_once;
	int arrivals_signal; /* with that, the signal that the kernel sends for a client
			      * that comes, and for one that goes before it is accepted;
			      * 0: none */
};

/* Whether the channel is to be over LE. */
bool channel_is_le(const struct channel_config *config);

/* "public" or "random", of LE: 0, or -EINVAL. */
int channel_address_type_parse(const char *name, uint8_t *type);

/* "low", "medium", ... as BlueZ calls LEVEL, or NULL. */
const char *security_level_name(int level);

/* The level called NAME, from low on: 0, or -EINVAL. */
int security_level_parse(const char *name, uint8_t *level);

/* The name that --mode takes and the summary prints, "unknown" for other numbers. */
const char *channel_mode_name(int mode);

/* Whether the frames of MODE are numbered, as those of ERTM and streaming are. */
bool channel_mode_is_numbered(int mode);

/* Whether in MODE the peer stops sending before this end's buffer is full: otherwise
 * Linux drops what finds it so (trap T3). With it the drop counter moves without a loss.
 */
bool channel_mode_has_flow_control(int mode);

/* The mode called NAME: 0, or -EINVAL. */
int channel_mode_parse(const char *name, enum channel_mode *mode);

#endif
