"""Alternates hourglass with openTSNE on a map of MNIST's training images; bench/maps.sh runs it."""
import argparse, gzip, json, pathlib, shutil, statistics, sys

import numpy as np

import machine

CODES = machine.SCRATCH / "map-codes.npy"


def hourglass(data_dir, seed):
    out = machine.SCRATCH / "map"
    shutil.rmtree(out, ignore_errors=True)
    done = machine.run([machine.PROGRAM, "map", "--data", "mnist", "--data-dir", data_dir, "--seed", seed, "--no-scores",
                        "--out", out])
    shutil.copy(out / "codes.npy", CODES)
    placed = None
    if seed == 0:
        added = machine.SCRATCH / "map-added"
        adding = machine.run([machine.PROGRAM, "map", out, "--add", "mnist", "--data-dir", data_dir, "--out", added])
        at = json.loads((added / "scores.json").read_text())["scores"]["at"]
        placed = {"seconds": adding.seconds, "at": {one["k"]: one for one in at}}
        shutil.rmtree(added)
    shutil.rmtree(out)
    return {"seconds": done.seconds, "peak": done.peak_mb, "scores": scores(data_dir), "placed": placed}


def peer(data_dir):
    done = machine.python("opentsne_map.py", CODES, env={"MNIST_DIR": str(data_dir)})
    return {"seconds": done.json()["seconds"], "peak": done.peak_mb, "scores": scores(data_dir)}


def scores(data_dir):
    """By size of the neighbourhood, for the codes in CODES."""
    text = machine.output([machine.PROGRAM, "neighbours", "--data", "mnist", "--data-dir", data_dir, "--codes", CODES,
                           "--labels", machine.SCRATCH / "labels.npy", "--metric", "l2", "--json"])
    return {at["k"]: at for at in json.loads(text)["results"][0]["at"]}


def row(name, runs):
    def mean(of):
        return statistics.mean(of(r["scores"]) for r in runs)
    kept = " / ".join(f"{mean(lambda s: s[k]['score']):.4f}" for k in (5, 20, 50))
    return (f"| {name} | {statistics.median(r['seconds'] for r in runs):.1f} | {min(r['seconds'] for r in runs):.1f} | {kept} | "
            f"{mean(lambda s: s[50]['labels']['improvement']):+.4f} | {mean(lambda s: s[5]['trustworthiness']):.4f} | "
            f"{mean(lambda s: s[5]['continuity']):.4f} | {max(r['peak'] for r in runs):.0f} |")


def main():
    parse = argparse.ArgumentParser(prog="bench/maps.sh", description="hourglass against openTSNE in alternation")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    labels = (args.data_dir / "train-labels-idx1-ubyte")
    raw = labels.read_bytes() if labels.exists() else gzip.open(f"{labels}.gz").read()
    np.save(machine.SCRATCH / "labels.npy", np.frombuffer(raw, np.uint8, offset=8).astype(np.int32))
    ours, theirs, limits = [], [], machine.Limits()
    for seed in range(args.rounds):
        print(f"round {seed + 1} of {args.rounds}", file=sys.stderr)
        limits.measure()
        ours.append(hourglass(args.data_dir, seed))
        theirs.append(peer(args.data_dir))
    placed = ours[0]["placed"]
    text = "\n".join([
        "| map of 60,000 images | s | fastest | score@5 / @20 / @50 | improvement@50 | trust(5) | continuity(5) | peak MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        row("hourglass", ours),
        row("openTSNE", theirs),
        "",
        f"- Machine: {machine.description()}; openTSNE {machine.version('openTSNE')}.",
        limits.describe(),
        f"- Alternating rounds: {args.rounds}, with another seed each; medians of times, means of scores. hourglass: wall time of the "
        "whole program, reading, picture and writing included. openTSNE: from pixels in memory to codes, default settings.",
        f"- 10,000 test images placed on hourglass's first map: {placed['seconds']:.1f} s for the whole program, scoring included; "
        f"score@20 {placed['at'][20]['score']['mean']:.3f}, 5-nearest accuracy {placed['at'][5]['labels']['code_accuracy']['mean']:.3f}.",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Maps", text)


main()
