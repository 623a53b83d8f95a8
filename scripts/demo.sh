#!/usr/bin/env bash
# From nothing to a trained autoencoder with an illustrated report: installs what is missing, builds, trains mlp4 on the
# real MNIST where it finds it and on the built-in digits otherwise, and prints the path of the report.
#
# usage: scripts/demo.sh [options of `hourglass train`]      for example: scripts/demo.sh -z 16 -e 5
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

"$root/scripts/setup.sh" build
build release hourglass_program

if mnist=$(find_mnist); then
  say "training on the real MNIST in $mnist"
  data=(--data mnist --data-dir "$mnist")
else
  say "training on the built-in digits: MNIST was not found (build/release/bin/hourglass data fetch mnist gets it)"
  data=(--data digits)
fi
