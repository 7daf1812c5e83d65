# Debian 12 packages that the tests need beside those of packaging/dependencies.sh. Sourced by tests/run.sh.
# shellcheck shell=sh disable=SC2034
test_packages="
  catch2 clang-14 clang-format-14 knot-dnsutils libclang-rt-14-dev nsd python3
"
