/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* Exit codes, and messages for people on standard error. */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "escape.h"
#include "message.h"

/* Room for a message of the library and for what is put around it. */
enum { MESSAGE_BYTES = LSCOW_MESSAGE_BYTES + 512 };

/* Composed first: standard error has no buffer, and a line must not be torn. */
static void print_line(const char *text, const char *hint)
{
	char *line = NULL;
	size_t length = 0;
	FILE *stream = open_memstream(&line, &length);

	if (!stream) {
		fputs("lscow: out of memory\n", stderr);
		return;
	}
	fputs("lscow: ", stream);
	escape_write_message(stream, text);
	fputs(hint, stream);
	fputc('\n', stream);
	if (fclose(stream) == 0)
		fwrite(line, 1, length, stderr);
	free(line);
}

int message_error(int code, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	print_line(text, "");
	return code;
}

int message_usage(const char *command, const char *format, ...)
{
	char text[MESSAGE_BYTES];
	char hint[64];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	snprintf(hint, sizeof(hint), " (try 'lscow %s%s--help')",
		 command ? command : "", command ? " " : "");
	print_line(text, hint);
	return EXIT_USAGE;
}

int message_library(const struct lscow_error *err)
{
	return message_error(-err->code, "%s", err->message);
}

int message_no_memory(void)
{
	return message_error(EXIT_FAILED, "out of memory");
}
