#!/usr/bin/env bash
# Goes from nothing to a trained autoencoder with an illustrated report: installs what is missing, builds, trains mlp4
# on the real MNIST if it finds it, otherwise on the built-in digits, and prints the path of the report.
#
# usage: scripts/demo.sh [options of `hourglass train`]      for example: scripts/demo.sh -z 16 -e 5
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

say "this installs what is missing (about 1 minute), builds the program (2 to 3 minutes on 2 cores), trains for 50 epochs" \
  "(1 to 4 seconds each; -e sets how many) and writes a report; steps that are already done take no time"
"$root/scripts/setup.sh" build
build release hourglass_program

if mnist=$(find_mnist); then
  data=(--data mnist --data-dir "$mnist")
else
  say "MNIST was not found: using the built-in digits (build/release/hourglass data fetch mnist fetches MNIST)"
  data=(--data digits)
fi

out=(--out "$root/runs/$(date -u +%Y%m%d-%H%M%S)-demo")
for option in "$@"; do
  case $option in
    -o* | --out | --out=*) out=() ;;
    --resume | --resume=*) out=() data=() ;;  # the run has both
    --data | --data=* | --data-dir | --data-dir=* | --config | --config=*) data=() ;;
  esac
done
exec "$root/build/release/hourglass" train "${data[@]}" "${out[@]}" "$@"
