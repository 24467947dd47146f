#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Checks that includes point one way: base <- sandbox <- device <- source <- extfs
# <- diff <- names <- changes, owner <- pipeline.c <- cli.

set -u
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 1

# Prints the includes of the tree in folder $1 that break the order.
list_bad_includes() (
	cd "$1" || exit 1
	find lib cli -name '*.[ch]' -exec \
		grep -nE '^[[:space:]]*#[[:space:]]*include' /dev/null '{}' + |
	awk '
	BEGIN {
		n = split("base sandbox device source extfs diff names changes owner", names)
		for (i = 1; i <= n; i++)
			rank[names[i]] = i
		top["lib/pipeline.c"] = n
	}
	function complain(why) { print file ":" line ": " header ": " why }
	{
		split($0, place, ":")
		file = place[1]; line = place[2]
		split(file, part, "/")
		match($0, /include[ \t]*["<][^">]*[">]/)
		header = substr($0, RSTART, RLENGTH)
		sub(/^include[ \t]*/, "", header)
		quoted = header ~ /^"/
		gsub(/["<>]/, "", header)
		folder = header ~ /\// ? substr(header, 1, index(header, "/") - 1) : ""
	}
	header == "lscow.h" && quoted { next }
	!quoted {
		if (folder in rank || header ~ /^lscow/)
			complain("quotes, not angle brackets")
		next
	}
	part[1] == "cli" {
		if (folder != "" || system("test -e cli/" header) != 0)
			complain("cli may include lscow.h and its own headers only")
		next
	}
	{
		mine = file in top ? top[file] : rank[part[2]]
		if (!mine)
			complain("the file belongs to no layer")
		else if (folder == "")
			complain("a header is included with its folder")
		else if (!(folder in rank))
			complain("no such layer")
		else if (rank[folder] > mine)
			complain(folder " is above " part[2])
	}'
)

# The check itself: it must find each of these in an otherwise good tree.
self_test() {
	scratch=$(mktemp -d) || exit 1
	trap 'rm -rf "$scratch"' EXIT
	mkdir -p "$scratch/lib/base" "$scratch/lib/device" "$scratch/lib/odd" "$scratch/cli"
	printf '#include <stdio.h>\n#include "lscow.h"\n#include "base/error.h"\n' \
		>"$scratch/lib/device/file.c"
	printf '#include "lscow.h"\n#include "out.h"\n' >"$scratch/cli/main.c"
	touch "$scratch/cli/out.h"
	if [ -n "$(list_bad_includes "$scratch")" ]; then
		echo 'self-test: a good tree does not pass'
	fi
	expect_found lib/base/bad.c '#include "device/device.h"'
	expect_found lib/base/bad.h '#  include "pipeline/pipeline.h"'
	expect_found lib/base/bad.c '#include "error.h"'
	expect_found lib/base/bad.c '#include <device/device.h>'
	expect_found lib/odd/bad.c '#include "base/error.h"'
	expect_found cli/bad.c '#include "base/error.h"'
	expect_found cli/bad.c '#include "error.h"'
}

expect_found() {
	printf '%s\n' "$2" >"$scratch/$1"
	[ -n "$(list_bad_includes "$scratch")" ] ||
		echo "self-test: not found: $2 in $1"
	rm "$scratch/$1"
}

bad=$(self_test; list_bad_includes .)
if [ -n "$bad" ]; then
	printf '%s\n' "$bad" >&2
	exit 1
fi
