#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# An input that takes too much memory or time does not pass a replay of it.

set -eu
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
hog=${top_builddir:?}/tests/fuzz/hog
bad=0

# check INPUT SUCCESS SECONDS: what comes of it, with little memory and so much time.
check() {
	printf '%s' "$1" >"$scratch/input"
	is_good=no
	# Options of libFuzzer, which replay.c would take for files.
	if "$hog" -help=1 2>&1 | grep -q 'To run fuzzing'; then
		set -- "$1" "$2" "$3" -rss_limit_mb=512 -malloc_limit_mb=256 -timeout="$3"
	fi
	expected=$2 input=$1 seconds=$3
	shift 3
	if (cd "$scratch" && LSCOW_REPLAY_SECONDS=$seconds "$hog" "$@" input) >"$scratch/log" 2>&1; then
		is_good=yes
	fi
	[ "$is_good" = "$expected" ] && return
	echo "an input '$input' passes: $is_good, expected $expected" >&2
	cat "$scratch/log" >&2
	bad=1
}

check little yes 60
check m no 60
check t no 1
exit "$bad"
