/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Output that is composed in memory and printed only when all went well. */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "message.h"
#include "out.h"

int out_open(struct out *out)
{
	*out = (struct out){ 0 };
	out->stream = open_memstream(&out->data, &out->length_bytes);
	return out->stream ? EXIT_DONE : message_no_memory();
}

/* Ends the composing; false where something did not fit in memory. */
static bool end_stream(struct out *out)
{
	bool bad = ferror(out->stream) != 0;

	bad |= fclose(out->stream) != 0;
	out->stream = NULL;
	return !bad;
}

/* Some file systems tell only at the closing that something was not written. */
static int write_all(const char *data, size_t length_bytes)
{
	if (length_bytes == 0)
		return EXIT_DONE;
	if (fwrite(data, 1, length_bytes, stdout) == length_bytes &&
	    fclose(stdout) == 0)
		return EXIT_DONE;
	return message_error(EXIT_FAILED, "cannot write to standard output: %s",
			     strerror(errno));
}

int out_print(struct out *out)
{
	int code = end_stream(out) ? write_all(out->data, out->length_bytes) :
				     message_no_memory();

	out_close(out);
	return code;
}

void out_close(struct out *out)
{
	if (out->stream)
		fclose(out->stream);
	free(out->data);
	*out = (struct out){ 0 };
}

int out_print_text(const char *text)
{
	return write_all(text, strlen(text));
}
