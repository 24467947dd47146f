# SPDX-License-Identifier: LGPL-2.1-or-later
# Copyright the lscow authors
# What lscow chunks prints.
# shellcheck shell=sh

# Chunks 3, 4 and 9 have exceptions, in another order, with a hole.
store s.img 64K
exception s.img 0 9 2
exception s.img 1 4 5
exception s.img 2 3 4

prints 'ranges of a store' 0 chunks --cow s.img <<'END'
12288 8192
36864 4096
END
prints 'summary of a store' 0 chunks --cow s.img --summary <<'END'
form         store
chunk size   4096
version      1
valid        yes
exceptions   3
areas        1
store size   65536
ranges       2
bytes        12288
END
prints 'JSON of a store' 0 chunks --cow s.img --format json <<'END'
{"type":"header","schema":1,"form":"store","input":{"cow":"s.img","offset":0},"chunk_size":4096,"store":{"version":1,"valid":true,"exceptions":3,"areas":1,"size":65536}}
{"type":"range","offset":12288,"length":8192}
{"type":"range","offset":36864,"length":4096}
{"type":"summary","complete":true,"ranges":2,"bytes":12288}
END
prints 'JSON summary of a store' 0 chunks --cow s.img --format json --summary <<'END'
{"type":"header","schema":1,"form":"store","input":{"cow":"s.img","offset":0},"chunk_size":4096,"store":{"version":1,"valid":true,"exceptions":3,"areas":1,"size":65536}}
{"type":"summary","complete":true,"ranges":2,"bytes":12288}
END

truncate -s 37000 o.img
prints 'last chunk of the origin is short' 0 chunks --cow s.img --origin o.img <<'END'
12288 8192
36864 136
END

store empty.img 64K
prints 'store without exceptions' 0 chunks --cow empty.img </dev/null
# A valid that is not 1 is valid to the kernel, too.
store odd.img 64K 8 7
prints 'valid is 7' 0 chunks --cow odd.img </dev/null

truncate -s 64K a.img
cp a.img b.img
prints 'equal views' 0 chunks --old a.img --new b.img </dev/null
printf x | put b.img 4095
printf x | put b.img 4096
printf x | put b.img 65535
prints 'views that differ' 0 chunks --old a.img --new b.img <<'END'
0 8192
61440 4096
END
prints 'JSON of views' 0 chunks --old a.img --new b.img --format json <<'END'
{"type":"header","schema":1,"form":"compare","input":{"old":"a.img","new":"b.img","offset":0},"chunk_size":4096}
{"type":"range","offset":0,"length":8192}
{"type":"range","offset":61440,"length":4096}
{"type":"summary","complete":true,"ranges":2,"bytes":12288}
END

printf '# a comment\n\n 512  512\n0x400\t0x1\n512 1\n' >r.txt
prints 'ranges are sorted and merged' 0 \
	chunks --old a.img --new b.img --changes ranges:r.txt <<'END'
512 513
END
prints 'JSON of a list of ranges' 0 chunks --old a.img --new b.img \
	--changes ranges:r.txt --format json <<'END'
{"type":"header","schema":1,"form":"feed","input":{"old":"a.img","new":"b.img","changes":"ranges:r.txt","offset":0},"chunk_size":null}
{"type":"range","offset":512,"length":513}
{"type":"summary","complete":true,"ranges":1,"bytes":513}
END
prints 'chunks of a store as changes' 0 \
	chunks --old a.img --new b.img --changes dm-snapshot:s.img <<'END'
12288 8192
36864 4096
END
"$LSCOW" chunks --old a.img --new b.img >r.txt
prints 'ranges as chunks printed them' 0 \
	chunks --old a.img --new b.img --changes ranges:r.txt <<'END'
0 8192
61440 4096
END

truncate -s 256K thin-a.img thin-b.img
cat >delta.xml <<'END'
<superblock uuid="" time="2" transaction="3" data_block_size="128" nr_data_blocks="1024">
  <diff left="2" right="1">
    <right_only begin="0" length="1"/>
    <same begin="1" length="1"/>
    <different begin="2" length="1"/>
    <left_only begin="3" length="1"/>
  </diff>
</superblock>
END
prints 'what thin_delta printed' 0 chunks --old thin-a.img --new thin-b.img \
	--changes thin-delta:delta.xml --format json <<'END'
{"type":"header","schema":1,"form":"feed","input":{"old":"thin-a.img","new":"thin-b.img","changes":"thin-delta:delta.xml","offset":0},"chunk_size":65536}
{"type":"range","offset":0,"length":65536}
{"type":"range","offset":131072,"length":131072}
{"type":"summary","complete":true,"ranges":2,"bytes":196608}
END
refused 'thin_delta of larger volumes' 3 \
	'changes: delta.xml: block 3 lies beyond the 1 blocks of b.img' \
	chunks --old a.img --new b.img --changes thin-delta:delta.xml
head -n 6 delta.xml >cut.xml
refused 'thin_delta, cut short' 3 \
	'changes: cut.xml: line 7: not the XML of thin_delta, or cut short: no element found' \
	chunks --old thin-a.img --new thin-b.img --changes thin-delta:cut.xml

truncate -s 32K short.img
refused 'views of different size' 3 "old view: a.img has 65536 bytes, new view: \
short.img has 32768 bytes: expected the same size" chunks --old a.img --new short.img
