#!/bin/sh
# collect-runtime.sh TARGET: what Node needs of this image, and nothing else: no shell, no package manager, no set-uid program.
# The Debian packages that libraries are of are named in /var/lib/dpkg/status.d, where scanners look for them.
set -eu
target=$1
node=$(command -v node)
libraries=$(ldd "$node" | grep -o '/[^ )]*')

keep() {
  mkdir -p "$target$(dirname "$1")"
  cp -L "$1" "$target$1"
}

for file in "$node" $libraries /etc/os-release /etc/debian_version; do keep "$file"; done
# Node brings authorities of its own; the slim image has none.
authorities=/etc/ssl/certs/ca-certificates.crt
[ ! -f "$authorities" ] || keep "$authorities"
mkdir -p "$target/var/lib/dpkg/status.d"
for package in $(for file in $libraries; do dpkg --search "*/$(basename "$file")"; done | cut -d: -f1 | sort -u); do
  dpkg --status "$package" >"$target/var/lib/dpkg/status.d/$package"
  # Whole, since addons want more of a library than Node does; its licence too.
  for file in $(dpkg --listfiles "$package" | grep -E "^(/usr)?/lib/[^/]*/lib[^/]*\.so[.0-9]*$|/copyright$"); do
    [ ! -f "$file" ] || keep "$file"
  done
done

mkdir -p "$target/home/node"
chown 1000:1000 "$target/home/node"
mkdir -m 1777 "$target/tmp"
printf '%s\n' 'root:x:0:0::/root:/nonexistent' 'node:x:1000:1000::/home/node:/nonexistent' >"$target/etc/passwd"
printf '%s\n' 'root:x:0:' 'node:x:1000:' >"$target/etc/group"
