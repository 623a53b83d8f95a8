# Sourced by the benchmarks: finds MNIST, installs the peers, builds the program and what measures the machine.
set -euo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/../scripts/common.sh"

mnist=$(find_mnist) || die "the peers need the real MNIST" "build/release/hourglass data fetch mnist gets it"
"$root/scripts/setup.sh" build bench
build release all -DHOURGLASS_BENCH=ON
