/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A kernel of a few lines, which answers the channel's system calls and notes them; what
 * the real one does is tested in the laboratory.
 */
#ifndef L2_FAKE_KERNEL_H
#define L2_FAKE_KERNEL_H

#include "unit_test.h"

#include <signal.h>
#include <stdbool.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <bluetooth/bluetooth.h>
#include <bluetooth/l2cap.h>

#include "channel/channel.h"

enum { LOG_SIZE = 2048, SYSTEM_LIMIT = 212992 };

/* The kernel, and what it was asked. */
extern struct kernel {
	char log[LOG_SIZE];  /* the calls, each with a blank behind it */
	const char *failing; /* the call that fails, as in the log */
	int error;	     /* with this errno */
	int fails_for;	     /* so many times */

	struct l2cap_options options; /* as set, and as negotiated */
	int refused_mode;	      /* setting it gives EINVAL; -1: none */
	int send_buffer, receive_buffer, buffer_limit;
	bool privileged; /* may exceed buffer_limit */
	bool peer_has_basic_only;
	bool close_waits;
	int socket_error;
	short poll_events;  /* of the connected socket */
	short ppoll_events; /* 0: nothing until the timeout */
	size_t acl_payload;
	uint8_t security_level; /* of the link */
	uint32_t link_mode;	/* HCI_LM_..., likewise */
	bdaddr_t local, peer;
	uint16_t picked_psm;
	ssize_t recv_result;

	int fd; /* that socket() or accept4() gave, last */
	int socket_domain, socket_type, socket_protocol, accept_flags;
	int asked_link_mode; /* L2CAP_LM */
	struct sockaddr_l2 bound, connected;
	int backlog, shutdown_how;
	int signalled, arrivals_signal, flags; /* by fcntl() */
	struct timeval send_timeout_at_connect, send_timeout;
	int receive_buffer_at_recv, receive_buffer_at_connect;
} kernel;

extern const bdaddr_t adapter, far_peer;

extern volatile sig_atomic_t stop;
extern struct interruption interruption; /* by STOP */

/* Before and after each test. */
int reset_kernel(void **state);
int leave_kernel(void **state);

struct channel_config config_with(enum channel_mode mode);

/* Makes KERNEL.fd one that is open, and returns it. */
int new_descriptor(void);
bool is_open(int fd);

/* Whether FIRST was called, and SECOND only after it. */
bool comes_before(const char *first, const char *second);

#define CHANNEL_TEST(function)                                                           \
	cmocka_unit_test_setup_teardown(function, reset_kernel, leave_kernel)

#endif
