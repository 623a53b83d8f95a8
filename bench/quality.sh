#!/usr/bin/env bash
# Trains a model to the end with hourglass and with PyTorch and compares the losses in one table, kept in bench/RESULTS.md.
# Takes long (one PyTorch run: a minute or two for mlp4, seven for conv). After an interruption it continues where it stopped.
#
# usage: bench/quality.sh [--model mlp4|vae|conv] [--codes 4 8 16] [--seeds 5] [--epochs 50] [--precisions f32 bf16] [--no-peer] [--again] [--no-keep]
source "$(dirname "${BASH_SOURCE[0]}")/prepare.sh"
exec "$python" -B "$root/bench/quality.py" "$mnist" "$@"
