#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Runs the benchmark on a small tree: all answers must be right, no command may fail, and each must
# have its row. How long they take is not looked at.

set -eu -o pipefail
export LC_ALL=C

skip()
{
	echo "skipped: $1"
	exit 77
}

[ "$(id -u)" = 0 ] || skip 'mounting needs root'
for tool in mke2fs debugfs dumpe2fs rsync gnuplot; do
	PATH=$PATH:/usr/sbin:/sbin command -v "$tool" >/dev/null || skip "$tool is not installed"
done

here=$(cd "$(dirname "$0")" && pwd)
lscow=${LSCOW:?}
export BENCH_BIN=${top_builddir:?}/tests/bench
export RUNS=1 PEER_RUNS=1 OWNER_BLOCKS=2000
work=$(mktemp -d "${TMPDIR:-/tmp}/lscow-bench-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 2' INT TERM

expected_keys='lscow read cached read-cached views rsync find first debugfs owner'

check_rows()
{
	local found

	found=$(cut -f 3 "$work/results.tsv" | tr '\n' ' ')
	if [ "$found" != "$expected_keys " ]; then
		echo "test-bench.sh: rows: found \"$found\", expected \"$expected_keys \"" >&2
		exit 1
	fi
}

# Two lines stand above the rows.
check_table()
{
	local nr_lines

	nr_lines=$("$here/table.sh" "$work/results.tsv" | grep -c '^|.*|$')
	[ "$nr_lines" = $(($(wc -w <<<"$expected_keys") + 2)) ] || {
		echo "test-bench.sh: the table has $nr_lines lines" >&2
		exit 1
	}
}

check_plot()
{
	"$here/plot.sh" "$work/plot.png" "$work" "$work/results.tsv"
	[ "$(head -c 4 "$work/plot.png" | tail -c 3)" = PNG ] || {
		echo 'test-bench.sh: no picture' >&2
		exit 1
	}
}

# The benchmark must notice a wrong answer, or it shows nothing.
check_truth()
{
	sed -i 1d "$work/truth-50"
	if "$here/run.sh" "$lscow" "$work" 2000 50 2>"$work/complaint"; then
		echo 'test-bench.sh: a row too many was not noticed' >&2
		exit 1
	fi
	grep -q 'not what the changes were' "$work/complaint"
}

"$here/images.sh" "$work" 2000 50
"$here/run.sh" "$lscow" "$work" 2000 50
check_rows
check_table
check_plot
check_truth
