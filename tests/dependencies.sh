# Debian 12 packages that the tests need beside those of packaging/dependencies.sh. Sourced by tests/run.sh.
# shellcheck shell=sh disable=SC2034
test_packages="
  ansible-core catch2 clang-14 clang-format-14 git knot knot-dnsutils libclang-rt-14-dev mandoc nsd openssl prometheus python3
  python3-jsonschema rsync systemd unbound valgrind
"

# The page's tests: a browser, and node with its package manager, from wherever they are.
for program in chromium npm; do
  command -v "$program" >/dev/null || test_packages="$test_packages $program"
done

# install_page_tools: tests/page/package.json into build/page-tools; does nothing if it has not changed.
install_page_tools() {
  mkdir -p build/page-tools
  cmp -s tests/page/package.json build/page-tools/package.json && [ -d build/page-tools/node_modules ] && return 0
  cp tests/page/package.json build/page-tools/
  npm install --prefix build/page-tools --no-package-lock --no-audit --no-fund --ignore-scripts --silent ||
    { rm -rf build/page-tools; echo "npm does not install the page's tools: the page is not tested" >&2; return 1; }
}

# What the Debian in which the package is tried has beside $run_packages: systemd, and the programs of packaging/examples/.
package_root_packages="
  bird2 isc-dhcp-server kea-dhcp4-server kea-dhcp6-server keepalived systemd-sysv
"

# To try the Debian package (tests/package.sh).
package_test_packages="
  debian-archive-keyring debootstrap iproute2 lintian procps systemd-container util-linux
"

# The programs that Aven is measured beside (tests/bench/side-by-side.sh).
bench_packages="
  bind9 dnsdist dnsmasq-base knot-resolver nsd pdns-recursor python3 unbound util-linux
"
