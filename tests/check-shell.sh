#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Checks every script with shellcheck.

set -u
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 1

if ! command -v shellcheck >/dev/null; then
	echo 'skipped: shellcheck is not installed'
	exit 77
fi

sh tests/list-scripts | xargs shellcheck -x -P SCRIPTDIR
