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
archive=$root/build/gpu.tar.gz most_megabytes=60
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bundle=$work/gpu

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
  # Not the C library, which belongs to the machine, nor cuBLASLt (500 MB), which comes with its CUDA.
  for program in "${programs[@]}"; do
    ldd "$bundle/$(basename "$program")" | awk '$3 ~ /^\// { print $3 }'
  done | sort -u | grep -vE '/(libc|libm|libdl|libpthread|librt|ld-linux[^/]*|libcublas[^/]*|libcuda[^/]*)\.so' |
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
out=${1:-${OUT:-$root/build/gpu-results}}
mkdir -p "$out"
export LD_LIBRARY_PATH=$bundle/lib:${LD_LIBRARY_PATH-} HOURGLASS_DATA_DIR=$bundle/mnist
# cuBLASLt comes with CUDA or with PyTorch.
packages=$(python3 -c 'import sysconfig; print(sysconfig.get_paths()["purelib"])' 2>/dev/null || true)
for file in /usr/local/cuda*/lib64/libcublasLt.so.* /usr/local/cuda*/targets/*/lib/libcublasLt.so.* \
  "$packages"/nvidia/*/lib/libcublasLt.so.*; do
  [[ ! -e $file ]] || LD_LIBRARY_PATH+=:$(dirname "$file")
done
hourglass() { "$bundle/hourglass" "$@"; }
table=$out/gpu.txt results=$out/gpu.jsonl failed=()
: >"$table" >"$results"

row() { printf '%-44s %s\n' "$1" "$2" | tee -a "$table"; }
check() {  # <name> <log> <command>...
  local name=$1 log=$out/$2 begin=$SECONDS
  shift 2
  if "$@" >"$log" 2>&1; then row "$name" "ok, $((SECONDS - begin)) s"; else
    row "$name" "FAILED, see $(basename "$log")"
    failed+=("$name")
  fi
}

hourglass env | tee "$out/env.txt"
grep -q '^gpus *cuda:0' "$out/env.txt" || die "no GPU can be used (see above)"

small=(train --data digits -z 8 --device cuda --no-report --overfit-batches 3 -e 2 -q)
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck initcheck synccheck; do
    check "compute-sanitizer $tool" "$tool.txt" timeout 120 compute-sanitizer --tool "$tool" --error-exitcode 1 \
      "$bundle/hourglass" "${small[@]}" -o "$work/$tool"
  done
else
  row compute-sanitizer "not found"
fi
check "table of operations" operations.txt "$bundle/backend_test" --gtest_filter='*_Gpu' --gtest_brief=1
golden_values() {
  GOLDEN_DIR=$bundle/golden "$bundle/golden_test" --gtest_filter='*Gpu-*EmulatedGpu' --gtest_brief=1 | tee /dev/stderr |
    grep -q 'PASSED.* [1-9][0-9]* test'
}
check "PyTorch's golden values" golden.txt golden_values
check "self-test" doctor.json hourglass doctor --gpu --json

# Killed again and again, a run ends with the same bits as one that was left alone.
kill_and_resume() {
  local flags=(--data digits -z 8 --device cuda --no-report -e "$epochs_to_kill" --checkpoint-every 1 -q) kills=0 status command
  hourglass train "${flags[@]}" -o "$work/whole"
  while :; do
    command=(train --resume "$work/killed" --no-report -q)
    if [[ ! -e $work/killed/run.json ]]; then
      rm -rf "$work/killed"  # it was killed too early
      command=(train "${flags[@]}" -o "$work/killed")
    fi
    status=0
    timeout -s KILL "$seconds_to_live" "$bundle/hourglass" "${command[@]}" || status=$?
    ((status != 0)) || break
    ((status == 137 && ++kills < 60)) || return 1
  done
  echo "$kills kills"
  ((kills > 0)) || return 1
  cmp "$work/whole/model.safetensors" "$work/killed/model.safetensors"
}
epochs_to_kill=300 seconds_to_live=2.5
check "killed and resumed: the same bits" resume.txt kill_and_resume

# Seconds of the fastest epoch, and of all. <model> <precision> <further flags>...
speed() {
  local model=$1 precision=$2 seconds sum
  shift 2
  hourglass train --data mnist --model "$model" --precision "$precision" --device cuda --no-report --eval-noise 0 \
    --schedule none -q -o "$work/$model-$precision" "$@" >"$out/$model-$precision.txt" 2>&1 || {
    row "$model $precision" "FAILED, see $model-$precision.txt"
    failed+=("$model $precision")
    return
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
if python3 -c 'import torch; assert torch.cuda.is_available()' 2>/dev/null; then
  MNIST_DIR=$bundle/mnist timeout 300 python3 -B "$root/bench/peers/torch_gpu.py" 3 | tee -a "$results" "$table"
else
  row PyTorch "not found, or without a GPU"
fi

say "results are in $out"
((${#failed[@]} == 0)) || die "failed: $(printf '%s; ' "${failed[@]}")"
