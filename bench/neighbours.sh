#!/usr/bin/env bash
# Alternates hourglass with faiss and scipy on nearest neighbours of images and codes, and with PyTorch on epochs of deep-relu.
# Prints one table, kept in bench/RESULTS.md.
#
# usage: bench/neighbours.sh [--rounds 3] [--epochs 3] [--queries N] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec /usr/bin/python3 -B "$root/bench/neighbours.py" "$mnist" "$@"
