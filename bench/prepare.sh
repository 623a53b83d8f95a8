# Sourced by the benchmarks: finds MNIST, installs the peers, builds the program and the programs that measure the machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

mnist=$(find_mnist) || die "the peers need the real MNIST" "fetch it: build/release/hourglass data fetch mnist"
"$root/scripts/setup.sh" build bench
build release all -DHOURGLASS_BENCH=ON

peers=$root/build/bench/venv
python=$peers/bin/python
if ! cmp -s "$root/bench/requirements.txt" "$peers/requirements.txt"; then
  say "installing PyTorch, faiss, scipy, openTSNE and pandas into build/bench/venv (some GB)"
  python3 -m venv "$peers"
  "$peers/bin/pip" install -q -r "$root/bench/requirements.txt" || die "pip could not install the peers"
  cp "$root/bench/requirements.txt" "$peers/requirements.txt"
fi
