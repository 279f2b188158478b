// SPDX-License-Identifier: GPL-2.0-or-later
// SPDX-FileCopyrightText: 2026 the l2server and l2client authors
#include "report/signal_name.h"

#include <signal.h>
#include <stddef.h>

#define NAME(signal) [signal] = #signal

static const char *const names[] = {
	NAME(SIGHUP),	 NAME(SIGINT),	 NAME(SIGQUIT), NAME(SIGILL),  NAME(SIGTRAP),
	NAME(SIGABRT),	 NAME(SIGBUS),	 NAME(SIGFPE),	NAME(SIGKILL), NAME(SIGUSR1),
	NAME(SIGSEGV),	 NAME(SIGUSR2),	 NAME(SIGPIPE), NAME(SIGALRM), NAME(SIGTERM),
	NAME(SIGCHLD),	 NAME(SIGCONT),	 NAME(SIGSTOP), NAME(SIGTSTP), NAME(SIGTTIN),
	NAME(SIGTTOU),	 NAME(SIGURG),	 NAME(SIGXCPU), NAME(SIGXFSZ), NAME(SIGVTALRM),
	NAME(SIGPROF),	 NAME(SIGWINCH), NAME(SIGPOLL), NAME(SIGPWR),  NAME(SIGSYS),
#ifdef SIGSTKFLT /* not on every processor */
	NAME(SIGSTKFLT),
#endif
};

const char *signal_name(int signal)
{
	if (signal < 0 || (size_t)signal >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[signal];
}
