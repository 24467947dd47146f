/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Lists of ranges, compared in unit tests; behind support/unit.h. */

#ifndef LSCOW_TESTS_RANGES_H
#define LSCOW_TESTS_RANGES_H

#include <check.h>
#include <inttypes.h>

#include "lscow.h"

/* That these are the ranges expected: most of them, or up to the first without a length. */
static inline void unit_assert_ranges(const char *label, const struct lscow_range *items,
				      size_t nr, const struct lscow_range *expected,
				      size_t most)
{
	size_t nr_expected = 0;

	while (nr_expected < most && expected[nr_expected].length_bytes)
		nr_expected++;
	ck_assert_msg(nr == nr_expected, "%s: %zu ranges, expected %zu", label, nr,
		      nr_expected);
	for (size_t i = 0; i < nr; i++)
		ck_assert_msg(items[i].offset_bytes == expected[i].offset_bytes &&
			      items[i].length_bytes == expected[i].length_bytes,
			      "%s: range %zu is %ju+%ju, expected %ju+%ju", label, i,
			      (uintmax_t)items[i].offset_bytes,
			      (uintmax_t)items[i].length_bytes,
			      (uintmax_t)expected[i].offset_bytes,
			      (uintmax_t)expected[i].length_bytes);
}

#endif
