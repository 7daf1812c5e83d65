#!/bin/sh
# Installs what the tests need, builds Aven three times and runs everything:
#   asan   all tests     tsan   the integration tests     release   what an answer costs, in instructions (tests/bench/)
# Then the Debian package is built and tried in a Debian of its own, where that may be done (tests/package.sh).
# Ends with each run's own summary line. A second run installs nothing and builds only what changed.
set -eu
cd "$(dirname "$0")/.."
. packaging/dependencies.sh
. tests/dependencies.sh

# shellcheck disable=SC2086 # lists of words
install_missing $build_packages $run_packages $test_packages
failed=0
install_page_tools || failed=1

summary="build/summary.txt"
mkdir -p build
: >"$summary"

# run PRESET BUILD_TARGET
run() {
  preset="$1"
  echo "== $preset"
  if ! cmake --preset "$preset" >"build/$preset.log" 2>&1; then
    cat "build/$preset.log" >&2
    exit 1
  fi
  cmake --build --preset "$preset" --target "$2"
  ctest --preset "$preset" >"build/$preset.log" 2>&1 || failed=1
  cat "build/$preset.log"
  { echo "$preset:"; grep -E '^[0-9]+% tests passed' "build/$preset.log" || echo "no test ran"; } >>"$summary"
}

run asan all
run tsan aven

echo "== release"
cmake --preset release >build/release.log
cmake --build --preset release --target pipeline_bench
python3 tests/bench/instructions.py build/release/tests/bench/pipeline_bench >build/release.log || failed=1
cat build/release.log
{ echo "release:"; tail -1 build/release.log; } >>"$summary"

echo "== package"
if tests/package.sh >build/package.log 2>&1; then result=0; else result=$?; fi
cat build/package.log
case "$result" in 0 | 77) ;; *) failed=1 ;; esac
{ echo "package:"; tail -n 1 build/package.log; } >>"$summary"

echo "== all"
cat "$summary"
exit "$failed"
