#!/usr/bin/env bash
# Alternates hourglass and PyTorch training the convolutional autoencoder, runs a search in each round, times the kernels of
# its layers, and prints one table, kept in bench/RESULTS.md.
#
# usage: bench/conv.sh [--rounds 3] [--epochs 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec /usr/bin/python3 -B "$root/bench/conv.py" "$mnist" "$@"
