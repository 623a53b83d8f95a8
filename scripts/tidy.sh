#!/usr/bin/env bash
# Runs clang-tidy with the checks of .clang-tidy over the library and the program, and fails if it finds anything.
# Headers are checked with the files that include them. Checking all files takes minutes, so name the changed ones.
#
# usage: scripts/tidy.sh [FILE.cc...]      without a FILE: every .cc file of src/ and app/
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

for file in "$@"; do
  [[ $file == *.cc && -f $file ]] || { printf 'usage: scripts/tidy.sh [FILE.cc...]\n' >&2; exit 2; }
done

"$root/scripts/setup.sh" build test

# Configured but never built: clang-tidy needs only the compile commands and the generated sources. It cannot read
# GCC's precompiled headers.
dir=$root/build/tidy
mkdir -p "$root/build"
(cd "$root" && cmake --preset release -B "$dir" -DCMAKE_DISABLE_PRECOMPILE_HEADERS=ON) >"$dir.log" 2>&1 || {
  cat "$dir.log" >&2
  die "CMake could not configure build/tidy"
}

# cuda/device/ needs NVIDIA's headers.
(($# > 0)) || { mapfile -t files < <(find "$root"/{src,app} -name '*.cc' -not -path '*/cuda/device/*' | sort); set -- "${files[@]}"; }
say "clang-tidy over $# files"
# Without -fno-caret-diagnostics it also counts suppressed findings in system headers.
printf '%s\0' "$@" |
  xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$dir" --quiet --extra-arg=-fno-caret-diagnostics ||
  die "clang-tidy found something, or could not read a file"
