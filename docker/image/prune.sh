#!/bin/sh
# prune.sh FOLDER: takes from installed packages what no process reads: types, source maps, manuals, the TypeScript that
# types ask for, and Prisma's compilers for other databases. Licences stay.
set -eu
packages=$1/node_modules/.pnpm
find "$packages" -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -iname 'readme*' \
  -o -iname 'changelog*' -o -name 'query_compiler_*_bg.*.*' ! -name '*.postgresql.*' \) -delete
rm -rf "$packages"/typescript@* "$packages"/@typescript+* "$packages"/@types+* "$packages"/@rollup+*
