#!/bin/sh
# archive_command = '/path/to/archive-wal.sh "%p" "%f" /path/to/archive': keeps a finished segment of the write-ahead log, once.
set -eu
if [ -e "$3/$2" ]; then
  cmp "$1" "$3/$2" || { echo "$3/$2 is there, and another: is this the archive of another server?" >&2; exit 1; }
else
  cp "$1" "$3/$2.part"
  sync "$3/$2.part"
  # Nobody who restores finds half of one.
  mv "$3/$2.part" "$3/$2"
fi
# Postgres forgets the segment once this has ended well: its name has to be there after a power cut, too.
sync "$3/$2" "$3"
