# Sourced by the scripts in scripts/ and bench/: finds MNIST and builds the program.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)

say() { printf '== %s\n' "$*" >&2; }
die() {
  printf 'error: %s\n' "$1" >&2
  shift
  for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
  exit 1
}

# Succeeds if the folder has all four files of MNIST, plain or .gz.
has_mnist() {
  local file
  for file in {train,t10k}-images?idx3-ubyte {train,t10k}-labels?idx1-ubyte; do
    compgen -G "$1/$file" >/dev/null || compgen -G "$1/$file.gz" >/dev/null || return 1
  done
}

# Prints the folder of the real MNIST (plain or .gz), or fails. Looks in $HOURGLASS_DATA_DIR, the user's cache, and
# shared/mnist beside the repository.
find_mnist() {
  local dir
  for dir in "${HOURGLASS_DATA_DIR:-}" "${XDG_CACHE_HOME:-${HOME:-/}/.cache}/hourglass/mnist" "$root/../shared/mnist"; do
    if [[ -n $dir ]] && has_mnist "$dir"; then
      (cd "$dir" && pwd -P)
      return
    fi
  done
  return 1
}

# check_leaks_if_possible <program> [argument...]: turns LeakSanitizer off if it cannot work. It cannot attach to its
# process under a debugger and in some containers, and then ends every program.
check_leaks_if_possible() {
  local probe
  probe=$("$@" 2>&1 || true)
  [[ $probe == *'LeakSanitizer has encountered a fatal error'* ]] || return 0
  say "LEAKS ARE NOT CHECKED: LeakSanitizer cannot work in this container"
  export ASAN_OPTIONS=detect_leaks=0
}

# Reads the output of ninja, and shows the number of finished steps on a terminal.
show_progress() {
  local line
  while IFS= read -r line; do
    [[ -t 2 && $line =~ ^\[([0-9]+)/([0-9]+)\] ]] || continue
    printf '\r   %s of %s' "${BASH_REMATCH[@]:1}" >&2
  done
  [[ ! -t 2 ]] || printf '\r\033[K' >&2
}

# build <preset> <target> [cmake option...]: configures build/<preset> once and builds the target.
# Shows the output of the tools only if they fail.
build() {
  local preset=$1 target=$2 dir=$root/build/$1
  local log=$dir.log
  shift 2
  mkdir -p "$root/build"
  export CMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER-$(command -v ccache)}
  export CMAKE_CUDA_COMPILER_LAUNCHER=${CMAKE_CUDA_COMPILER_LAUNCHER-$CMAKE_CXX_COMPILER_LAUNCHER}
  export CCACHE_SLOPPINESS=pch_defines,time_macros  # otherwise it does not cache files with a precompiled header
  if [[ ! -e $dir/build.ninja ]] || (($# > 0)); then
    (cd "$root" && cmake --preset "$preset" "$@") >"$log" 2>&1 || {
      cat "$log" >&2
      die "CMake could not configure build/$preset"
    }
  fi
  say "building $preset ($target), log in build/$preset.log"
  NINJA_STATUS='[%f/%t] ' cmake --build "$dir" --target "$target" 2>&1 | tee "$log" | show_progress || {
    cat "$log" >&2
    die "build/$preset does not build"
  }
}
