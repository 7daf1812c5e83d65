#!/bin/sh
# Brings /etc/aven of another machine to that of this one, if the Aven over there takes it. As root, after each change:
#   keep-in-step-rsync.sh /etc/aven root@10.1.0.52 /etc/aven
# The other Aven sees changed files by itself; with "reload": "explicit" end with: ssh "$host" systemctl reload aven
set -eu
source="$1"
host="$2"
target="$3"

next="$target.next"

rsync --archive --delete --exclude='*.key' --exclude='*.pem' --exclude='*.token' "$source/" "$host:$next/"
# shellcheck disable=SC2029 # the names are this side's
ssh "$host" "aven check -c '$next/aven.json' &&
  rsync --archive --delete --delay-updates --exclude='*.key' --exclude='*.pem' --exclude='*.token' '$next/' '$target/'"
