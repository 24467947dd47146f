#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Checks that the completion knows what `lscow COMMAND --help` and the manual page
# tell: the same commands, options and values. And that it completes.

set -u
top_srcdir=${top_srcdir:-.}
lscow=${LSCOW:-${top_builddir:-.}/lscow}
completion=$top_srcdir/completions/lscow.bash
page=$top_srcdir/man/lscow.1
problems=0

if ! command -v bash >/dev/null; then
	echo 'skipped: bash is not installed'
	exit 77
fi

scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

complain() {
	echo "$*" >&2
	problems=1
}

# Calls a function of the completion: its words, one a line.
ask() {
	# shellcheck disable=SC2016 # the other bash expands it
	bash -c '. "$1" && shift && "$@"' bash "$completion" "$@" |
		tr -s '[:space:]' '\n' | sed '/^$/d' | sort
}

list_commands() {
	"$lscow" --help | sed -n 's/^  *\([a-z]\{1,\}\)  .*/\1/p' | sort
}

# Prints the options of the help of a command; =VALUE follows where one does.
list_help_options() {
	"$lscow" ${1:+"$1"} --help | awk '/^  -/ {
		sub(/^ +/, "")
		if (sub(/^-., /, "&"))
			print substr($0, 1, 2)
		sub(/^-., /, "")
		print $1 (/^--[a-z-]+ [^ ]/ ? "=VALUE" : "")
	}' | sort
}

check_command() {
	list_help_options "$1" >"$scratch/help"
	ask _lscow_list_options "$1" >"$scratch/options"
	sed 's/=.*/=VALUE/' "$scratch/options" |
		diff -u --label "lscow $1 --help" "$scratch/help" \
			--label "lscow.bash for $1" - || problems=1
	check_values "$1"
	check_page
}

# Each value that is offered must stand in the help.
check_values() {
	"$lscow" ${1:+"$1"} --help >"$scratch/help"
	grep '|' "$scratch/options" | while IFS='=' read -r option values; do
		echo "$values" | tr '|' '\n' | while read -r value; do
			grep -e "^  $option " "$scratch/help" | grep -qw -e "$value" ||
				echo "lscow $1 --help: $option: no value $value"
		done
	done >"$scratch/problems"
	[ ! -s "$scratch/problems" ] || complain "$(cat "$scratch/problems")"
}

# A hyphen may be written as \- in the page.
check_page() {
	sed 's/=.*//; s/^-//' "$scratch/options" | while read -r option; do
		sed 's/\\-/-/g' "$page" |
			grep -qE -e "(Fl|,) $option( |\$)" ||
			echo "lscow.1: no option -$option"
	done >"$scratch/problems"
	[ ! -s "$scratch/problems" ] || complain "$(cat "$scratch/problems")"
}

# The feeds, as the message about an unknown one lists them.
check_feeds() {
	"$lscow" chunks --old a --new b --changes no-such-format:x 2>&1 |
		sed -n 's/.*expected one of: //p' | sed 's/, /\n/g' | sort >"$scratch/feeds"
	ask _lscow_list_feeds |
		diff -u --label 'lscow --changes' "$scratch/feeds" \
			--label 'feeds of lscow.bash' - || problems=1
}

# expect REPLY WORD...: what is offered for the last of the words, which are cut
# as bash cuts them.
expect() {
	expected=$1
	shift
	# shellcheck disable=SC2016 # the other bash expands it
	reply=$(cd "$scratch" && bash -c '. "$1" && shift
		COMP_WORDS=("$@")
		COMP_CWORD=$(($# - 1))
		_lscow
		printf "%s\n" "${COMPREPLY[@]}"' bash "$completion_path" "$@" |
		sort | tr '\n' ' ')
	[ "${reply% }" = "$expected" ] ||
		complain "lscow.bash: '$*': '$reply', not '$expected'"
}

check_completing() {
	completion_path=$(cd "$top_srcdir" && pwd)/completions/lscow.bash
	touch "$scratch/store one.img"
	expect files lscow fil
	expect --help lscow --he
	expect --version lscow --v
	expect '--changes --color --cow' lscow files --c
	expect json lscow files --format j
	expect json lscow files --format '=' j
	expect 'json paths rsync status' lscow files --format '='
	expect ranges: lscow chunks --changes r
	expect 'store one.img' lscow chunks --changes ranges : sto
	expect 'store one.img' lscow chunks --cow sto
	expect 'store one.img' lscow files sto
	expect '' lscow status sto
	expect '--sectors' lscow owner --s
	expect 'store one.img' lscow owner sto
	expect '' lscow files --only A
	expect '' lscow no-such-command --
}

list_commands >"$scratch/commands"
[ -s "$scratch/commands" ] || complain 'lscow --help lists no commands'
ask _lscow_list_commands |
	diff -u --label 'lscow --help' "$scratch/commands" --label lscow.bash - ||
	problems=1
for command in $(cat "$scratch/commands") ''; do
	check_command "$command"
done
check_feeds
check_completing
exit "$problems"
