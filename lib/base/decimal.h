/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Decimal numbers in text: digits only, checked for overflow. */

#ifndef LSCOW_BASE_DECIMAL_H
#define LSCOW_BASE_DECIMAL_H

#include "base/units.h"

/* Reads the digits at *text and moves behind them; false where there are none or too many. */
static inline bool lscow_take_decimal(const char **text, uint64_t *number)
{
	const char *next = *text;
	uint64_t value = 0;

	for (; *next >= '0' && *next <= '9'; next++)
		if (!lscow_multiply_u64(value, 10, &value) ||
		    !lscow_add_u64(value, (uint64_t)(*next - '0'), &value))
			return false;
	if (next == *text)
		return false;
	*text = next;
	*number = value;
	return true;
}

/* The same for a text that is a number and nothing else. */
static inline bool lscow_parse_decimal(const char *text, uint64_t *number)
{
	return lscow_take_decimal(&text, number) && *text == '\0';
}

#endif
