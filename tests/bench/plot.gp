# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# Draws the seconds with cold caches against the size of the tree:
# gnuplot -e 'data="FILE"; picture="OUT.png"; machine="..."' plot.gp
#
# plot.sh makes the data: one block for each curve, its name in the first line.

set terminal pngcairo size 1200,720 font 'sans,11'
set output picture
set logscale xy
set format x '%.0s%c'
set format y '%g'
set xlabel 'files in the tree'
set ylabel 'seconds, cold caches'
set title "What it takes to find the changes\n".machine noenhanced
set offsets graph 0.05, graph 0.05, 0, 0
set grid
set key outside right center vertical
stats data using 1 nooutput
plot for [i = 0:STATS_blocks - 1] data index i using 1:2 title columnheader(1) \
	with linespoints linewidth 1.5 pointsize 1.3
