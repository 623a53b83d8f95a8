#!/usr/bin/env bash
# Times the kernels of the convolutional autoencoder's layers and a search with it, and prints one table, kept in
# bench/RESULTS.md.
#
# usage: bench/conv.sh [--rounds 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/conv.py" "$mnist" "$@"
