"""Alternates hourglass and PyTorch training mlp4, measures both from outside, and prints one table; bench/run.sh runs it."""
import argparse, pathlib, statistics, sys

import contenders, machine

D = 8


def ratio(slower, faster):
    """The median over rounds of how many times as fast. A slow moment of the machine hits both sides of a round."""
    return statistics.median(s["epoch"] / f["epoch"] for s, f in zip(slower, faster))


def row(name, runs, reference, rate):
    """A line of the table. `rate`: GFLOP/s of large products, sustained and in the best call."""
    epochs = [r["epoch"] for r in runs]
    starts = [r["start"] for r in runs if "start" in r]
    reached = machine.mlp4_epoch_gflop(D) / statistics.median(epochs)
    return (f"| {name} | {statistics.median(epochs):.3f} | {min(epochs):.3f} | {ratio(reference, runs):.2f} × | "
            f"{f'{statistics.median(starts):.2f}' if starts else ''} | {max(r['peak'] for r in runs):.0f} | {reached / rate['sustained']:.0%} | "
            f"{reached / rate['best_call']:.0%} |")


def main():
    parse = argparse.ArgumentParser(prog="bench/run.sh", description="hourglass and PyTorch in alternation, mlp4")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--rounds", type=int, default=5)
    parse.add_argument("--epochs", type=int, default=3, help="epochs per training run; the fastest counts, on both sides")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    base = {"MNIST_DIR": str(args.data_dir)}
    precisions = contenders.precisions()
    calibrated, best = contenders.best_torch_settings(base)
    runs = {side: [] for side in ["memory", "dataloader", "plain memory", "plain dataloader", *precisions]}
    rates = []
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        rates.append(machine.run([machine.PROGRAM.parent / "hourglass_matmul_rate", machine.threads()]).json())
        for precision in precisions:
            runs[precision].append(contenders.hourglass(precision, D, args.epochs, 0, args.data_dir))
        runs["memory"].append(contenders.torch("memory", D, args.epochs, 0, best))
        runs["dataloader"].append(contenders.torch("dataloader", D, args.epochs, 0, best))
        for mode in ("memory", "dataloader"):
            runs["plain " + mode].append(contenders.torch(mode, D, args.epochs, 0, base))
    runs["memory"][0]["start"] = calibrated["start"]
    runs["plain memory"][0]["start"] = contenders.torch("memory", D, 1, 0, base)["start"]

    rate = {p: {kind: statistics.median(r[p + "_gflops"][kind] for r in rates) for kind in ("sustained", "best_call")}
            for p in precisions}
    reference = runs["memory"]
    every_epoch = {p: statistics.median(m["seconds"] for r in runs[p] for m in r["metrics"]) for p in precisions}
    text = "\n".join([
        "| mlp4, d 8, batch 2048, MNIST | s per epoch | fastest | speed-up | s to first epoch | peak MB | share of rate, sustained | of its best call |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *[row(f"hourglass {p}", runs[p], reference, rate[p]) for p in precisions],
        row("PyTorch, data in memory, best settings", reference, reference, rate["f32"]),
        row("PyTorch, torchvision's DataLoader, best settings", runs["dataloader"], reference, rate["f32"]),
        row("PyTorch, data in memory, as it comes", runs["plain memory"], reference, rate["f32"]),
        row("PyTorch, torchvision's DataLoader, as it comes", runs["plain dataloader"], reference, rate["f32"]),
        "",
        f"- Machine: {machine.description(rates[0]['onednn'])}.",
        f"- Alternating rounds: {args.rounds}. The fastest epoch of each training run counts (the peers report no other); `s per "
        "epoch` is the median over the rounds, `fastest` the minimum. Median over all epochs of hourglass: "
        + ", ".join(f"{p} {seconds:.3f} s" for p, seconds in every_epoch.items()) + ".",
        "- Speed-up: against PyTorch with the data in memory, round by round, median.",
        f"- PyTorch's best settings here: {contenders.named(best)} (OpenBLAS {machine.openblas(best)}); as it comes, without any "
        f"of them, OpenBLAS takes {machine.openblas()}.",
        "- hourglass f32 against the DataLoader: " + ", ".join(
            f"{ratio(runs[side], runs['f32']):.1f} × as fast as PyTorch {name}" for side, name in
            [("dataloader", "with its best settings"), ("plain dataloader", "as it comes")]) + ".",
        "- To first epoch: for hourglass the arrival of the last line that it prints before the first epoch; for PyTorch a whole "
        "process of one epoch minus that epoch.",
        "- Rate: large products by oneDNN on all threads, " + ", ".join(
            f"{p} {r['sustained']:.0f} GFLOP/s sustained for half a second, {r['best_call']:.0f} in the best call" for p, r in rate.items())
        + f"; memory {statistics.median(r['triad_gb_per_second'] for r in rates):.0f} GB/s. "
        f"An epoch's products are {machine.mlp4_epoch_gflop(D):.1f} GFLOP.",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Speed", text)


main()
