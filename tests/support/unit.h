/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* What every unit test needs: assertions on errors, and the main function. */

#ifndef LSCOW_TESTS_UNIT_H
#define LSCOW_TESTS_UNIT_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "lscow.h"

#define UNIT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* That ret and err are this failure. label says which row of a table it was. */
#define unit_assert_error(label, ret, err, expected_code, expected_message)       \
	do {                                                                       \
		int unit_ret = (ret);                                              \
		ck_assert_msg(unit_ret == (expected_code), "%s: code %d, expected %d", \
			      (label), unit_ret, (expected_code));                 \
		ck_assert_msg((err)->code == (expected_code),                      \
			      "%s: code %d in the error, expected %d", (label),    \
			      (err)->code, (expected_code));                       \
		ck_assert_msg(!strcmp((err)->message, (expected_message)),         \
			      "%s: message\n  %s\nexpected\n  %s", (label),         \
			      (err)->message, (expected_message));                 \
	} while (0)

/* That ret is success; shows the message where it is not. */
#define unit_assert_ok(label, ret, err)                                            \
	do {                                                                       \
		int unit_ret = (ret);                                              \
		ck_assert_msg(unit_ret == 0, "%s: code %d: %s", (label), unit_ret,  \
			      (err)->message);                                     \
	} while (0)

/* Runs the suite; what main() returns. */
static inline int unit_run(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int nr_failed;

	srunner_run_all(runner, CK_ENV);
	nr_failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return nr_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

#endif
