#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Runs rounds on each kind of filesystem, and prints a Markdown table of what they found.
#
# usage: matrix.sh LSCOW ROUNDS [JOBS [SET...]]
#
# ROUNDS may be 0: then it only tells which kinds lscow reads and which it refuses, and
# needs no root. Sets that are for the virtual machine only run there, or where they are named.
#
# WORKDIR       where the rounds work (default: TMPDIR, then /tmp)
# ORACLE_FIRST  the number of the first round (default: 1); others have other seeds
# ORACLE_VM     yes in the virtual machine

set -u
export LC_ALL=C

if [ $# -lt 2 ]; then
	echo "usage: matrix.sh LSCOW ROUNDS [JOBS [SET...]]" >&2
	exit 2
fi
lscow=$1
rounds=$2
jobs=${3:-1}
shift $(($# < 3 ? $# : 3))
if [ "$rounds" -gt 0 ] && [ "$(id -u)" != 0 ]; then
	echo "matrix.sh: mounting needs root"
	[ "${CI:-}" = true ] && exit 1
	exit 77
fi

first=${ORACLE_FIRST:-1}
workdir=${WORKDIR:-${TMPDIR:-/tmp}}
here=$(dirname "$0")
lines=$(mktemp "$workdir/lscow-matrix-XXXXXX") || exit 2
trap 'rm -f "$lines"' EXIT
runs_all=${ORACLE_VM:-}
[ $# = 0 ] || runs_all=yes

# list_sets [SET...]: "name weight" of these, or of all
list_sets()
{
	sed -e '/^#/d' -e 's/  *| */|/g' "$here/feature-sets" | awk -F '|' -v names=" $* " \
		'names == "  " || index(names, " " $1 " ") { print $1, $2 }'
}

# A line "name seed probe" for each round; one that only asks whether lscow refuses comes
# first, as all others of the set are needless then.
list_probes()
{
	list_sets "$@" | while read -r name weight; do
		echo "$name $(seed_of "$name") yes"
	done
}

seed_of()
{
	echo $(($(printf '%s' "$1" | cksum | cut -d ' ' -f 1) % 100000 * 100))
}

list_rounds()
{
	list_sets "$@" | while read -r name weight; do
		grep -q "^$name	seed .*: accepted$" "$lines" || continue
		[ "$weight" = vm ] && [ "$runs_all" != yes ] && continue
		seed=$(seed_of "$name")
		for number in $(seq "$first" $((first + rounds - 1))); do
			echo "$name $((seed + number))"
		done
	done
}

# Standard input: what list_probes and list_rounds print. Appends "name line" to $lines.
run_rounds()
{
	# shellcheck disable=SC2016  # a script for another shell
	xargs -P "$jobs" -L 1 sh -c 'line=$(ORACLE_SET=$4 ORACLE_PROBE=${6:-} \
		"$1/round.sh" "$2" "$5" "$3")
		printf "%s\t%s\n" "$4" "$line"' sh "$here" "$lscow" "$workdir" >>"$lines"
}

print_table()
{
	echo '| set | rounds | changes | missed | extra | kinds wrong | rsync differences |'
	echo '|---|---|---|---|---|---|---|'
	list_sets "$@" | awk -v rounds="$rounds" -v lines="$lines" -v all="$runs_all" '
		BEGIN {
			while ((getline line < lines) > 0) {
				split(line, part, "\t")
				name = part[1]
				nr = split(part[2], word, " ")
				if (word[3] == "refused") {
					sub(/^seed [0-9]*: /, "", part[2])
					refused[name] = part[2]
				} else if (word[3] == "accepted") {
					accepted[name] = 1
				} else if (word[3] == "ops" && nr == 14) {
					ended[name]++
					for (i = 6; i <= 14; i += 2)
						sum[name, i] += word[i]
				}
			}
		}
		# What a seed may pick is read.
		$1 in refused {
			printf "| %s | %s |||||||\n", $1, refused[$1]
			bad += $2 > 0
			next
		}
		!($1 in accepted) {
			printf "| %s | the filesystem could not be made or read |||||||\n", $1
			bad++
			next
		}
		$2 == "vm" && all != "yes" {
			printf "| %s | read; rounds in the virtual machine only |||||||\n", $1
			next
		}
		{
			found = 0
			printf "| %s | %d of %d", $1, ended[$1], rounds
			for (i = 6; i <= 14; i += 2) {
				printf " | %d", sum[$1, i]
				if (i > 6)
					found += sum[$1, i]
			}
			print " |"
			bad += found > 0 || ended[$1] + 0 != rounds
		}
		END { exit bad > 0 }'
}

for name; do
	[ -n "$(list_sets "$name")" ] && continue
	echo "matrix.sh: no set $name in feature-sets" >&2
	exit 2
done
list_probes "$@" | run_rounds
[ "$rounds" = 0 ] || list_rounds "$@" | run_rounds
print_table "$@"
