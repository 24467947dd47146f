#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Checks that every C file is named in a fragment of the Makefile, and that each
# file begins with its licence, its copyright and a line on its purpose.

set -u
cd "${top_srcdir:-$(dirname "$0")/..}" || exit 1

list_c_files() {
	find include lib cli tests testimages -name '*.[ch]'
}

list_makefiles() {
	echo configure.ac
	echo Makefile.am
	echo m4/lscow.m4
	find completions debian docs lib cli man nightly tests tools -name '*.am'
}

find_unnamed() {
	list_c_files | while IFS= read -r file; do
		grep -qE "(^|[[:space:]])${file%.c}(\.c)?([[:space:]]|\$)" \
			lib/lib.am cli/cli.am tests/tests.am ||
			echo "$file: not named in a fragment"
	done
}

# Complains of the file unless it opens with the three lines, as comments that
# begin with $2 and end with $3. The purpose may follow an empty comment line.
check_opening() {
	grep -vE '^(#!|# shellcheck |#$)' "$1" | head -n 3 | awk -v open="$2" -v end="$3" '
	NR == 1 && $0 != open " SPDX-License-Identifier: LGPL-2.1-or-later" end { bad = 1 }
	NR == 2 && $0 != open " Copyright the lscow authors" end { bad = 1 }
	NR == 3 && (index($0, open " ") != 1 || length($0) < 12) { bad = 1 }
	END { exit bad || NR < 3 }' ||
		echo "$1: does not open with licence, copyright and purpose"
}

# What is installed or packaged, and may hold comments.
list_other_files() {
	find debian nightly -maxdepth 1 -type f ! -name changelog ! -name copyright
}

# Documents, which must stand in the index too.
find_bad_documents() {
	for file in docs/*.md docs/*.png; do
		[ ! -e "$file" ] || grep -qE "^[[:space:]]$file( |\$)" docs/docs.am ||
			echo "$file: not named in docs/docs.am"
	done
	for file in docs/*.md; do
		check_opening "$file" '<!--' ' -->'
		grep -qF "($file)" README || echo "$file: not named in README"
	done
}

find_bad_openings() {
	list_c_files | while IFS= read -r file; do
		check_opening "$file" '/*' ' */'
	done
	{ list_makefiles; list_other_files; sh tests/list-scripts; } |
		sort -u | while IFS= read -r file; do
		check_opening "$file" '#' ''
	done
}

bad=$(find_unnamed; find_bad_openings; find_bad_documents)
if [ -n "$bad" ]; then
	printf '%s\n' "$bad" >&2
	exit 1
fi
