#!/bin/sh
# Builds the Debian package, has lintian look at it, and tries it in a Debian of its own: tests/package/package_test.py.
# Needs root, or sudo that does not ask, and a machine that may start systemd-nspawn; else it says so and exits 77.
# Ends with a line `N passed, N failed`.
set -eu
cd "$(dirname "$0")/.."
. packaging/dependencies.sh
. tests/dependencies.sh

as_root=""
if [ "$(id -u)" -ne 0 ]; then
  as_root="sudo --non-interactive"
  if ! sudo --non-interactive true 2>/dev/null; then
    echo "The package was not tried: this needs root, or sudo that does not ask for a password."
    exit 77
  fi
fi

packaging/deb.sh
# shellcheck disable=SC2086 # lists of words
install_missing $package_test_packages
package="$(echo build/package/aven_*.deb)"
lintian --allow-root --fail-on error "$package"

# A Debian with what the package should need and no more, kept for the next time.
# shellcheck disable=SC2086 # lists of words
packages="$(echo $run_packages $package_root_packages | tr ' ' ',')"
root="build/package/root-$(echo "$packages" | cksum | cut -d ' ' -f 1).tar"
if [ ! -e "$root" ]; then
  # shellcheck disable=SC2016 # apt expands it
  mirror="$(apt-get indextargets --format '$(REPO_URI)' 'Codename: bookworm' 'Created-By: Packages' | head -n 1)"
  rm -f build/package/root-*.tar
  folder="$(mktemp -d /var/tmp/aven-root-XXXXXX)"
  chmod 755 "$folder"
  $as_root debootstrap --variant=minbase --include="$packages" bookworm "$folder" "$mirror" >build/package/debootstrap.log || {
    tail -n 20 build/package/debootstrap.log >&2
    exit 1
  }
  $as_root tar --create --file "$root.new" --directory "$folder" .
  $as_root rm -rf "$folder"
  mv "$root.new" "$root"
fi

# A network of its own: port 53 is free there, and nothing leaves it. The examples name an eth0.
# shellcheck disable=SC2016 # the inner shell expands it
$as_root unshare --net sh -c 'ip link set lo up && { ip link add eth0 type dummy 2>/dev/null || ip link add eth0 type bridge; } && exec python3 -B tests/package/package_test.py "$@"' sh "$package" "$root"
