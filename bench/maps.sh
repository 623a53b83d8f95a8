#!/usr/bin/env bash
# Alternates hourglass with openTSNE on maps. Prints one table of times and scores, kept in bench/RESULTS.md.
#
# usage: bench/maps.sh [--data mnist|digits|cifar10|mixture ...] [--rounds 3] [--no-times] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/maps.py" "$mnist" "$@"
