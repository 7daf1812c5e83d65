#!/bin/sh
# Measures Aven beside the resolvers that Debian 12 ships, on this machine: installs them, builds Aven, runs all.
# Ends with a table; figures and a chart are in build/side-by-side/. Options go to side_by_side.py (--help tells).
set -eu
cd "$(dirname "$0")/../.."
. packaging/dependencies.sh
. tests/dependencies.sh

# A package that starts its server when it is installed shall not: the benchmark starts each itself, on loopback.
policy=/usr/sbin/policy-rc.d
if [ "$(id -u)" -eq 0 ] && [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086 # lists of words
install_missing $build_packages $run_packages $bench_packages

cmake --preset release >/dev/null
cmake --build --preset release --target aven floor load
python3 tests/bench/side_by_side.py --build build/release --out build/side-by-side "$@"
