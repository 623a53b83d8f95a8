"""Trains mlp4 to the end with hourglass and with PyTorch and compares the losses; bench/quality.sh runs it.

Every finished training is a line of build/bench/quality.jsonl, so an interrupted comparison goes on where it stopped.
Trainings run side by side, one a core, each with one thread: their losses are wanted, not their times.
"""
import argparse, concurrent.futures, json, pathlib, statistics, sys

import contenders, machine

STORE = machine.SCRATCH / "quality.jsonl"


def train(side, d, epochs, seed, data_dir, torch_env):
    if side == "PyTorch":
        done = contenders.torch_to_the_end(d, epochs, seed, torch_env)
        return {"train": done["train_mse"], "test": done["test_mse"]}
    precision = side.split()[1]
    done = contenders.hourglass(precision, d, epochs, seed, data_dir, threads=1, name=f"{precision}-{d}-{seed}")
    last = done["metrics"][-1]
    return {"train": last["train/loss"], "test": last["test/loss"]}


def main():
    parse = argparse.ArgumentParser(prog="bench/quality.sh", description="final losses, hourglass against PyTorch")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--codes", type=int, nargs="+", default=[4, 8, 16])
    parse.add_argument("--seeds", type=int, default=5)
    parse.add_argument("--epochs", type=int, default=50)
    parse.add_argument("--precisions", nargs="+", default=contenders.precisions(), choices=["f32", "bf16"])
    parse.add_argument("--again", action="store_true", help="train hourglass anew; PyTorch's results are kept")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    sides = ["PyTorch"] + [f"hourglass {p}" for p in args.precisions]
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    stored = [json.loads(line) for line in STORE.read_text().splitlines()] if STORE.exists() else []
    if args.again:
        stored = [s for s in stored if s["side"] == "PyTorch"]
        STORE.write_text("".join(json.dumps(s) + "\n" for s in stored))
    known = {(s["side"], s["d"], s["epochs"], s["seed"]): s for s in stored}
    wanted = [(side, d, args.epochs, seed) for seed in range(args.seeds) for d in args.codes for side in sides]
    missing = [key for key in wanted if key not in known]
    torch_env = None
    if missing:
        _, torch_env = contenders.best_torch_settings({"MNIST_DIR": str(args.data_dir)})
    with concurrent.futures.ThreadPoolExecutor(machine.threads()) as pool:
        running = {pool.submit(train, *key, args.data_dir, torch_env): key for key in missing}
        for done in concurrent.futures.as_completed(running):
            key = running[done]
            known[key] = dict(zip(("side", "d", "epochs", "seed"), key)) | done.result()
            with STORE.open("a") as store:
                store.write(json.dumps(known[key]) + "\n")
            print(f"{len(set(wanted) & known.keys())} of {len(wanted)}: {json.dumps(known[key])}", file=sys.stderr)

    def losses(side, d, split):
        return [known[side, d, args.epochs, seed][split] for seed in range(args.seeds)]

    def mean(side, d, split):
        return statistics.mean(losses(side, d, split))

    def spread(side, d):
        return f" ± {statistics.stdev(losses(side, d, 'train')):.5f}" if args.seeds > 1 else ""

    lines = ["| d | side | train MSE, ± one seed | test MSE | train, to PyTorch | test, to PyTorch | test, to f32 |",
             "| --- | --- | --- | --- | --- | --- | --- |"]
    for d in args.codes:
        for side in sides:
            train_mse, test_mse = mean(side, d, "train"), mean(side, d, "test")
            compared = side == "hourglass bf16" and "hourglass f32" in sides
            to_f32 = f"{test_mse / mean('hourglass f32', d, 'test') - 1:+.2%}" if compared else ""
            lines.append(f"| {d} | {side} | {train_mse:.5f}{spread(side, d)} | {test_mse:.5f} | {train_mse / mean('PyTorch', d, 'train') - 1:+.2%} | "
                         f"{test_mse / mean('PyTorch', d, 'test') - 1:+.2%} | {to_f32} |")
    lines += ["", f"mlp4 on MNIST, {args.epochs} epochs, batch 2048, means of {args.seeds} seeds, one thread a training. hourglass "
              f"{machine.output(['git', '-C', str(machine.ROOT), 'describe', '--always', '--dirty'])}."]
    text = "\n".join(lines)
    print(text)
    if not args.no_keep:
        machine.keep("Final losses", text)


main()
