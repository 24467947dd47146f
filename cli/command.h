/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The commands of the program. */

#ifndef LSCOW_CLI_COMMAND_H
#define LSCOW_CLI_COMMAND_H

/* One entry of the command table. run gets the command's name as argv[0]. */
struct command {
	const char *name;
	const char *summary;
	int (*run)(int argc, char **argv);
};

/* Each returns the exit code of the program. */
int cmd_files(int argc, char **argv);
int cmd_chunks(int argc, char **argv);
int cmd_owner(int argc, char **argv);
int cmd_status(int argc, char **argv);

#endif
