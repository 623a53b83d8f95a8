#!/usr/bin/env bash
# Installs the missing Debian packages that hourglass needs. Written for Debian 12. `cuda` also installs NVIDIA's
# compiler and libraries with pip into build/cuda-toolkit (800 MB), unless $PATH has an nvcc of CUDA 12 or newer.
#
# usage: scripts/setup.sh [build] [test] [bench] [package] [cuda]      (default: build)
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
  python3-venv                 # for NVIDIA's compiler
)
bench_packages=(
  libbenchmark-dev libgtest-dev libgmock-dev libcpp-httplib-dev  # the micro-benchmarks time the tests' operations
  python3 python3-venv                                           # the peers: bench/requirements.txt
)
package_packages=(dpkg-dev file)
cuda_packages=(python3-venv)

has_nvcc() {
  local version
  version=$(nvcc --version 2>/dev/null) && [[ $version =~ release\ ([0-9]+) ]] && ((BASH_REMATCH[1] >= 12))
}

wanted=() cuda=
for group in "${@:-build}"; do
  case $group in
    build) wanted+=("${build_packages[@]}") ;;
    test) wanted+=("${test_packages[@]}") ;;
    bench) wanted+=("${bench_packages[@]}") ;;
    package) wanted+=("${package_packages[@]}") ;;
    cuda) has_nvcc || { cuda=1; wanted+=("${cuda_packages[@]}"); } ;;
    *) printf 'usage: scripts/setup.sh [build] [test] [bench] [package] [cuda]\n' >&2; exit 2 ;;
  esac
done

# install_packages <package>...: with apt, those that are missing.
install_packages() {
  command -v dpkg-query >/dev/null || die "this is not a Debian system: dpkg-query was not found" \
    "install the contents of these packages by other means, then use cmake --preset release:" "$*"

  local installed missing=() package by_hand as_root apt
  installed=$(dpkg-query -W -f '${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF "$package installed" <<<"$installed" || missing+=("$package")
  done
  ((${#missing[@]})) || return 0

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
}

# The packages of pip have libraries with versions in their names only, in lib/; CMake looks for others, and in lib64/.
make_links() {  # <toolkit>
  local library
  for library in "$1"/lib/lib*.so.*; do ln -sfn "$(basename "$library")" "${library%.so.*}.so"; done
  ln -sfn lib "$1/lib64"
}

install_cuda() {
  local venv=$root/build/cuda-toolkit requirements=$root/scripts/cuda-requirements.txt toolkit
  cmp -s "$requirements" "$venv/requirements.txt" && return
  say "installing NVIDIA's compiler and libraries with pip into build/cuda-toolkit"
  rm -rf "$venv"
  { python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$requirements"; } >&2 ||
    die "pip could not install NVIDIA's toolkit (see its messages above)" \
      "by hand: install CUDA 12 or newer, with its nvcc in \$PATH"
  toolkit=$(compgen -G "$venv/lib/python3*/site-packages/nvidia/cu*") || die "the packages of pip hold no toolkit"
  make_links "$toolkit"
  cp "$requirements" "$venv/requirements.txt"  # from now on, it is complete
}

((${#wanted[@]} == 0)) || install_packages "${wanted[@]}"
[[ -z $cuda ]] || install_cuda
