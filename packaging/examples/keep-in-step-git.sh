#!/bin/sh
# Brings /etc/aven to what a git repository says, if Aven takes it. On each machine, as root, every few minutes:
#   keep-in-step-git.sh /srv/aven-rules /etc/aven
# Once before: git clone git@forge.ville.example:dsi/aven-rules.git /srv/aven-rules
# Aven sees changed files by itself; with "reload": "explicit" end with: systemctl reload aven
set -eu
clone="$1"
target="$2"

git -C "$clone" pull --quiet --ff-only
if ! said="$(aven check -c "$clone/aven.json")"; then
  echo "$said" >&2
  exit 1
fi
rsync --archive --delete --delay-updates --exclude=.git --exclude='*.key' --exclude='*.pem' --exclude='*.token' \
  "$clone/" "$target/"
