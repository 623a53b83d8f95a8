"""Times the kernels of convolutions and a whole search; bench/conv.sh runs it."""
import argparse, json, pathlib, shutil, statistics, sys

import machine

TRIALS, TRIAL_EPOCHS = 8, 10
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
    """A table line for each operation on a layer: time of a step, share of the f32 limit."""
    text = machine.output([str(machine.PROGRAM.parent / "hourglass_micro"), "--benchmark_filter=^Conv.*F32",
                           "--benchmark_format=json", "--benchmark_min_time=0.3"])
    lines = []
    for one in json.loads(text)["benchmarks"]:
        operation, label = one["name"].split("/")[:2]
        lines.append((one["flop/s"] / 1e9 / rate, f"| {operation} {label.split('k')[0]} | {one['real_time']:.3f} | "
                      f"{one['flop/s'] / 1e9:.0f} | {one['flop/s'] / 1e9 / rate:.0%} |"))
    return lines


def main():
    parse = argparse.ArgumentParser(prog="bench/conv.sh", description="the kernels of convolutions, and a search")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    limits, searches = machine.Limits(), []
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        limits.measure()
        searches.append(search_seconds(args.data_dir))
    measured = kernels(limits.rate("f32"))
    text = "\n".join([
        "| operation, batch 256, f32 | ms | GFLOP/s | share of f32 limit |",
        "| --- | --- | --- | --- |",
        *[line for _, line in measured],
        "",
        f"- Machine: {machine.description()}.",
        limits.describe(),
        f"- The slowest kernel, by its share of the limit: {min(measured)[1].split('|')[1].strip()}.",
        f"- Search, {TRIALS} trials × {TRIAL_EPOCHS} epochs, 48,000 of the images: {statistics.median(searches):.1f} s from start to table.",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Convolutions", text)


main()
