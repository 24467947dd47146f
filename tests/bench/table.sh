#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Prints what run.sh measured as one table: table.sh RESULTS.tsv...
#
# The columns x say how many times the seconds of lscow a command takes: of lscow without a cache of
# names; and xc, of lscow with one.

set -eu

awk -F'\t' '
	function ratio(own, other) { return own > 0 && other > 0 ? sprintf("%.1f", other / own) : "-" }
	function mib(bytes) { return bytes > 0 ? sprintf("%.1f", bytes / 1048576) : "-" }
	function print_row(set, key, base, cached) {
		printf row_format, files_of[set], changes_of[set], label[set, key], \
			sprintf("%.3f", cold[set, key]), sprintf("%.3f", warm[set, key]), \
			ratio(cold[set, base], cold[set, key]), ratio(warm[set, base], warm[set, key]), \
			ratio(cold[set, cached], cold[set, key]), ratio(warm[set, cached], warm[set, key]), \
			sprintf("%.1f", peak[set, key] / 1024), mib(bytes[set, key]), mib(needed[set, key])
	}
	BEGIN {
		row_format = "| %8s | %8s | %-40s | %9s | %9s | %8s | %8s | %8s | %8s | %8s | %8s | %8s |\n"
		printf row_format, "files", "changes", "command", "cold s", "warm s", "cold x", "warm x", \
			"cold xc", "warm xc", "peak MiB", "read MiB", "need MiB"
		rule = sprintf(row_format, "", "", "", "", "", "", "", "", "", "", "", "")
		gsub(/ /, "-", rule)
		printf "%s", rule
	}
	{
		set = $1 "\t" $2
		if (!(set in files_of)) {
			order[++nr_sets] = set
			files_of[set] = $1
			changes_of[set] = $2 > 0 ? $2 : "-"
		}
		keys[set, ++nr_keys[set]] = $3
		label[set, $3] = $4 ($5 == 1 ? "" : " (" $5 " runs)")
		cold[set, $3] = $6
		warm[set, $3] = $7
		peak[set, $3] = $8
		bytes[set, $3] = $9
		needed[set, $3] = $10
	}
	END {
		for (s = 1; s <= nr_sets; s++) {
			set = order[s]
			base = changes_of[set] == "-" ? "owner" : "lscow"
			for (k = 1; k <= nr_keys[set]; k++)
				print_row(set, keys[set, k], base, "cached")
		}
	}
' "$@"
