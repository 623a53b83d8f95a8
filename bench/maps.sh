#!/usr/bin/env bash
# Alternates hourglass with openTSNE on a map of MNIST. Prints one table of times and scores, kept in bench/RESULTS.md.
#
# usage: bench/maps.sh [--rounds 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/maps.py" "$mnist" "$@"
