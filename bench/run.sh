#!/usr/bin/env bash
# Alternates hourglass and PyTorch training each model in f32 and bf16, measures the processor's limits beside them, and prints
# one table, kept in bench/RESULTS.md.
#
# usage: bench/run.sh [--models mlp4 deep-relu conv | --cifar DIR] [--rounds 3] [--epochs 3] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/speed.py" "$mnist" "$@"
