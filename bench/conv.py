"""Alternates hourglass and PyTorch on the convolutional autoencoder, and shows where its time goes; bench/conv.sh runs it."""
import argparse, json, pathlib, shutil, statistics, sys

import contenders, machine

D = 4
TRIALS, TRIAL_EPOCHS = 8, 10
# [inputs, outputs, pixels of the smaller side, kernel] of the (transposed) convolutions, then [inputs, outputs] of the dense layers.
CONVOLUTIONS = [(1, 8, 14 * 14, 3), (8, 16, 7 * 7, 3), (16, 32, 3 * 3, 3), (32, 16, 3 * 3, 3), (16, 8, 7 * 7, 3), (8, 1, 14 * 14, 3)]
DENSE = [(288, 64), (64, D), (D, 64), (64, 288)]


def epoch_gflop(images=60000):
    """Operations of the products: forward, gradient of the weights, and gradient of the activations (except the first layer's
    input). A multiplication with its addition counts as two."""
    work = [i * o * pixels * k * k for i, o, pixels, k in CONVOLUTIONS] + [i * o for i, o in DENSE]
    return images * 2 * (3 * sum(work) - work[0]) / 1e9


SEARCH = """
[train]
data = "mnist"
model = "conv"
code_size = 4
epochs = {epochs}
batch = 256
schedule = "none"
eval_noise = 0.0
optimizer = "adamw"
[search]
trials = {trials}
space = {{ learning_rate = {{ log = [1e-3, 6e-3] }}, dropout = {{ uniform = [0.1, 0.2] }} }}
"""


def search_seconds(data_dir):
    """Wall time of a whole search: reading, all trials, table, but no drawing."""
    recipe, out = machine.SCRATCH / "search.toml", machine.SCRATCH / "search"
    recipe.write_text(SEARCH.format(epochs=TRIAL_EPOCHS, trials=TRIALS))
    shutil.rmtree(out, ignore_errors=True)
    return machine.run([machine.PROGRAM, "search", recipe, "--data-dir", data_dir, "--out", out, "--no-report"]).seconds


def kernels(rate):
    """A table line for each operation on a layer: time of a step, share of the machine's f32 rate."""
    text = machine.output([str(machine.PROGRAM.parent / "hourglass_micro"), "--benchmark_filter=^Conv.*F32",
                           "--benchmark_format=json", "--benchmark_min_time=0.3"])
    lines = []
    for one in json.loads(text)["benchmarks"]:
        operation, label = one["name"].split("/")[:2]
        lines.append((one["flop/s"] / 1e9 / rate, f"| {operation} {label.split('k')[0]} | {one['real_time']:.3f} | "
                      f"{one['flop/s'] / 1e9:.0f} | {one['flop/s'] / 1e9 / rate:.0%} |"))
    return lines


def main():
    parse = argparse.ArgumentParser(prog="bench/conv.sh", description="hourglass and PyTorch in alternation, conv")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--epochs", type=int, default=3, help="epochs per training run; the fastest counts, on both sides")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    precisions = contenders.precisions()
    _, best = contenders.best_torch_settings({"MNIST_DIR": str(args.data_dir)}, contenders.conv_epoch)
    runs = {side: [] for side in ["PyTorch", *precisions]}
    rates, searches = [], []
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        rates.append(machine.run([machine.PROGRAM.parent / "hourglass_matmul_rate", machine.threads()]).json())
        for precision in precisions:
            runs[precision].append(contenders.hourglass(precision, D, args.epochs, 0, args.data_dir, model=contenders.CONV))
        runs["PyTorch"].append(contenders.torch_conv(D, args.epochs, 0, best))
        searches.append(search_seconds(args.data_dir))
    rate, best_call = (statistics.median(r["f32_gflops"][kind] for r in rates) for kind in ("sustained", "best_call"))
    torch_epoch = statistics.median(r["epoch"] for r in runs["PyTorch"])

    def row(side):
        epochs = [r["epoch"] for r in runs[side]]
        ratio = statistics.median(t["epoch"] / r["epoch"] for t, r in zip(runs["PyTorch"], runs[side]))
        share = epoch_gflop() / statistics.median(epochs) / rate
        name = "PyTorch, data in memory, best settings" if side == "PyTorch" else f"hourglass {side}"
        return (f"| {name} | {statistics.median(epochs):.3f} | {min(epochs):.3f} | {ratio:.2f} × | "
                f"{max(r['peak'] for r in runs[side]):.0f} | {share:.0%} |")

    measured = kernels(rate)
    search = statistics.median(searches)
    text = "\n".join([
        "| conv, d 4, batch 256, AdamW, dropout, MNIST | s per epoch | fastest | speed-up | peak MB | share of f32 rate, sustained |",
        "| --- | --- | --- | --- | --- | --- |",
        *[row(side) for side in [*precisions, "PyTorch"]],
        "",
        "| operation, batch 256, f32 | ms | GFLOP/s | share of f32 rate, sustained |",
        "| --- | --- | --- | --- |",
        *[line for _, line in measured],
        "",
        f"- Machine: {machine.description(rates[0]['onednn'])}.",
        f"- Alternating rounds: {args.rounds}; medians. Speed-up round by round. PyTorch's best settings here: {contenders.named(best)}.",
        f"- An epoch's products are {epoch_gflop():.1f} GFLOP; the machine's rate is that of large f32 products, {rate:.0f} GFLOP/s "
        f"sustained for half a second, {best_call:.0f} in the best call.",
        f"- The slowest kernel, by its share of that rate: {min(measured)[1].split('|')[1].strip()}.",
        f"- Search, {TRIALS} trials × {TRIAL_EPOCHS} epochs, 48,000 of the images: {search:.1f} s from start to table. PyTorch's epochs alone "
        f"for as many images: {TRIALS * TRIAL_EPOCHS * torch_epoch * .8:.0f} s, {TRIALS * TRIAL_EPOCHS * torch_epoch * .8 / search:.1f} × as long.",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Convolutions", text)


main()
