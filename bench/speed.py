"""Alternates hourglass and PyTorch on every model, and prints one table; bench/run.sh runs it."""
import argparse, pathlib, statistics, sys

import contenders, machine


def median(runs, key="epoch"):
    return statistics.median(r[key] for r in runs)


def ratio(slower, faster):
    """The median over rounds of how many times as fast. A slow moment of the machine hits both sides of a round."""
    return statistics.median(s["epoch"] / f["epoch"] for s, f in zip(slower, faster))


def row(work, precision, images, ours, theirs, form, limits):
    """A line of the table."""
    limit = machine.dense_epoch_gflop(work.weights, images) / limits.rate(precision)
    fastest, peer = (min(r["epoch"] for r in runs) for runs in (ours, theirs))
    name = work.name if work.data == "mnist" else f"{work.name}, {work.data}"
    return (f"| {name} | {precision} | {limit:.3f} | {fastest:.3f} | {median(ours):.3f} | {limit / fastest:.0%} | "
            f"{contenders.named(form)} | {peer:.3f} | {median(theirs):.3f} | {limit / peer:.0%} | {ratio(theirs, ours):.2f} × | "
            f"{max(r['peak'] for r in ours):.0f} / {max(r['peak'] for r in theirs):.0f} | {median(ours, 'start'):.2f} |")


def main():
    parse = argparse.ArgumentParser(prog="bench/run.sh", description="hourglass and PyTorch in alternation")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--models", nargs="+", default=list(contenders.WORKS), choices=contenders.WORKS)
    parse.add_argument("--cifar", type=pathlib.Path, metavar="DIR",
                       help="train conv and conv-large on the pictures of DIR/data_batch_*.bin instead")
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--epochs", type=int, default=3, help="epochs per training run; the fastest counts, on both sides")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    contests = [(contenders.WORKS[name], precision) for name in args.models for precision in contenders.precisions()]
    data_dir, images = args.data_dir, 60000
    if args.cifar:
        contests = [(work, "f32") for work in contenders.COLOUR_WORKS]
        data_dir, images = args.cifar, contenders.images_in(args.cifar)
    forms = [contenders.best_form(work, precision, data_dir) for work, precision in contests]
    ours, theirs, limits = [[] for _ in contests], [[] for _ in contests], machine.Limits()
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        for i, (work, precision) in enumerate(contests):
            limits.measure()
            ours[i].append(contenders.hourglass(precision, work.d, args.epochs, 0, data_dir, work.arguments,
                                                data=work.data))
            theirs[i].append(contenders.torch(work, forms[i], machine.threads(), args.epochs, 0, data_dir))

    text = "\n".join([
        "| model | | limit, s | hourglass, fastest epoch | median of rounds | share of limit | PyTorch's best form | fastest epoch | median of rounds "
        "| share of limit | speed-up | peak MB | s to first epoch |",
        "| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |",
        *[row(work, precision, images, ours[i], theirs[i], forms[i], limits) for i, (work, precision) in enumerate(contests)],
        "",
        f"- Machine: {machine.description()}.",
        limits.describe(),
        f"- Alternating rounds: {args.rounds}. The fastest of {args.epochs} epochs counts in each training run, on both sides. Speed-up: round by round, "
        "median. Shares: of the time that the epoch's products take at the rate of the fastest instructions, by the fastest epoch.",
        f"- {images:,} images an epoch. PyTorch: all in one tensor in memory; all forms tried (fused optimizer, torch.compile, both, "
        "neither; bf16 by autocast; CIFAR-10 also with channels last).",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Speed", text)


main()
