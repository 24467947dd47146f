#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Checks that lscow.h, lib/lscow.map, the built library and the Debian package
# name the same functions.

set -eu
top_srcdir=${top_srcdir:-$(dirname "$0")/..}
library=${top_builddir:-.}/.libs/liblscow.so
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if [ ! -e "$library" ]; then
	echo 'skipped: the shared library was not built'
	exit 77
fi

sed 's/^typedef .*//' "$top_srcdir/include/lscow.h" |
	grep -oE '\blscow_[a-z0-9_]+\(' | grep -vxF 'lscow_feed_format_name()' |
	tr -d '(' | sort -u >"$scratch/header"
grep -oE '^[[:space:]]+lscow_[a-z0-9_]+;' "$top_srcdir/lib/lscow.map" |
	tr -d '\t ;' | sort >"$scratch/map"
nm -D --defined-only "$library" | awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' |
	sort >"$scratch/library"

diff -u --label lscow.h "$scratch/header" --label lscow.map "$scratch/map"
diff -u --label lscow.map "$scratch/map" --label liblscow.so "$scratch/library"
sed -n 's/^ \(lscow_.*\)@LSCOW_0 .*/\1/p' "$top_srcdir/debian/liblscow0.symbols" |
	sort | diff -u --label lscow.map "$scratch/map" --label liblscow0.symbols -
