#!/usr/bin/env bash
# Alternates hourglass with torchvision, libjpeg and pandas on reading pictures and tables. Prints one table, kept in
# bench/RESULTS.md.
#
# usage: bench/pictures.sh [--rounds 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/pictures.py" "$mnist" "$@"
