"""Alternates hourglass with openTSNE on maps of several sets of points; bench/maps.sh runs it."""
import argparse, concurrent.futures, json, pathlib, shutil, statistics, sys

import machine, map_points

CODES = machine.SCRATCH / "map-codes.npy"


def hourglass(points, seed):
    out = machine.SCRATCH / "map"
    shutil.rmtree(out, ignore_errors=True)
    done = machine.run([machine.PROGRAM, "map", *points.hourglass, "--seed", seed, "--no-scores", "--out", out])
    shutil.copy(out / "codes.npy", CODES)
    placed = None
    if seed == 0 and points.added:
        added = machine.SCRATCH / "map-added"
        adding = machine.run([machine.PROGRAM, "map", out, "--add", *points.added, "--out", added])
        at = json.loads((added / "scores.json").read_text())["scores"]["at"]
        placed = {"seconds": adding.seconds, "at": {one["k"]: one for one in at}}
        shutil.rmtree(added)
    shutil.rmtree(out)
    return {"seconds": done.seconds, "peak": done.peak_mb, "scores": scores(points), "placed": placed}


def peer(points):
    done = machine.python("opentsne_map.py", points.file, CODES)
    return {"seconds": done.json()["seconds"], "peak": done.peak_mb, "scores": scores(points)}


def scores(points):
    """By size of the neighbourhood, for the codes in CODES."""
    text = machine.output([machine.PROGRAM, "neighbours", *points.hourglass, "--codes", CODES, "--labels", points.labels,
                           "--metric", "l2", "--json"])
    return {at["k"]: at for at in json.loads(text)["results"][0]["at"]}


def mean(runs, of):
    return statistics.mean(of(r["scores"]) for r in runs)


def score_20(runs):
    return mean(runs, lambda s: s[20]["score"])


def row(points, name, runs, times):
    kept = " / ".join(f"{mean(runs, lambda s: s[k]['score']):.4f}" for k in (5, 20, 50))
    seconds = [r["seconds"] for r in runs]
    timed = f"{statistics.median(seconds):.1f} | {min(seconds):.1f} | " if times else ""
    return (f"| {points.title} | {name} | {timed}{kept} | {mean(runs, lambda s: s[50]['labels']['improvement']):+.4f} | "
            f"{mean(runs, lambda s: s[5]['trustworthiness']):.4f} | {mean(runs, lambda s: s[5]['continuity']):.4f} | "
            f"{max(r['peak'] for r in runs):.0f} |")


def placing(placed, times):
    taken = f"{placed['seconds']:.1f} s for the whole program, scoring included; " if times else ""
    return (f"- 10,000 test images placed on hourglass's first map: {taken}score@20 {placed['at'][20]['score']['mean']:.3f}, "
            f"5-nearest accuracy {placed['at'][5]['labels']['code_accuracy']['mean']:.3f}.")


def main():
    parse = argparse.ArgumentParser(prog="bench/maps.sh", description="hourglass against openTSNE in alternation")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--data", nargs="+", choices=map_points.SETS, default=["mnist"],
                       help="points to map [mnist]; CIFAR-10's binary version is read from $CIFAR10_DIR")
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--no-times", action="store_true", help="scores only, for a machine with other work")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    with concurrent.futures.ProcessPoolExecutor(1) as apart:  # the peak of this process would count as that of all it starts
        sets = [apart.submit(map_points.SETS[name], args.data_dir).result() for name in args.data]
    limits, times = machine.Limits(), not args.no_times
    runs = [([], []) for _ in sets]
    for seed in range(args.rounds):
        print(f"round {seed + 1} of {args.rounds}", file=sys.stderr)
        if times:
            limits.measure()
        for points, (ours, theirs) in zip(sets, runs):
            ours.append(hourglass(points, seed))
            theirs.append(peer(points))
            print(f"{points.title}: score@20 {score_20(ours):.4f}, openTSNE {score_20(theirs):.4f}", file=sys.stderr)
    first = [ours[0]["placed"] for ours, _ in runs]
    text = "\n".join([
        f"| map of | by | {'s | fastest | ' if times else ''}score@5 / @20 / @50 | improvement@50 | trust(5) | continuity(5) | peak MB |",
        "| --- " * (9 if times else 7) + "|",
        *[row(points, name, side, times) for points, both in zip(sets, runs) for name, side in zip(("hourglass", "openTSNE"), both)],
        "",
        f"- Machine: {machine.description(['openTSNE'])}.",
        *([limits.describe()] if times else []),
        f"- Alternating rounds: {args.rounds}, with another seed each; " + (
            "medians of times, means of scores. hourglass: wall time of the whole program, reading, picture and writing included. "
            "openTSNE: from points in memory to codes, default settings." if times else
            "means of scores. Both with their default settings. No times: the machine had other work."),
        "- score@20, hourglass / openTSNE: "
        + "; ".join(f"{points.title} {score_20(ours) / score_20(theirs):.3f}" for points, (ours, theirs) in zip(sets, runs)) + ".",
        *[placing(placed, times) for placed in first if placed],
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Maps", text)


main()
