/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Copyright the lscow authors */
/* The version, as configure knows it. */

#include "lscow.h"

const char *lscow_version(void)
{
	return PACKAGE_VERSION;
}
