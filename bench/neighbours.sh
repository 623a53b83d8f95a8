#!/usr/bin/env bash
# Alternates hourglass with faiss and scipy on nearest neighbours of images and codes. Prints one table, kept in bench/RESULTS.md.
#
# usage: bench/neighbours.sh [--rounds 3] [--queries N] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/neighbours.py" "$mnist" "$@"
