"""Trains a model to the end with hourglass and with PyTorch and compares the losses; bench/quality.sh runs it.

Every finished training run is a line of build/bench/quality.jsonl, so an interrupted comparison continues where it stopped.
Training runs are side by side, one per core, with one thread each: only their losses count, not their times.
"""
import argparse, concurrent.futures, json, pathlib, statistics, sys, typing

import numpy

import contenders, machine

STORE = machine.SCRATCH / "quality.jsonl"
KEY = ("model", "side", "d", "epochs", "seed")


class Model(typing.NamedTuple):
    arguments: list  # of hourglass train
    peer: list       # the script and its first arguments
    batch: int
    codes: list
    epochs: int
    loss: str = "MSE"


# conv has no ReLU at its code, so none of its code units can die.
MODELS = {"mlp4": Model(contenders.WORKS["mlp4"].arguments, ["torch_mlp4.py", "memory"], 2048, [4, 8, 16], 50),
          "vae": Model([*contenders.WORKS["mlp4"].arguments, "--bottleneck", "gaussian", "--loss", "bce"], ["torch_vae.py"], 2048, [2, 8],
                       50, "-ELBO, nats"),
          "conv": Model(contenders.WORKS["conv"].arguments, ["torch_conv.py"], 256, [4, 10], 72)}


def dead_units(run, data_dir):
    """The number of code units that are 0 for every test image."""
    machine.run([machine.PROGRAM, "encode", run, "--data-dir", data_dir], {"OMP_NUM_THREADS": "1"})
    return int((numpy.load(run / "codes" / "test.npy").max(axis=0) == 0).sum())


def train(model, side, d, epochs, seed, data_dir):
    if side == "PyTorch":
        done = contenders.torch_to_the_end(MODELS[model].peer, d, epochs, seed, data_dir)
        return {"train": done.get("train_mse", done.get("train_loss")), "test": done.get("test_mse", done.get("test_loss")),
                "dead": done.get("dead_codes", 0)}
    precision = side.split()[1]
    name = f"{model}-{precision}-{d}-{seed}"
    last = contenders.hourglass(precision, d, epochs, seed, data_dir, MODELS[model].arguments, threads=1,
                                name=name)["metrics"][-1]
    return {"train": last["train/loss"], "test": last["test/loss"], "dead": dead_units(machine.SCRATCH / name, data_dir)}


def main():
    parse = argparse.ArgumentParser(prog="bench/quality.sh", description="final losses, hourglass against PyTorch")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--model", default="mlp4", choices=MODELS)
    parse.add_argument("--codes", type=int, nargs="+", help="[4 8 16 for mlp4, 2 8 for vae, 4 10 for conv]")
    parse.add_argument("--seeds", type=int, default=5)
    parse.add_argument("--epochs", type=int, help="[50 for mlp4 and vae, 72 for conv]")
    parse.add_argument("--no-peer", action="store_true", help="do not train PyTorch; comparing the precisions takes more seeds")
    parse.add_argument("--precisions", nargs="+", default=contenders.precisions(), choices=["f32", "bf16"])
    parse.add_argument("--again", action="store_true", help="train hourglass again; keep PyTorch's results")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()
    args.codes = args.codes or MODELS[args.model].codes
    args.epochs = args.epochs or MODELS[args.model].epochs

    sides = ["PyTorch"] * (not args.no_peer) + [f"hourglass {p}" for p in args.precisions]
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    stored = [json.loads(line) for line in STORE.read_text().splitlines()] if STORE.exists() else []
    if args.again:
        stored = [s for s in stored if s["side"] == "PyTorch"]
        STORE.write_text("".join(json.dumps(s) + "\n" for s in stored))
    known = {tuple(s[part] for part in KEY): s for s in stored if {*KEY, "dead"} <= s.keys()}
    wanted = [(args.model, side, d, args.epochs, seed) for seed in range(args.seeds) for d in args.codes for side in sides]
    missing = [key for key in wanted if key not in known]
    with concurrent.futures.ThreadPoolExecutor(machine.threads()) as pool:
        running = {pool.submit(train, *key, args.data_dir): key for key in missing}
        for done in concurrent.futures.as_completed(running):
            key = running[done]
            known[key] = dict(zip(KEY, key)) | done.result()
            with STORE.open("a") as store:
                store.write(json.dumps(known[key]) + "\n")
            print(f"{len(set(wanted) & known.keys())} of {len(wanted)}: {json.dumps(known[key])}", file=sys.stderr)

    def of_seeds(side, d, what, seeds=range(args.seeds)):
        return [known[args.model, side, d, args.epochs, seed][what] for seed in seeds]

    def mean(side, d, what, seeds=range(args.seeds)):
        return statistics.mean(of_seeds(side, d, what, seeds))

    def spread(side, d):
        return f" ± {statistics.stdev(of_seeds(side, d, 'train')):.5f}" if args.seeds > 1 else ""

    def compared(side, other, d, split):
        """The relative difference of the means, ± the standard error of the paired differences. In brackets: the difference over
        only the seeds with equally many dead units on both sides, which are chosen by that outcome."""
        if side == other or other not in sides:
            return ""
        everyone = range(args.seeds)
        alike = [seed for seed in everyone if len({known[args.model, s, d, args.epochs, seed]["dead"] for s in (side, other)}) == 1]
        by = [f"{mean(side, d, split, seeds) / mean(other, d, split, seeds) - 1:+.2%}" for seeds in (everyone, alike) if seeds]
        if args.seeds > 1:
            differences = [a - b for a, b in zip(of_seeds(side, d, split), of_seeds(other, d, split))]
            by[0] += f" ± {statistics.stdev(differences) / args.seeds ** .5 / mean(other, d, split):.2%}"
        return by[0] + (f" ({by[1]}, {len(alike)} of {args.seeds})" if alike else "")

    loss = MODELS[args.model].loss
    lines = [f"| d | side | train {loss}, ± one seed | test {loss} | dead code units | train, to PyTorch | test, to PyTorch | test, to f32 |",
             "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for d in args.codes:
        for side in sides:
            to_f32 = compared(side, "hourglass f32", d, "test") if side == "hourglass bf16" else ""
            lines.append(f"| {d} | {side} | {mean(side, d, 'train'):.5f}{spread(side, d)} | {mean(side, d, 'test'):.5f} | "
                         f"{mean(side, d, 'dead'):.1f} | {compared(side, 'PyTorch', d, 'train')} | "
                         f"{compared(side, 'PyTorch', d, 'test')} | {to_f32} |")
    lines += ["", f"{args.model} on MNIST, {args.epochs} epochs, batch {MODELS[args.model].batch}, means of {args.seeds} seeds, differences with their standard errors, one thread per training run. Each seed begins alike on "
              "all sides, but rounding may still let a different code unit die. In brackets: seeds where equally many died on both sides. hourglass "
              f"{machine.output(['git', '-C', str(machine.ROOT), 'describe', '--always', '--dirty'])}."]
    text = "\n".join(lines)
    print(text)
    if not args.no_keep:
        machine.keep("Final losses", text)


main()
