# Debian 12 packages that Aven needs, and the function that installs what is missing. Sourced by run.sh and tests/run.sh.
# shellcheck shell=sh disable=SC2034

# To build it (make: GCC's link-time optimisation runs its jobs by it).
build_packages="
  cmake g++ make ninja-build pkg-config
  libcli11-dev libcurl4-openssl-dev libhowardhinnant-date-dev libidn2-dev libjs-chart.js libldns-dev libmicrohttpd-dev
  libnghttp2-dev libpsl-dev libre2-dev libspdlog-dev libsqlite3-dev libssl-dev libsystemd-dev libuv1-dev libxxhash-dev
  nlohmann-json3-dev
  prometheus-cpp-dev zlib1g-dev
"

# To run what was built.
run_packages="
  ca-certificates libcurl4 libdate-tz3 libfmt9 libidn2-0 libldns3 libmicrohttpd12 libnghttp2-14
  libprometheus-cpp-core1.0 libpsl5 libre2-9 libspdlog1.10 libsqlite3-0 libssl3 libsystemd0 libuv1 libxxhash0 tzdata zlib1g
"

# To ask it something by hand (dig).
try_packages="
  bind9-dnsutils
"

# To make the Debian package of it.
package_packages="
  debhelper dpkg-dev
"

# install_missing PACKAGE...: installs those that are not installed; does nothing, and asks nobody, if all are.
install_missing() {
  missing=""
  for package in "$@"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0

  as_root=""
  if [ "$(id -u)" -ne 0 ]; then
    as_root="sudo"
    if ! command -v sudo >/dev/null; then
      echo "Packages are missing and sudo is not there. As root run: apt-get install$missing" >&2
      return 1
    fi
  fi
  echo "Installing:$missing"
  # shellcheck disable=SC2086 # words are meant to split
  $as_root apt-get update -qq &&
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
}
