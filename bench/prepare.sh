# Sourced by the benchmarks: finds MNIST, installs the peers, builds the program and the programs that measure the machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

mnist=$(find_mnist) || die "the peers need the real MNIST" "fetch it: build/release/hourglass data fetch mnist"
"$root/scripts/setup.sh" build bench
build release all -DHOURGLASS_BENCH=ON
