#!/bin/sh
# archive_command = '/path/to/archive-wal.sh "%p" "%f" /path/to/archive': keeps a finished segment of the write-ahead log, once.
set -eu
[ ! -e "$3/$2" ] || exec cmp -s "$1" "$3/$2"
cp "$1" "$3/$2.part"
sync "$3/$2.part" 2>/dev/null || sync
# Nobody who restores finds half of one.
mv "$3/$2.part" "$3/$2"
