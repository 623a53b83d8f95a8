"""Trains mlp4 to the end with hourglass and with PyTorch and compares the losses; bench/quality.sh runs it.

Every finished training is a line of build/bench/quality.jsonl, so an interrupted comparison goes on where it stopped.
"""
import argparse, json, pathlib, statistics, sys

import contenders, machine

STORE = machine.SCRATCH / "quality.jsonl"


def train(side, d, epochs, seed, data_dir, torch_env):
    if side == "PyTorch":
        done = contenders.torch_to_the_end(d, epochs, seed, torch_env)
        return {"train": done["train_mse"], "test": done["test_mse"]}
    last = contenders.hourglass(side.split()[1], d, epochs, seed, data_dir)["metrics"][-1]
    return {"train": last["train/loss"], "test": last["test/loss"]}


def main():
    parse = argparse.ArgumentParser(prog="bench/quality.sh", description="final losses, hourglass against PyTorch")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--codes", type=int, nargs="+", default=[4, 8, 16])
    parse.add_argument("--seeds", type=int, default=5)
    parse.add_argument("--epochs", type=int, default=50)
    parse.add_argument("--again", action="store_true", help="train hourglass anew; PyTorch's results are kept")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    sides = ["PyTorch"] + [f"hourglass {p}" for p in contenders.precisions()]
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    stored = [json.loads(line) for line in STORE.read_text().splitlines()] if STORE.exists() else []
    if args.again:
        stored = [s for s in stored if s["side"] == "PyTorch"]
        STORE.write_text("".join(json.dumps(s) + "\n" for s in stored))
    known = {(s["side"], s["d"], s["epochs"], s["seed"]): s for s in stored}
    wanted = [(side, d, args.epochs, seed) for seed in range(args.seeds) for d in args.codes for side in sides]
    torch_env = None
    for key in wanted:
        if key in known:
            continue
        if torch_env is None:
            _, torch_env = contenders.best_torch_settings({"MNIST_DIR": str(args.data_dir)})
        losses = train(*key, args.data_dir, torch_env)
        known[key] = dict(zip(("side", "d", "epochs", "seed"), key)) | losses
        with STORE.open("a") as store:
            store.write(json.dumps(known[key]) + "\n")
        print(f"{len(set(wanted) & known.keys())} of {len(wanted)}: {json.dumps(known[key])}", file=sys.stderr)

    def mean(side, d, split):
        return statistics.mean(known[side, d, args.epochs, seed][split] for seed in range(args.seeds))

    lines = ["| d | side | train MSE | test MSE | train, to PyTorch | test, to PyTorch | test, to f32 |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for d in args.codes:
        for side in sides:
            train_mse, test_mse = mean(side, d, "train"), mean(side, d, "test")
            to_f32 = f"{test_mse / mean(sides[1], d, 'test') - 1:+.2%}" if side == "hourglass bf16" else ""
            lines.append(f"| {d} | {side} | {train_mse:.5f} | {test_mse:.5f} | {train_mse / mean('PyTorch', d, 'train') - 1:+.2%} | "
                         f"{test_mse / mean('PyTorch', d, 'test') - 1:+.2%} | {to_f32} |")
    lines += ["", f"mlp4 on MNIST, {args.epochs} epochs, batch 2048, means of {args.seeds} seeds. hourglass "
              f"{machine.output(['git', '-C', str(machine.ROOT), 'describe', '--always', '--dirty'])}."]
    text = "\n".join(lines)
    print(text)
    if not args.no_keep:
        machine.keep("Final losses", text)


main()
