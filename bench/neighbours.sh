#!/usr/bin/env bash
# Nearest neighbours of images and of codes, by hourglass and by faiss and scipy by turns, and an epoch of the model whose codes
# are measured by them, by hourglass and by PyTorch; prints one table, kept in bench/RESULTS.md.
#
# usage: bench/neighbours.sh [--rounds 3] [--epochs 3] [--queries N] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec /usr/bin/python3 -B "$root/bench/neighbours.py" "$mnist" "$@"
