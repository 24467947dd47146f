/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The program: finds the command and runs it. */

#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "command.h"
#include "lscow.h"
#include "message.h"
#include "out.h"

static const struct command commands[] = {
	{ "files", "list the changed files", cmd_files },
	{ "chunks", "list the changed byte ranges of the device", cmd_chunks },
	{ "owner", "tell which files own these blocks", cmd_owner },
	{ "status", "list the snapshots on this machine", cmd_status },
};

enum { NR_COMMANDS = sizeof(commands) / sizeof(commands[0]) };

static int print_version(void)
{
	char text[64];

	snprintf(text, sizeof(text), "lscow %s\n", lscow_version());
	return out_print_text(text);
}

static int print_help(void)
{
	struct out out;
	int code = out_open(&out);

	if (code != EXIT_DONE)
		return code;
	fputs("Usage: lscow COMMAND [OPTION]...\n"
	      "List the files that changed since a copy-on-write snapshot, from the\n"
	      "changed blocks.\n"
	      "\n"
	      "Commands:\n", out.stream);
	for (int i = 0; i < NR_COMMANDS; i++)
		fprintf(out.stream, "  %-10s %s\n", commands[i].name,
			commands[i].summary);
	fputs("\n"
	      "  -h, --help     print this help, or after a command the command's\n"
	      "  -V, --version  print the version\n"
	      "\n"
	      "More: man lscow\n", out.stream);
	return out_print(&out);
}

static int run_command(int argc, char **argv)
{
	const char *name = argv[0];

	for (int i = 0; i < NR_COMMANDS; i++)
		if (strcmp(name, commands[i].name) == 0)
			return commands[i].run(argc, argv);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return print_help();
	if (strcmp(name, "--version") == 0 || strcmp(name, "-V") == 0)
		return print_version();
	return message_usage(NULL, "unknown %s '%s'",
			     name[0] == '-' ? "option" : "command", name);
}

int main(int argc, char **argv)
{
	/* A reader that goes away is a failed write, which has a message. */
	signal(SIGPIPE, SIG_IGN);
	if (argc < 2)
		return message_usage(NULL, "no command given");
	return run_command(argc - 1, argv + 1);
}
