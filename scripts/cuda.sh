#!/usr/bin/env bash
# Compiles the kernels of src/hourglass/cuda for GPUs of the kinds sm_80 (A100) and sm_90 (H100), with warnings as errors.
# Needs no GPU. Uses the nvcc in $PATH, else installs one with pip into build/cuda/venv (300 MB).
#
# usage: scripts/cuda.sh
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

(($# == 0)) || { printf 'usage: scripts/cuda.sh\n' >&2; exit 2; }

out=$root/build/cuda venv=$root/build/cuda/venv
mkdir -p "$out"

install_nvcc() {
  cmp -s "$root/scripts/cuda-requirements.txt" "$venv/requirements.txt" && return
  say "installing NVIDIA's compiler into build/cuda/venv"
  python3 -m venv "$venv" && "$venv/bin/pip" install -q -r "$root/scripts/cuda-requirements.txt" &&
    cp "$root/scripts/cuda-requirements.txt" "$venv/requirements.txt"
}

if ! nvcc=$(command -v nvcc); then
  install_nvcc || {
    say "NO KERNEL IS COMPILED FOR GPUS: there is no nvcc, and pip could not install one"
    exit 0
  }
  nvcc=$(compgen -G "$venv/lib/python3*/site-packages/nvidia/cu13/bin/nvcc") || die "the packages of pip hold no nvcc"
fi

export nvcc out root
compile() {  # <file>
  local toolkit
  toolkit=$(dirname "$(dirname "$nvcc")")
  "$nvcc" -std=c++20 -x cu -gencode arch=compute_80,code=sm_80 -gencode arch=compute_90,code=sm_90 \
    --extended-lambda --expt-relaxed-constexpr -Werror all-warnings -Xcompiler -Wall \
    -I "$root/src" -I "$toolkit/include" -c "$1" -o "$out/$(basename "$1" .cc).o"
}
export -f compile

# emulat*.cc are for machines without a GPU.
mapfile -t sources < <(cd "$root" && compgen -G 'src/hourglass/cuda/*.cc' | grep -v '/emulat')
say "compiling ${#sources[@]} files with $("$nvcc" --version | grep -o 'release [0-9.]*')"
cd "$root"
printf '%s\0' "${sources[@]}" | xargs -0 -n 1 -P "$(nproc)" bash -c 'compile "$1"' _ ||
  die "some kernels do not compile for GPUs (see above)"
