/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Sizes and times, short, for people. */

#include <inttypes.h>
#include <stdio.h>

#include "human.h"

const char *human_size(uint64_t bytes, char text[HUMAN_BYTES])
{
	static const char units[] = "\0KMGTPE"; /* none for bytes */
	unsigned int unit = 0;
	uint64_t whole = bytes;
	uint64_t rest = 0;

	while (whole >= 1024) {
		rest = whole % 1024;
		whole /= 1024;
		unit++;
	}
	if (whole < 10 && rest * 10 / 1024 != 0)
		snprintf(text, HUMAN_BYTES, "%" PRIu64 ".%" PRIu64 "%.1s", whole,
			 rest * 10 / 1024, &units[unit]);
	else
		snprintf(text, HUMAN_BYTES, "%" PRIu64 "%.1s", whole,
			 &units[unit]);
	return text;
}

const char *human_age(uint64_t seconds, char text[HUMAN_BYTES])
{
	uint64_t minutes = seconds / 60;
	uint64_t hours = minutes / 60;

	if (minutes == 0)
		snprintf(text, HUMAN_BYTES, "%" PRIu64 "s", seconds);
	else if (hours == 0)
		snprintf(text, HUMAN_BYTES, "%" PRIu64 "m", minutes);
	else if (hours < 24)
		snprintf(text, HUMAN_BYTES, "%" PRIu64 "h %" PRIu64 "m", hours, minutes % 60);
	else
		snprintf(text, HUMAN_BYTES, "%" PRIu64 "d %" PRIu64 "h", hours / 24, hours % 24);
	return text;
}
