#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# An input that takes too much memory or time does not pass a replay of it.

set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
hog=${top_builddir:?}/tests/fuzz/hog
bad=0

# check INPUT SUCCESS: what comes of it, with little memory and a second.
check() {
	printf '%s' "$1" >"$scratch/input"
	is_good=no
	# Options of libFuzzer; without it they are the names of no files.
	if "$hog" --help 2>/dev/null | grep -q libFuzzer; then
		set -- "$1" "$2" -rss_limit_mb=512 -malloc_limit_mb=256 -timeout=1
	else
		set -- "$1" "$2"
	fi
	expected=$2 input=$1
	shift 2
	if (cd "$scratch" && LSCOW_REPLAY_SECONDS=1 "$hog" "$@" input) >"$scratch/log" 2>&1; then
		is_good=yes
	fi
	[ "$is_good" = "$expected" ] && return
	echo "an input '$input' passes: $is_good, expected $expected" >&2
	cat "$scratch/log" >&2
	bad=1
}

check little yes
check m no
check t no
exit "$bad"
