#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Stands for the unit tests where configure found no libcheck.

echo 'skipped: the unit tests need libcheck (Debian: check)'
exit 77
