#!/usr/bin/env bash
# Everything that needs a GPU, in one run of less than ten minutes: the table of operations against plain loops in double
# precision, self-tests, compute-sanitizer's tools where they exist, kill and resume, and speed beside PyTorch's where
# python3 has it. The GPU's machine needs no network and no packages: what runs there is made before and carried along.
#
# usage: scripts/gpu.sh bundle    makes build/gpu.tar.gz: programs, module, the libraries that they need, MNIST
#        scripts/gpu.sh [folder]  runs what is in it; writes results to the folder ($OUT, or build/gpu-results)
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

(($# <= 1)) || { printf 'usage: scripts/gpu.sh [bundle | folder]\n' >&2; exit 2; }
archive=$root/build/gpu.tar.gz most_megabytes=55 deadline=$((SECONDS + 560))
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/gpu

# Of everything that the bundle is built from.
source_hash() {
  (cd "$root" && find src app cmake tests/backend tests/golden tests/support CMakeLists.txt CMakePresets.json -type f |
    LC_ALL=C sort | xargs sha256sum | sha256sum)
}

make_bundle() {
  local mnist program programs=(hourglass libhourglass_cuda.so tests/backend/backend_test tests/golden/golden_test) megabytes
  "$root/scripts/setup.sh" build test cuda
  mnist=$(find_mnist) || die "MNIST is missing" "hourglass data fetch mnist"
  build cuda-bundle hourglass_program
  build cuda-bundle hourglass_cuda
  build cuda-bundle backend_test
  build cuda-bundle golden_test
  mkdir -p "$bundle/lib" "$bundle/mnist" "$bundle/golden"
  (cd "$root/build/cuda-bundle" && cp "${programs[@]}" "$bundle/")
  strip "$bundle"/{hourglass,*.so,*_test}
  cp "$root"/tests/golden/*.{safetensors,json} "$bundle/golden/"
  cp "$mnist"/*ubyte* "$bundle/mnist/"
  source_hash >"$bundle/sources"
  # Not the C library, which belongs to the machine, nor cuBLASLt (500 MB), which comes with its CUDA.
  for program in "${programs[@]}"; do
    ldd "$bundle/$(basename "$program")" | awk '$3 ~ /^\// { print $3 }'
  done | sort -u | grep -vE '/(libc|libm|libdl|libpthread|librt|libresolv|ld-linux[^/]*|libcublas[^/]*|libcuda[^/]*)\.so' |
    xargs -I{} cp -L {} "$bundle/lib/"
  tar -C "$work" -czf "$archive" gpu
  megabytes=$(du -m "$archive" | cut -f1)
  ((megabytes <= most_megabytes)) || die "build/gpu.tar.gz has $megabytes MB, more than $most_megabytes" "leave libraries out"
  say "made build/gpu.tar.gz, $megabytes MB"
}

if [[ ${1-} == bundle ]]; then
  make_bundle
  exit
fi

[[ -e $archive ]] || die "there is no build/gpu.tar.gz" "make it with: scripts/gpu.sh bundle"
tar -C "$work" -xzf "$archive"
[[ $(source_hash) == "$(<"$bundle/sources")" ]] ||
  die "build/gpu.tar.gz was made from other sources" "make it again with: scripts/gpu.sh bundle"
out=${1:-${OUT:-$root/build/gpu-results}} logs=$work/logs
mkdir -p "$out" "$logs"
trap 'tar -C "$work" -czf "$out/logs.tar.gz" logs; rm -rf "$work"' EXIT
libraries=$bundle/lib:${LD_LIBRARY_PATH-}
# cuBLASLt comes with CUDA or with PyTorch.
packages=$(python3 -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' 2>/dev/null || true)
for file in /usr/local/cuda*/lib64/libcublasLt.so.* /usr/local/cuda*/targets/*/lib/libcublasLt.so.* \
  "$packages"/nvidia/*/lib/libcublasLt.so.*; do
  [[ ! -e $file ]] || libraries+=:$(dirname "$file")
done
# For our own programs only: others have their own libraries.
ours=(env "LD_LIBRARY_PATH=$libraries" "HOURGLASS_DATA_DIR=$bundle/mnist" "GOLDEN_DIR=$bundle/golden")
hourglass() { "${ours[@]}" "$bundle/hourglass" "$@"; }
table=$out/gpu.txt results=$out/gpu.jsonl failed=()
: >"$table" >"$results"

row() { printf '%-44s %s\n' "$1" "$2" | tee -a "$table"; }
fail() {  # <name> <log>
  row "$1" "FAILED, see $2"
  tail -n 25 "$logs/$2"
  failed+=("$1")
}
check() {  # <name> <log> <command>...
  local name=$1 log=$2 begin=$SECONDS
  shift 2
  if "$@" >"$logs/$log" 2>&1; then row "$name" "ok, $((SECONDS - begin)) s"; else fail "$name" "$log"; fi
}
# At most so many seconds, and no longer than the whole run may take.
limit() {
  local seconds=$1 left=$((deadline - SECONDS))
  shift
  ((left > 0)) || { echo "no time is left"; return 1; }
  timeout "$((seconds < left ? seconds : left))" "$@"
}
# Tests of which at least one must run. <seconds> <program> <filter>
tests() {
  limit "$1" "${ours[@]}" "$bundle/$2" "--gtest_filter=$3" --gtest_brief=1 >"$work/tests.txt" 2>&1 ||
    { cat "$work/tests.txt"; return 1; }
  cat "$work/tests.txt"
  grep -q 'PASSED.* [1-9][0-9]* test' "$work/tests.txt"
}

hourglass env | tee "$out/env.txt"
grep -q '^gpus *cuda:0' "$out/env.txt" || die "no GPU can be used (see above)"

check "table of operations" operations.txt tests 150 backend_test '*_Gpu'
check "PyTorch's golden values" golden.txt tests 60 golden_test '*Gpu-*EmulatedGpu'
check "self-test" doctor.txt limit 60 "${ours[@]}" "$bundle/hourglass" doctor --gpu --json

# Killed after every few epochs, a run ends with the same bits as one that was left alone.
kill_and_resume() {
  local flags=(--data digits -z 8 --device cuda --no-report -e 60 --checkpoint-every 1 -q)
  local kills=0 status pid command reached
  epochs() { if [[ -e $work/killed/metrics.jsonl ]]; then wc -l <"$work/killed/metrics.jsonl"; else echo 0; fi; }
  hourglass train "${flags[@]}" -o "$work/whole"
  while :; do
    command=(train --resume "$work/killed" --no-report -q)
    if [[ ! -e $work/killed/run.json ]]; then
      rm -rf "$work/killed"  # it was killed too early
      command=(train "${flags[@]}" -o "$work/killed")
    fi
    reached=$(($(epochs) + 3))
    limit 60 "${ours[@]}" "$bundle/hourglass" "${command[@]}" &
    pid=$!
    while kill -0 "$pid" 2>/dev/null && (($(epochs) < reached)); do sleep 0.02; done
    pkill -KILL -f "$bundle/hourglass ${command[*]}" || true
    status=0
    wait "$pid" || status=$?
    ((status != 0)) || break
    ((status == 137 && ++kills < 60)) || return 1
  done
  echo "$kills kills"
  ((kills > 0)) || return 1
  cmp "$work/whole/model.safetensors" "$work/killed/model.safetensors"
}
check "killed and resumed: the same bits" resume.txt kill_and_resume

# Seconds of the fastest epoch, and of all. <model> <precision> <further flags>...
speed() {
  local model=$1 precision=$2 seconds sum
  shift 2
  limit 60 "${ours[@]}" "$bundle/hourglass" train --data mnist --model "$model" --precision "$precision" --device cuda \
    --no-report --eval-noise 0 --schedule none -q -o "$work/$model-$precision" "$@" >"$logs/$model-$precision.txt" 2>&1 || {
    fail "$model $precision" "$model-$precision.txt"
    return 0
  }
  read -r seconds sum < <(grep -o '"seconds":[0-9.e-]*' "$work/$model-$precision/metrics.jsonl" | cut -d: -f2 |
    awk 'NR == 1 || $1 < least { least = $1 } { sum += $1 } END { print least, sum }')
  row "$model $precision, seconds: best epoch, sum" "$seconds $sum"
  printf '{"side":"hourglass","model":"%s","precision":"%s","seconds_per_epoch":%s,"seconds":%s}\n' "$model" "$precision" \
    "$seconds" "$sum" >>"$results"
}
for precision in f32 bf16; do
  speed mlp4 $precision -z 8 -b 2048 -e 50
  speed deep-relu $precision -z 2 -b 100 -e 5
  speed conv $precision -z 4 -b 256 -e 5 --dropout 0.1
done
speed mlp4 tf32 -z 8 -b 2048 -e 50
if python3 -c 'import torch; assert torch.cuda.is_available()' >"$logs/torch.txt" 2>&1; then
  limit 200 env "MNIST_DIR=$bundle/mnist" python3 -B "$root/bench/peers/torch_gpu.py" 3 2>>"$logs/torch.txt" |
    tee -a "$results" "$table" || fail PyTorch torch.txt
else
  row PyTorch "not found, or without a GPU"
fi

# Last, because they take long: with the time that is left, on a short training in f32 with convolutions.
small=(train --data digits --model conv -z 8 --precision f32 --device cuda --no-report --overfit-batches 3 -e 2 -q)
sanitizer=$(command -v compute-sanitizer || ls /usr/local/cuda*/bin/compute-sanitizer 2>/dev/null | tail -n 1 || true)
if [[ -n $sanitizer ]]; then
  for tool in memcheck racecheck initcheck synccheck; do
    check "compute-sanitizer $tool" "$tool.txt" limit 60 "${ours[@]}" "$sanitizer" --tool "$tool" --error-exitcode 1 \
      "$bundle/hourglass" "${small[@]}" -o "$work/$tool"
  done
else
  row compute-sanitizer "not found"
fi

say "results are in $out"
((${#failed[@]} == 0)) || die "failed: $(printf '%s; ' "${failed[@]}")"
