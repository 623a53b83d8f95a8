"""Alternates hourglass with faiss and scipy on nearest neighbours; bench/neighbours.sh runs it."""
import argparse, dataclasses, pathlib, shutil, statistics, sys

import numpy as np

import machine

K = 200
DISTANCES = ["l1", "l2"]
D = 2


@dataclasses.dataclass
class Task:
    """Points whose neighbours both sides search for."""
    name: str
    peer: str
    hourglass: list  # arguments that name the points
    script: list     # of the peer, and its argument after the distance
    env: dict
    queries: dict    # of the peer: how many it times, by distance


def tasks(data_dir, queries):
    """The images, and two files of normal random codes."""
    def some(l1, l2):
        return {"l1": queries or l1, "l2": queries or l2}
    found = [Task("60,000 images", "faiss", ["--data", "mnist", "--data-dir", data_dir], ["faiss_knn.py"],
                  {"MNIST_DIR": str(data_dir)}, some(1200, 6000))]
    for n in (60_000, 1_000_000):
        file = machine.SCRATCH / f"codes-{n}.npy"
        np.save(file, np.random.default_rng(0).standard_normal((n, D), dtype=np.float32))
        found.append(Task(f"{n:,} codes of {D}", "scipy", ["--data", file], ["scipy_knn.py", file], {},
                          some(60_000, 60_000)))
    return found


def hourglass(task, distance):
    out = machine.SCRATCH / "lists"
    shutil.rmtree(out, ignore_errors=True)
    done = machine.run([machine.PROGRAM, "neighbours", *task.hourglass, "--metric", distance, "-k", K, "--out", out])
    shutil.rmtree(out)  # up to 2.4 GB
    return {"seconds": done.seconds, "peak": done.peak_mb}


def peer(task, distance):
    script, *points = task.script
    done = machine.python(script, distance, *points, task.queries[distance], env=task.env)
    return {"seconds": done.json()["seconds_for_all"], "peak": done.peak_mb}


def both(runs):
    """Counts the searches by the two distances, one after the other, as one."""
    return [{"seconds": a["seconds"] + b["seconds"], "peak": max(a["peak"], b["peak"])} for a, b in zip(*runs)]


def ratio(slower, faster, what):
    """The median over rounds of how many times as fast. A slow moment of the machine hits both sides of a round."""
    return statistics.median(s[what] / f[what] for s, f in zip(slower, faster))


def search_row(task, distance, ours, theirs):
    seconds = [r["seconds"] for r in ours]
    return (f"| {task.name} | {distance} | {statistics.median(seconds):.2f} | {min(seconds):.2f} | {task.peer} "
            f"{statistics.median(r['seconds'] for r in theirs):.1f} | {ratio(theirs, ours, 'seconds'):.1f} × | "
            f"{max(r['peak'] for r in ours):.0f} | {max(r['peak'] for r in theirs):.0f} |")


def search_rows(task, runs):
    ours, theirs = ([runs[task.name, side, d] for d in DISTANCES] for side in ("hourglass", "peer"))
    return [*[search_row(task, d.upper(), ours[i], theirs[i]) for i, d in enumerate(DISTANCES)],
            search_row(task, "both", both(ours), both(theirs))]


def main():
    parse = argparse.ArgumentParser(prog="bench/neighbours.sh", description="hourglass against faiss and scipy in alternation")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--queries", type=int, help="points that the peers search for before their time is scaled "
                       "[faiss: L1 1200, L2 6000; scipy: 60000]")
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    searches, limits = tasks(args.data_dir, args.queries), machine.Limits()
    runs = {(t.name, side, d): [] for t in searches for side in ("hourglass", "peer") for d in DISTANCES}
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        limits.measure()
        for task in searches:
            for distance in DISTANCES:
                runs[task.name, "hourglass", distance].append(hourglass(task, distance))
                runs[task.name, "peer", distance].append(peer(task, distance))

    text = "\n".join([
        f"| {K} nearest of each of | distance | hourglass, s | fastest | peer, s | speed-up | peak MB | peer's peak MB |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *[row for task in searches for row in search_rows(task, runs)],
        "",
        f"- Machine: {machine.description()}.",
        limits.describe(),
        f"- Alternating rounds: {args.rounds}; medians. Speed-up round by round.",
        "- hourglass: wall time of the whole program, reading and writing included; both: the program twice. Peers: the search alone "
        "(scipy's tree included), timed on a part of the queries and scaled to all; their peak is that of the part. All are exact. Queries: "
        + "; ".join(f"{t.peer}, {t.name}, {t.queries['l1']:,} by L1, {t.queries['l2']:,} by L2" for t in searches) + ".",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Neighbours", text)


main()
