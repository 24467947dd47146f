/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* UTF-8: one character at a time, strictly. */

#include "utf8.h"

/* How the first byte of a character gives its length. */
struct utf8_form {
	uint8_t mask;
	uint8_t lead;
	size_t length;
	uint32_t smallest; /* below it the form is overlong */
};

static const struct utf8_form forms[] = {
	{ .mask = 0x80, .lead = 0x00, .length = 1, .smallest = 0x1 },
	{ .mask = 0xe0, .lead = 0xc0, .length = 2, .smallest = 0x80 },
	{ .mask = 0xf0, .lead = 0xe0, .length = 3, .smallest = 0x800 },
	{ .mask = 0xf8, .lead = 0xf0, .length = 4, .smallest = 0x10000 },
};

static const struct utf8_form *find_form(uint8_t lead)
{
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if ((lead & forms[i].mask) == forms[i].lead)
			return &forms[i];
	return NULL;
}

size_t utf8_decode(const char *text, uint32_t *code_point)
{
	const uint8_t *bytes = (const uint8_t *)text;
	const struct utf8_form *form = find_form(bytes[0]);
	uint32_t value;

	if (!form)
		return 0;
	value = bytes[0] & (uint8_t)~form->mask;
	for (size_t i = 1; i < form->length; i++) {
		if ((bytes[i] & 0xc0) != 0x80) /* the string's end as well */
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	if (value < form->smallest || value > 0x10ffff ||
	    (value >= 0xd800 && value <= 0xdfff))
		return 0;
	*code_point = value;
	return form->length;
}

bool utf8_is_valid(const char *text)
{
	while (*text) {
		uint32_t code_point;
		size_t length = utf8_decode(text, &code_point);

		if (length == 0)
			return false;
		text += length;
	}
	return true;
}
