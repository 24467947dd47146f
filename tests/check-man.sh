#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Checks that the manual page and --help name the same options, and that the page
# is well formed.

set -u
top_srcdir=${top_srcdir:-$(dirname "$0")/..}
lscow=${LSCOW:-${top_builddir:-.}/lscow}
page=$top_srcdir/man/lscow.1
problems=0

if ! command -v mandoc >/dev/null; then
	echo 'skipped: mandoc is not installed'
	exit 77
fi

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# Prints the options in a text: --long, and -x where it stands alone.
list_options() {
	grep -oE -e '(^|[^[:alnum:]_-])--?[[:alnum:]][[:alnum:]-]*' |
		sed 's/^[^-]//; s/-*$//' |
		grep -xE -e '--[a-z][a-z-]+|-[A-Za-z0-9]' | sort -u
}

for command in $("$lscow" --help | sed -n 's/^  *\([a-z]\{1,\}\)  .*/\1/p') ''; do
	# An empty command: the options of lscow itself.
	"$lscow" ${command:+"$command"} --help || problems=1
done | list_options >"$scratch/help"

# The page as plain text, without the lines that show other programs.
mandoc -T ascii -O width=200 "$page" | sed 's/.\x08//g' |
	grep -vE 'rsync -|lvcreate -|dmsetup |mount -' |
	list_options >"$scratch/page"

diff -u --label 'lscow --help' "$scratch/help" --label lscow.1 "$scratch/page" ||
	problems=1
for file in "$top_srcdir"/man/*.[1-9]; do
	mandoc -T lint -W warning "$file" || problems=1
done
exit "$problems"
