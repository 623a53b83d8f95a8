#!/usr/bin/env bash
# Alternates hourglass and PyTorch training mlp4, and prints one table, kept in bench/RESULTS.md.
#
# usage: bench/run.sh [--rounds 5] [--epochs 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec /usr/bin/python3 -B "$root/bench/speed.py" "$mnist" "$@"
