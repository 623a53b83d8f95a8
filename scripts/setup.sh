#!/usr/bin/env bash
# Installs the missing Debian packages that hourglass needs. Written for Debian 12.
#
# usage: scripts/setup.sh [build] [test] [bench] [package]      (default: build)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

build_packages=(
  g++ cmake ninja-build pkg-config ca-certificates
  libhwy-dev librandom123-dev libeigen3-dev libspectra-dev
  libcli11-dev libfmt-dev nlohmann-json3-dev libtomlplusplus-dev
  zlib1g-dev libspng-dev libjpeg62-turbo-dev libexif-dev libwebp-dev libtiff-dev libstb-dev
  libarchive-dev libzstd-dev liblzma-dev libcurl4-openssl-dev libssl-dev
  gnuplot-nox fonts-dejavu-core
)
test_packages=(
  libgtest-dev libgmock-dev libcpp-httplib-dev libomp-dev
  clang libclang-rt-14-dev clang-format clang-tidy  # the runtime is for ThreadSanitizer and libFuzzer
  python3-torch python3-numpy  # read our model files; see tests/golden
  python3-venv                 # for NVIDIA's compiler; see scripts/cuda.sh
)
bench_packages=(
  libbenchmark-dev libgtest-dev libgmock-dev libcpp-httplib-dev  # the micro-benchmarks time the tests' operations
  python3 python3-venv                                           # the peers: bench/requirements.txt
)
package_packages=(dpkg-dev file)

wanted=()
for group in "${@:-build}"; do
  case $group in
    build) wanted+=("${build_packages[@]}") ;;
    test) wanted+=("${test_packages[@]}") ;;
    bench) wanted+=("${bench_packages[@]}") ;;
    package) wanted+=("${package_packages[@]}") ;;
    *) printf 'usage: scripts/setup.sh [build] [test] [bench] [package]\n' >&2; exit 2 ;;
  esac
done

command -v dpkg-query >/dev/null || die "this is not a Debian system: dpkg-query was not found" \
  "install the contents of these packages by other means, then use cmake --preset release:" "${wanted[*]}"

installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "${wanted[@]}" 2>/dev/null || true)
missing=()
for package in "${wanted[@]}"; do
  grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
done
((${#missing[@]})) || exit 0

by_hand="by hand: apt-get install --no-install-recommends ${missing[*]}"
if ((EUID == 0)); then
  as_root=()
elif command -v sudo >/dev/null; then
  as_root=(sudo)
else
  die "${#missing[@]} packages are missing, and installing them needs root or sudo" "$by_hand"
fi

say "installing ${#missing[@]} packages with apt: ${missing[*]}"
apt=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300)
"${apt[@]}" update >&2 || say "could not refresh the package lists; continuing with the existing ones"
"${apt[@]}" install --no-install-recommends "${missing[@]}" >&2 ||
  die "apt could not install the missing packages" \
    "is the machine offline, or are its package sources not those of Debian 12? (see apt's messages above)" "$by_hand"
