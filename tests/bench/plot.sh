#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Draws what run.sh measured: plot.sh PICTURE.png FOLDER RESULTS.tsv...
#
# FOLDER is where the images are: the machine is named with the disk that it is on; and the curves
# are left there. lscow has a curve for each number of changes. The others look at all files,
# whatever changed, and have one, for the smallest number.

set -eu
here=$(dirname "$0")
picture=$1
folder=$2
shift 2

awk -F'\t' '
	$3 != "lscow" && $3 != "cached" && $3 != "rsync" && $3 != "find" { next }
	$2 < least || least == 0 { least = $2 }
	{
		curve = $3 "\t" $2
		if (!(curve in points)) {
			order[++nr] = curve
			key[curve] = $3
			changes[curve] = $2
			name[curve] = $3 == "lscow" || $3 == "cached" ? $4 ", " $2 " changes" : $4
		}
		points[curve] = points[curve] $1 " " $6 "\n"
	}
	END {
		for (i = 1; i <= nr; i++) {
			curve = order[i]
			if (key[curve] ~ /^(rsync|find)$/ && changes[curve] != least)
				continue
			printf "%s\"%s\"\n%s", gap, name[curve], points[curve]
			gap = "\n\n"
		}
	}
' "$@" >"$folder/curves"

gnuplot -e "data='$folder/curves'; picture='$picture'; machine='$("$here/machine.sh" "$folder")'" \
	"$here/plot.gp"
