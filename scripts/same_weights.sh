#!/usr/bin/env bash
# Proves that a refactoring changes no bit of the trained weights: two builds of the program train briefly on the
# built-in digits with the same settings, and the script compares the SHA-256 of their final weights.
#
# usage: scripts/same_weights.sh OLD NEW      the paths of two hourglass programs
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

(($# == 2)) || { printf 'usage: scripts/same_weights.sh OLD NEW\n' >&2; exit 2; }

# Every model, loss, optimizer and kind of corruption; flips and shifts; dropout; both precisions; one and two
# threads.
trainings=(
  "-b 512 --model mlp4 --precision f32 --threads 1"
  "-b 512 --model mlp4 --precision f32 --threads 2"
  "-b 512 --model mlp4 --precision bf16 --threads 1"
  "-b 512 --model mlp4 --precision bf16 --threads 2 --loss l1"
  "-b 512 --model mlp4 --precision f32 --threads 2 --loss l1 --optimizer adamw"
  "-b 512 --model mlp4 --precision f32 --threads 2 --optimizer adamax --flip true --shift 2 --corrupt gaussian:0.5"
  "-b 512 --model mlp4 --precision f32 --threads 1 --optimizer sgd --corrupt occlusion:0.2 --schedule none"
  "-b 512 --model mlp4 --precision bf16 --threads 2 --corrupt salt_pepper:0.1"
  "-b 512 --model mlp4 --precision f32 --threads 2 --corrupt masking:0.3 --overfit-batches 3"
  "-b 512 --model mlp4-narrow --precision f32 --threads 2 --val-share 0.2 --split-seed 7"
  "--model deep-linear --precision f32 --threads 2 -b 100"
  "-b 512 --model conv --precision f32 --threads 2 --optimizer muon"
  "--model deep-relu --precision f32 --threads 2 -b 100"
  "--model deep-relu --precision bf16 --threads 1 -b 100"
  "-b 512 --model conv --precision f32 --threads 1 --dropout 0.2"
  "--model conv --precision f32 --threads 2 -b 257"
  "-b 512 --model conv --precision bf16 --threads 2"
)

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Hashes the tensors only. The header before them may differ; it begins with its length.
digest() {
  local header
  header=$(od -An -tu8 -N8 "$1")
  tail -c +$((header + 9)) "$1" | sha256sum | cut -c1-64
}

weights() {  # <program> <name of the run> [training option...]
  local program=$1 run=$work/$2
  shift 2
  "$program" train --data digits -z 8 -e 2 "$@" --no-report -q --out "$run" >"$run.log" 2>&1 || {
    cat "$run.log" >&2
    die "training failed: $program train $*"
  }
  digest "$run/model.safetensors"
}

differ=0
for i in "${!trainings[@]}"; do
  read -ra options <<<"${trainings[i]}"
  old=$(weights "$1" "old-$i" "${options[@]}")
  new=$(weights "$2" "new-$i" "${options[@]}")
  [[ $old == "$new" ]] && verdict=same || verdict=DIFFERENT differ=1
  printf '%-9s  %s  %s\n' "$verdict" "$new" "${trainings[i]}"
done
exit "$differ"
