#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
#
# What the tests in this folder share; to be sourced after set -eu.

# The test cannot run here: 77 for automake, but a failure under CI, where
# everything must be there.
skip() {
	if [ "${CI:-}" = true ]; then
		fail "$1 (and CI is set)"
	fi
	printf 'SKIP: %s\n' "$1"
	exit 77
}

fail() {
	printf 'FAIL: %s\n' "$1" >&2
	exit 1
}

need_dump_view() {
	[ -n "${LSCOW_DUMP_VIEW:-}" ] || skip 'LSCOW_DUMP_VIEW is not set'
	[ -x "$LSCOW_DUMP_VIEW" ] || skip "no program $LSCOW_DUMP_VIEW"
}

# need_machine BOOT
need_machine() {
	reason=$("$1" --check 2>&1) || skip "${reason#boot: }"
}

make_directory() {
	mktemp -d "${TMPDIR:-/tmp}/lscow-test.XXXXXX"
}

# remove_at_exit FOLDER
remove_at_exit() {
	removed=$1
	trap 'rm -rf "$removed"' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}
