#!/usr/bin/env bash
# Trains the convolutional autoencoder with hourglass and with PyTorch by turns, searches once, times the kernels of its
# layers, and prints one table, kept in bench/RESULTS.md.
#
# usage: bench/conv.sh [--rounds 3] [--epochs 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec /usr/bin/python3 -B "$root/bench/conv.py" "$mnist" "$@"
