#!/bin/sh
# Installs what Aven needs, builds it, and starts it on 127.0.0.1:5300 and [::1]:5300 with the shipped rules.
#   packaging/run.sh [--no-start] [options of `aven serve`]
# A second run installs nothing and builds only what changed.
set -eu
cd "$(dirname "$0")/.."
. packaging/dependencies.sh

start=yes
case "${1:-}" in
  --no-start) start=no; shift ;;
  -h | --help) sed -n '2,4s/^# //p' "$0"; exit 0 ;;
esac

# shellcheck disable=SC2086 # lists of words
install_missing $build_packages $run_packages $try_packages
mkdir -p build
if ! cmake --preset release >build/release.log 2>&1; then
  cat build/release.log >&2
  exit 1
fi
cmake --build --preset release

if [ "$start" = no ]; then
  echo "Built build/release/aven. Next: packaging/run.sh starts it; build/release/aven --help shows its commands."
  exit 0
fi
[ $# -gt 0 ] || set -- -c packaging/aven.local.json
echo "Starting build/release/aven serve $*; Ctrl-C ends it."
exec build/release/aven serve "$@"
