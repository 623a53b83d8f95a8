#!/usr/bin/env bash
# Builds the fuzz targets (tests/fuzz) and runs each for a while: libFuzzer reads ever new files with every reader, and
# fails if one crashes, throws anything but an Error, hangs, or takes too much memory. New inputs are kept in
# build/fuzz/corpus, so a later run goes on from them; findings are in build/fuzz/findings.
#
# usage: scripts/fuzz.sh [SECONDS_EACH]      (default: 60)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

seconds=${1:-60}
[[ $# -le 1 && $seconds =~ ^[1-9][0-9]*$ ]] || { printf 'usage: scripts/fuzz.sh [SECONDS_EACH]\n' >&2; exit 2; }

"$root/scripts/setup.sh" build test
probe='extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) { return 0; }'
clang++ -fsanitize=fuzzer,address -x c++ -o /dev/null - <<<"$probe" 2>/dev/null || {
  say "NOTHING IS FUZZED: clang++ cannot link libFuzzer (libclang-rt-14-dev has it)"
  exit 0
}

build fuzz fuzz
mapfile -t targets < <(cd "$root/build/fuzz/tests/fuzz" && compgen -G 'fuzz_*' | sort)
((${#targets[@]})) || die "build/fuzz has no fuzz targets"
check_leaks_if_possible "$root/build/fuzz/tests/fuzz/${targets[0]}" -runs=0

# An input has at most 16 KiB. A reader may take twice that and 64 MB at once.
export options="-max_total_time=$seconds -max_len=16384 -malloc_limit_mb=64 -rss_limit_mb=1024 -timeout=10 -print_final_stats=1"
export root
[[ ! -w /dev/shm ]] || export TMPDIR=/dev/shm  # readers open files, many thousand times

fuzz() {  # <target>
  local target=$1 corpus=$root/build/fuzz/corpus/$1 findings=$root/build/fuzz/findings log=$root/build/fuzz/$1.log
  mkdir -p "$corpus" "$findings"
  # shellcheck disable=SC2086
  "$root/build/fuzz/tests/fuzz/$target" $options -artifact_prefix="$findings/$target-" "$corpus" >"$log" 2>&1 || {
    tail -n 40 "$log" >&2
    printf 'error: %s has a finding; run it again with the input that the log names (%s)\n' "$target" "$log" >&2
    return 1
  }
  printf '   %-18s %9d inputs\n' "$target" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")" >&2
}
export -f fuzz

say "fuzzing with ${#targets[@]} targets, $seconds seconds each"
printf '%s\0' "${targets[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'fuzz "$0"' || die "fuzzing found something"
