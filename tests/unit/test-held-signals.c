/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Signals that are held back come late, and none is lost. */

#include "support/unit.h"

#include <poll.h>
#include <signal.h>

#include "source/held-signals.h"
#include "support/temp-dir.h"

static volatile sig_atomic_t nr_caught;
static sigset_t previous;

static void count_signal(int number)
{
	(void)number;
	nr_caught++;
}

static void setup(void)
{
	nr_caught = 0;
	sigprocmask(SIG_BLOCK, NULL, &previous);
}

/* What waits is thrown away: to ignore a signal does that. */
static void teardown(void)
{
	static const int numbers[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1 };

	for (size_t i = 0; i < UNIT_COUNT(numbers); i++)
		signal(numbers[i], SIG_IGN);
	sigprocmask(SIG_SETMASK, &previous, NULL);
	for (size_t i = 0; i < UNIT_COUNT(numbers); i++)
		signal(numbers[i], SIG_DFL);
}

static bool is_waiting(const struct lscow_held_signals *held)
{
	struct pollfd polled = { .fd = held->fd, .events = POLLIN };

	return poll(&polled, 1, 0) == 1;
}

static const struct {
	const char *label;
	int number;
	bool is_held;
} signals[] = {
	{ "hangup", SIGHUP, true },       { "interrupt", SIGINT, true },
	{ "quit", SIGQUIT, true },        { "termination", SIGTERM, true },
	{ "another", SIGUSR1, false },
};

START_TEST(test_signal)
{
	size_t nr_files = temp_dir_count_open_files();
	struct lscow_held_signals held;
	struct lscow_error err;

	signal(signals[_i].number, count_signal);
	unit_assert_ok("hold", lscow_signals_hold(&held, &err), &err);
	ck_assert(!is_waiting(&held));
	raise(signals[_i].number);
	ck_assert_int_eq(nr_caught, !signals[_i].is_held);
	ck_assert_int_eq(is_waiting(&held), signals[_i].is_held);
	lscow_signals_release(&held);
	ck_assert_int_eq(nr_caught, 1);
	ck_assert_uint_eq(temp_dir_count_open_files(), nr_files);
}
END_TEST

/* As under nohup(1). */
START_TEST(test_ignored)
{
	struct lscow_held_signals held;
	struct lscow_error err;

	signal(SIGHUP, SIG_IGN);
	unit_assert_ok("hold", lscow_signals_hold(&held, &err), &err);
	raise(SIGHUP);
	ck_assert(!is_waiting(&held));
	lscow_signals_release(&held);
}
END_TEST

START_TEST(test_blocked_already)
{
	struct lscow_held_signals held;
	struct lscow_error err;
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	signal(SIGTERM, count_signal);
	unit_assert_ok("hold", lscow_signals_hold(&held, &err), &err);
	raise(SIGTERM);
	ck_assert(!is_waiting(&held));
	lscow_signals_release(&held);
	ck_assert_int_eq(nr_caught, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("held-signals");
	TCase *tcase = tcase_create("held-signals");

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, test_signal, 0, (int)UNIT_COUNT(signals));
	tcase_add_test(tcase, test_ignored);
	tcase_add_test(tcase, test_blocked_already);
	suite_add_tcase(suite, tcase);
	return unit_run(suite);
}
