#!/bin/sh
# Builds the Debian 12 package: build/package/aven_VERSION_ARCHITECTURE.deb. Installs what that needs.
# A second run compiles only what changed.
set -eu
cd "$(dirname "$0")/.."
. packaging/dependencies.sh

# shellcheck disable=SC2086 # lists of words
install_missing $build_packages $package_packages

# dpkg wants debian/ at the top and writes beside the top: a folder of links to this tree gives it both.
tree=build/package/aven
mkdir -p "$tree"
rm -rf "$tree/debian"
cp -R packaging/debian "$tree/debian"
cp -p --remove-destination CMakeLists.txt README.md "$tree"
for entry in cmake packaging resolver rules tests web-ui; do
  ln -sfn "../../../$entry" "$tree/$entry"
done

if command -v ccache >/dev/null; then
  CCACHE_DIR="$(ccache --get-config cache_dir)" # debhelper hides the home folder
  export CCACHE_DIR
fi
rm -f build/package/*.deb
(cd "$tree" && dpkg-buildpackage --build=binary --unsigned-changes --no-pre-clean --jobs=auto) >build/package/build.log 2>&1 || {
  tail -n 40 build/package/build.log >&2
  exit 1
}
echo "Built $(ls build/package/aven_*.deb). Next: apt install ./FILE on the machine, then aven setup --listen ADDRESS"
