/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Signals that end a program, held back until something is put in order again. */

#ifndef LSCOW_SOURCE_HELD_SIGNALS_H
#define LSCOW_SOURCE_HELD_SIGNALS_H

#include <signal.h>

#include "base/error.h"

struct lscow_held_signals {
	sigset_t previous;
	int fd; /* readable, for poll(2), once one of them waits */
};

/*
 * Blocks SIGHUP, SIGINT, SIGQUIT and SIGTERM in this thread, those of them that
 * are neither ignored nor blocked already. No handler is installed: a signal
 * that comes meanwhile takes its usual course at lscow_signals_release().
 */
int lscow_signals_hold(struct lscow_held_signals *held, struct lscow_error *err);
void lscow_signals_release(struct lscow_held_signals *held);

#endif
