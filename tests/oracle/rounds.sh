#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Runs many seeded rounds and adds up what they found.
#
# usage: rounds.sh LSCOW FIRST LAST [JOBS]
#
# WORKDIR  where the rounds work (default: TMPDIR, then /tmp)

set -u
export LC_ALL=C

if [ $# -lt 3 ]; then
	echo "usage: rounds.sh LSCOW FIRST LAST [JOBS]" >&2
	exit 2
fi
if [ "$(id -u)" != 0 ]; then
	echo "rounds.sh: mounting needs root"
	[ "${CI:-}" = true ] && exit 1
	exit 77
fi

lscow=$1
first=$2
last=$3
jobs=${4:-2}
workdir=${WORKDIR:-${TMPDIR:-/tmp}}
here=$(dirname "$0")
lines=$(mktemp "$workdir/lscow-rounds-XXXXXX") || exit 2
trap 'rm -f "$lines"' EXIT

seq "$first" "$last" | xargs -P "$jobs" -I SEED "$here/round.sh" "$lscow" SEED "$workdir" |
	tee "$lines"

# A round that printed no line is a failed one as well.
awk -v wanted=$((last - first + 1)) '
	$1 == "seed" && $3 == "ops" && NF == 14 {
		rounds++
		ops += $4
		changes += $6
		missed += $8
		extra += $10
		wrong += $12
		rsync += $14
		good += $8 + $10 + $12 + $14 == 0
	}
	END {
		printf "rounds %d ops %d changes %d ", rounds, ops, changes
		printf "missed %d extra %d wrong %d ", missed, extra, wrong
		printf "rsync-differences %d failed %d\n", rsync, wanted - good
		exit good != wanted
	}' "$lines"
