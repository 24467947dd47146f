/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Signals that end a program, held back until something is put in order again. */

#include "source/held-signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

/* A blocked signal waits even where it is ignored: such a one is left alone. */
static bool is_ignored(int number)
{
	struct sigaction action;

	return sigaction(number, NULL, &action) == 0 && action.sa_handler == SIG_IGN;
}

static void choose_signals(const sigset_t *blocked, sigset_t *chosen)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };

	sigemptyset(chosen);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (!sigismember(blocked, numbers[i]) && !is_ignored(numbers[i]))
			sigaddset(chosen, numbers[i]);
}

int lscow_signals_hold(struct lscow_held_signals *held, struct lscow_error *err)
{
	sigset_t chosen;

	pthread_sigmask(SIG_BLOCK, NULL, &held->previous);
	choose_signals(&held->previous, &chosen);
	held->fd = signalfd(-1, &chosen, SFD_CLOEXEC | SFD_NONBLOCK);
	if (held->fd < 0)
		return lscow_error_set(err, LSCOW_E_FAILED, "cannot wait for signals: %m");
	pthread_sigmask(SIG_BLOCK, &chosen, NULL);
	return 0;
}

void lscow_signals_release(struct lscow_held_signals *held)
{
	close(held->fd);
	pthread_sigmask(SIG_SETMASK, &held->previous, NULL);
}
