// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "report/explain_error.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>

struct row {
	enum failed_step step;
	int error; /* 0: any other error of this step, which ends the step's rows */
	struct explanation explanation;
};

#define LOCAL	      STATUS_LOCAL_FAILURE
#define NO_CONNECTION STATUS_NO_CONNECTION
#define LOST	      STATUS_CONNECTION_LOST

#define HINT_SILENT                                                                      \
	"the peer is reachable but does not answer, or is too far away, or busy with "   \
	"another client, or pairing waits for an answer ('bluetoothctl agent on'): try " \
	"again with --retry=COUNT or a longer --connect-timeout"
#define HINT_UNHEARD                                                                     \
	"the peer does not advertise, is out of range, or its address is of the other "  \
	"type: there 'l2server --le --advertise', here '--le=random' for a random one"
#define HINT_PAIRING                                                                     \
	"'btmgmt info' shows whether LE is on and the adapter 'bondable'; where "        \
	"pairing asks questions, an agent must answer them: 'bluetoothctl agent on'"
#define HINT_SILENT_LE                                                                   \
	"the peer waits for a pairing that no agent answers ('bluetoothctl agent on' "   \
	"at both ends), or the program there is stopped"
/* The reset is what the server usually sees of it. */
#define HINT_LE_LIMIT                                                                    \
	"over LE, Linux ends a channel 40 s after l2server has accepted it, unless "     \
	"l2server runs with --no-defer"
/* Trap T21 */
#define HINT_BLUETOOTHD                                                                  \
	"bluetoothd ends links to unpaired devices 30 s after a discovery: "             \
	"'bluetoothctl pair {peer|BDADDR}', or no discovery meanwhile"
#define HINT_PAIR_AGAIN                                                                  \
	"authentication failed: pair again with 'bluetoothctl remove {peer|BDADDR}', "   \
	"then 'bluetoothctl pair {peer|BDADDR}'"
#define HINT_NO_BLUETOOTH                                                                \
	"as root 'modprobe bluetooth'; a container or network namespace has none, use "  \
	"the host's network there"
#define HINT_NO_ADAPTER                                                                  \
	"adapters that are there: {adapters|none, plug one in; 'dmesg' shows what the "  \
	"kernel made of it}"
#define HINT_DOWN                                                                        \
	"as root 'btmgmt --index {index|N} power on', or 'bluetoothctl power on'"
#define HINT_POWER_CYCLE                                                                 \
	"switch it off and on, which ends its links: as root 'btmgmt --index {index|N} " \
	"power off' and 'btmgmt --index {index|N} power on'"
#define HINT_PRIVILEGE                                                                   \
	"run as root, or grant it, as root, with 'setcap {capabilities}+ep {file}'"

/* The errnos of a connection come from HCI status codes (bt_to_errno() in the
 * kernel) and from L2CAP: all refusals there are ECONNREFUSED. */
static const struct row rows[] = {
	{STEP_SOCKET, EAFNOSUPPORT, {LOCAL, NULL, HINT_NO_BLUETOOTH}},
	{STEP_SOCKET, EPROTONOSUPPORT, {LOCAL, NULL, HINT_NO_BLUETOOTH}},
	{STEP_SOCKET,
	 EPERM,
	 {LOCAL, NULL, "the signalling channel needs CAP_NET_RAW: " HINT_PRIVILEGE}},
	{STEP_SOCKET, 0, {LOCAL, NULL, NULL}},

	{STEP_ADAPTER, EAFNOSUPPORT, {LOCAL, NULL, HINT_NO_BLUETOOTH}},
	{STEP_ADAPTER, ENODEV, {LOCAL, "No such adapter", HINT_NO_ADAPTER}},
	{STEP_ADAPTER, ENETDOWN, {LOCAL, "The adapter is down", HINT_DOWN}},
	{STEP_ADAPTER,
	 ERFKILL,
	 {LOCAL, "The adapter is blocked",
	  "as root 'rfkill unblock bluetooth'; what 'rfkill list' calls hard "
	  "blocked is off by a switch or key of the machine"}},
	{STEP_ADAPTER, 0, {LOCAL, NULL, NULL}},

	{STEP_PAGE_SCAN,
	 0,
	 {LOCAL, "Its page scan is off",
	  "as root 'btmgmt --index {index|N} connectable on', or 'bluetoothctl "
	  "discoverable on'"}},

	{STEP_ADVERTISE,
	 EPERM,
	 {LOCAL, NULL,
	  "it changes the adapter for all programs, which needs CAP_NET_ADMIN: " HINT_PRIVILEGE}},
	{STEP_ADVERTISE,
	 EOPNOTSUPP,
	 {LOCAL, "LE is off, or the controller has none",
	  "as root 'btmgmt --index {index|N} le on'; 'btmgmt info' shows what it can do"}},
	{STEP_ADVERTISE,
	 EREMOTEIO,
	 {LOCAL, "The controller refuses",
	  "'btmon' shows what it answers; another --adapter may do it"}},
	{STEP_ADVERTISE,
	 EBUSY,
	 {LOCAL, "It cannot advertise more at this time",
	  "'btmgmt --index {index|N} advinfo' shows what others let it advertise, "
	  "'btmgmt --index {index|N} clr-adv' ends that; some do not advertise while "
	  "they have an LE link"}},
	{STEP_ADVERTISE, 0, {LOCAL, NULL, "watch what the adapter does with 'btmon'"}},

	{STEP_OPTIONS,
	 EINVAL,
	 {LOCAL, "The kernel does not offer this mode",
	  "as root 'echo N >/sys/module/bluetooth/parameters/disable_ertm', or use "
	  "--mode=basic"}},
	{STEP_OPTIONS,
	 ENOPROTOOPT,
	 {LOCAL, "The kernel has enhanced channels switched off",
	  "as root 'echo Y >/sys/module/bluetooth/parameters/enable_ecred', or "
	  "leave out --mode=ecred"}},
	{STEP_OPTIONS, 0, {LOCAL, NULL, NULL}},

	{STEP_BIND,
	 EACCES,
	 {LOCAL, NULL,
	  "a PSM below 0x1001 (over LE below 0x0080) needs CAP_NET_BIND_SERVICE: "
	  "use a higher one, or " HINT_PRIVILEGE}},
	{STEP_BIND,
	 EADDRINUSE,
	 {LOCAL, NULL,
	  "another program listens on this PSM: end it, choose another --psm, or "
	  "--psm=0 for a free one"}},
	{STEP_BIND, EADDRNOTAVAIL, {LOCAL, NULL, HINT_NO_ADAPTER}},
	{STEP_BIND, ENODEV, {LOCAL, NULL, HINT_NO_ADAPTER}},
	{STEP_BIND, 0, {LOCAL, NULL, NULL}},

	{STEP_LISTEN,
	 EADDRINUSE,
	 {LOCAL, NULL,
	  "another program listens on this PSM: end it, choose another --psm, or "
	  "--psm=0 for a free one"}},
	{STEP_LISTEN, 0, {LOCAL, NULL, NULL}},

	{STEP_ACCEPT, 0, {LOCAL, NULL, NULL}},

	{STEP_CONNECT, EHOSTUNREACH, {LOCAL, "No adapter is up", HINT_DOWN}},
	{STEP_CONNECT, ENETDOWN, {LOCAL, NULL, HINT_DOWN}},
	{STEP_CONNECT, ENODEV, {LOCAL, NULL, HINT_NO_ADAPTER}},
	{STEP_CONNECT, EAFNOSUPPORT, {LOCAL, NULL, HINT_NO_BLUETOOTH}},
	{STEP_CONNECT, EPERM, {LOCAL, NULL, "this needs more privilege: run as root"}},
	{STEP_CONNECT,
	 EHOSTDOWN,
	 {NO_CONNECTION, NULL,
	  "the peer is off, out of range, or its page scan is off: there, "
	  "'bluetoothctl discoverable on' or 'btmgmt connectable on'"}},
	{STEP_CONNECT,
	 ECONNREFUSED,
	 {NO_CONNECTION, NULL,
	  "no program listens on this PSM there, or the server already has its one "
	  "client, or its security, mode or MTU rules refused: start 'l2server "
	  "--psm={psm|PSM}' on the peer"}},
	{STEP_CONNECT_LE,
	 ECONNREFUSED,
	 {NO_CONNECTION, NULL,
	  "no program listens on this PSM there, or the server already has its one "
	  "client, or wants another --mode, or its security or MTU rules refused, "
	  "or LE is off on this adapter: start 'l2server --le --psm={psm|PSM}' on "
	  "the peer, and check this end with 'l2client --le --check'"}},
	/* A server that wants a level may be asked before the key of the pairing is in
	 * use. Linux then asks for a better key, in vain. Shown by "where the server
	 * asks for a level" in tests/interop/bluetoothd.bats. */
	{STEP_CONNECT_LE,
	 EACCES,
	 {NO_CONNECTION, NULL,
	  HINT_PAIR_AGAIN "; where only the server asks for a level, use --security "
			  "here, too: it waits for the key"}},
	{STEP_CONNECT_LE, ETIMEDOUT, {NO_CONNECTION, NULL, HINT_UNHEARD}},
	{STEP_CONNECT_LE_IN_TIME, 0, {STATUS_TIMEOUT, NULL, HINT_UNHEARD}},
	{STEP_CONNECT,
	 ECONNRESET,
	 {NO_CONNECTION, NULL,
	  "the peer closed while the channel was being configured: see its own "
	  "messages, then try again"}},
	{STEP_CONNECT,
	 EPROTO,
	 {NO_CONNECTION, "The peer hung up while the channel was being configured",
	  "it may want another --mode: see its own messages"}},
	{STEP_CONNECT,
	 ECONNABORTED,
	 {NO_CONNECTION, NULL,
	  "the link was ended from this side, perhaps because the adapter went "
	  "down: check with 'btmgmt info'"}},
	{STEP_CONNECT, EACCES, {NO_CONNECTION, NULL, HINT_PAIR_AGAIN}},
	{STEP_CONNECT,
	 EBADE,
	 {NO_CONNECTION, "One end has lost the key of the pairing",
	  "pair again: 'bluetoothctl remove {peer|BDADDR}' at both ends, then "
	  "'bluetoothctl pair {peer|BDADDR}'"}},
	{STEP_CONNECT,
	 EMSGSIZE,
	 {NO_CONNECTION, NULL, "the two MTUs do not go together: choose another --mtu"}},
	{STEP_CONNECT, ETIMEDOUT, {NO_CONNECTION, NULL, HINT_SILENT}},
	{STEP_CONNECT_IN_TIME, 0, {STATUS_TIMEOUT, NULL, HINT_SILENT}},
	{STEP_CONNECT,
	 EAGAIN,
	 {NO_CONNECTION, "This machine was too busy to configure the channel in time",
	  "the peer sees a channel that closes at once, and may try again"}},
	{STEP_CONNECT,
	 EBUSY,
	 {NO_CONNECTION, NULL, "the adapter is busy connecting: try --retry=COUNT"}},
	{STEP_CONNECT,
	 0,
	 {NO_CONNECTION, NULL, "watch what happens on the air with 'btmon'"}},

	{STEP_MODE,
	 0,
	 {NO_CONNECTION, "The peer did not agree to the mode",
	  "ask for the same --mode at both ends, or --mode=auto"}},

	{STEP_SECURITY,
	 EACCES,
	 {NO_CONNECTION, "The link is less secure than was asked for",
	  "the pairing of the two does not allow for more: 'bluetoothctl remove "
	  "{peer|BDADDR}', then pair with an agent that compares numbers "
	  "('bluetoothctl agent on')"}},
	{STEP_SECURITY,
	 ETIMEDOUT,
	 {NO_CONNECTION, "Pairing did not complete", HINT_PAIRING}},
	{STEP_SECURITY_IN_TIME,
	 0,
	 {STATUS_TIMEOUT, "Pairing did not complete", HINT_PAIRING}},
	{STEP_SECURITY, 0, {NO_CONNECTION, NULL, NULL}},
	{STEP_OPEN_LE,
	 0,
	 {NO_CONNECTION, "The link is up, the channel is not", HINT_SILENT_LE}},
	{STEP_OPEN_LE_IN_TIME,
	 0,
	 {STATUS_TIMEOUT, "The link is up, the channel is not", HINT_SILENT_LE}},

	{STEP_LINK,
	 ENOTCONN,
	 {NO_CONNECTION, "The link is down",
	  "'btmgmt con' lists the links that there are: they go down when no "
	  "program uses them"}},
	{STEP_LINK, ENODEV, {LOCAL, "No such adapter", HINT_NO_ADAPTER}},
	{STEP_LINK, 0, {LOCAL, NULL, NULL}},

	{STEP_FLUSH_TIMEOUT,
	 EPERM,
	 {LOCAL, NULL,
	  "it changes the link for all programs, which needs CAP_NET_RAW: " HINT_PRIVILEGE}},
	{STEP_FLUSH_TIMEOUT,
	 EREMOTEIO,
	 {LOCAL, "The controller refuses",
	  "not every controller can do this: use another --adapter, or go without "
	  "--flush-timeout; 'btmon' shows what it answers"}},
	{STEP_FLUSH_TIMEOUT,
	 EBADMSG,
	 {LOCAL, "The controller has another value than it was given",
	  "use another --adapter, or go without --flush-timeout; 'btmon' shows "
	  "what it answers"}},
	{STEP_FLUSH_TIMEOUT,
	 ETIMEDOUT,
	 {LOCAL, "The controller does not answer", HINT_POWER_CYCLE}},
	{STEP_FLUSH_TIMEOUT,
	 ENOTCONN,
	 {LOST, "The link is gone",
	  "the peer or the adapter went away meanwhile: 'btmgmt con' lists the "
	  "links that there are"}},
	{STEP_FLUSH_TIMEOUT, ENETDOWN, {LOCAL, "The adapter is down", HINT_DOWN}},
	{STEP_FLUSH_TIMEOUT, EPIPE, {LOCAL, "The adapter is gone", HINT_NO_ADAPTER}},
	{STEP_FLUSH_TIMEOUT_IN_TIME,
	 0,
	 {STATUS_TIMEOUT, "The controller does not answer",
	  HINT_POWER_CYCLE "; or wait longer with --idle-timeout"}},
	{STEP_FLUSH_TIMEOUT, ENODEV, {LOCAL, NULL, HINT_NO_ADAPTER}},
	{STEP_FLUSH_TIMEOUT,
	 0,
	 {LOCAL, NULL, "watch what the adapter does with 'btmon'"}},

	{STEP_SEND,
	 EINVAL,
	 {LOCAL, "Linux sends no empty SDUs in this mode",
	  "over BR/EDR use --mode=basic, or --mode=auto, which uses that for an "
	  "empty MESSAGE; over LE there is no such mode"}},
	{STEP_SEND,
	 EMSGSIZE,
	 {LOCAL, "The SDU is larger than can be sent",
	  "send less at once, or offer a larger --mtu at the peer, up to 65535 "
	  "(65531 in basic mode)"}},
	{STEP_SEND,
	 ENOBUFS,
	 {LOCAL, "The SDU does not fit the kernel's send buffer",
	  "use a smaller --sdu-size, or raise the limit with 'sysctl "
	  "net.core.wmem_max=4194304'"}},
	{STEP_SEND, 0, {LOST, NULL, NULL}},

	{STEP_CHANNEL,
	 ECONNABORTED,
	 {LOST, NULL,
	  "the link was ended from this side: check with 'btmgmt info' whether the "
	  "adapter is still up; " HINT_BLUETOOTHD}},
	{STEP_CHANNEL,
	 ECONNRESET,
	 {LOST, NULL,
	  "the peer closed, or its adapter was switched off; " HINT_BLUETOOTHD
	  "; " HINT_LE_LIMIT}},
	{STEP_CHANNEL,
	 ETIMEDOUT,
	 {LOST, NULL,
	  "the peer went out of range, or was switched off; over LE, Linux gives a link up "
	  "after 0.42 s without a packet: as root 'echo 500 >/sys/kernel/debug/bluetooth/"
	  "hci{index|N}/supervision_timeout' makes it 5 s for the "
	  "peers that this end connects to for the first time"}},
	{STEP_CHANNEL,
	 ENOLINK,
	 {LOST, "The link is gone",
	  "the peer went out of range, or one of the two adapters was switched off: "
	  "'btmgmt info' shows this one; or the peer broke a rule: 'dmesg' shows it; " HINT_LE_LIMIT}},
	{STEP_CHANNEL,
	 EACCES,
	 {LOST, NULL,
	  "pairing failed: pair again with 'bluetoothctl remove {peer|BDADDR}' at "
	  "both ends, then 'bluetoothctl pair {peer|BDADDR}'"}},
	{STEP_CHANNEL,
	 ECONNREFUSED,
	 {LOST, NULL,
	  HINT_LE_LIMIT "; it also ends a channel whose encryption was switched off"}},
	{STEP_CHANNEL,
	 EOVERFLOW,
	 {LOST, "The link went away while the receive buffer was full",
	  "reading it then would crash the kernel, so what it held is lost: make "
	  "sure that the output is read, or use --mode=basic"}},
	{STEP_CHANNEL, 0, {LOST, NULL, "watch what happens on the air with 'btmon'"}},

	{STEP_DISCONNECT,
	 ECONNRESET,
	 {LOST, "The peer closed first",
	  "everything had been handed over, but whether the peer has read it is "
	  "not known"}},
	{STEP_DISCONNECT,
	 ETIMEDOUT,
	 {LOST, "The peer does not answer any more",
	  "it went out of range, or was switched off: what had been handed over "
	  "may not have arrived"}},
	{STEP_DISCONNECT,
	 0,
	 {LOST, NULL, "what had been handed over may not have arrived"}},

	{STEP_INPUT, 0, {LOCAL, NULL, NULL}},
	{STEP_OUTPUT,
	 EPIPE,
	 {LOCAL, NULL, "the program that reads the output has ended"}},
	{STEP_OUTPUT, ENOSPC, {LOCAL, NULL, "make room there, or write elsewhere"}},
	{STEP_OUTPUT,
	 ETIMEDOUT,
	 {STATUS_TIMEOUT, "No program has opened this pipe for reading",
	  "start its reader first, or wait longer with --idle-timeout"}},
	{STEP_OUTPUT, 0, {LOCAL, NULL, NULL}},
	{STEP_PRIVILEGES, 0, {LOCAL, NULL, NULL}},
	{STEP_COMMAND,
	 EAGAIN,
	 {LOCAL, "No more processes may be started",
	  "raise the limit ('ulimit -u'), or accept fewer clients at once with "
	  "--max-clients"}},
	{STEP_COMMAND, 0, {LOCAL, NULL, NULL}},
	{STEP_MEMORY, 0, {LOCAL, NULL, NULL}},
};

static bool find(enum failed_step step, int error, struct explanation *explanation)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (rows[i].step == step &&
		    (rows[i].error == 0 || rows[i].error == abs(error))) {
			*explanation = rows[i].explanation;
			return true;
		}
	}
	return false;
}

struct explanation explain_error(enum failed_step step, int error)
{
	struct explanation explanation;

	/* The rows that are not only about LE are among the others. */
	if (find(step, error, &explanation) ||
	    (step == STEP_CONNECT_LE && find(STEP_CONNECT, error, &explanation)))
		return explanation;
	return (struct explanation){.status = LOCAL};
}
