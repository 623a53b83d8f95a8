"""Draws the pictures of docs/maps.md that show what a map cannot tell: from small sets of points, by hourglass map.

usage: map_limits.py build/release/hourglass        needs numpy and gnuplot; writes map-*.png beside itself
"""
import pathlib, subprocess, sys, tempfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
COLOURS = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]  # Okabe and Ito: safe for colour blindness


def groups(seed, dimensions, *parts):
    """Normal points around centres: of each part (centre, deviation, points). Returns them and their groups."""
    generator = np.random.default_rng(seed)
    x = [np.asarray(centre) + deviation * generator.standard_normal((n, dimensions)) for centre, deviation, n in parts]
    return np.concatenate(x).astype(np.float32), np.repeat(np.arange(len(parts)), [n for _, _, n in parts])


def mapped(program, x, perplexity):
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/x.npy", x)
        subprocess.run([program, "map", "--data", f"{folder}/x.npy", "--perplexity", str(perplexity), "--threads", "1",
                        "--no-scores", "-q", "-o", f"{folder}/map"], check=True, stdout=subprocess.DEVNULL)
        return np.load(f"{folder}/map/codes.npy")


def label_place(points, of, group, half):
    """Beside the group, on the side away from the nearest other group."""
    medians = np.array([np.median(points[of == g], 0) for g in range(of.max() + 1)])
    away = medians[group] - medians
    distance = np.hypot(*away.T)
    distance[group] = np.inf
    away = away[distance.argmin()] / distance.min()
    return medians[group] + away * (((points[of == group] - medians[group]) @ away).max() + .08 * half)


def draw(name, panels):
    """Panels side by side: of each (title, points of two numbers, their groups). Both axes have the same scale."""
    lines = [f"set terminal pngcairo size {450 * len(panels)},480 font 'DejaVu Sans,15'", f"set output '{HERE / name}.png'",
             "set size ratio 1", "unset key", "set tics font ',11'", "set xlabel 'first number'", "set ylabel 'second number'",
             f"set multiplot layout 1,{len(panels)} margins {.3 / (len(panels) + 1)},.98,.14,.9 spacing {.26 / len(panels)}"]
    for title, points, of in panels:
        middle, half = (points.max(0) + points.min(0)) / 2, .61 * (points.max(0) - points.min(0)).max()
        lines += [f"set title '{title}'", "unset label",
                  *(f"set {axis}range [{m - half}:{m + half}]" for axis, m in zip("xy", middle))]
        count = of.max() + 1
        for g in range(count) if count > 1 else []:
            x, y = label_place(points, of, g, half)
            lines.append(f"set label '{'ABCDEF'[g]}' at {x},{y} center")
        lines.append("plot " + ", ".join(f"'-' with points pt 7 ps .5 lc rgb '{COLOURS[g]}'" for g in range(count)))
        for g in range(count):
            lines += [*(f"{x:.5g} {y:.5g}" for x, y in points[of == g]), "e"]
    subprocess.run(["gnuplot"], input="\n".join([*lines, "unset multiplot", ""]), text=True, check=True)


def main(program):
    x, of = groups(1, 2, ([0, 0], .3, 1000), ([14, 0], 3, 200))
    draw("map-sizes", [("The points", x, of), ("Their map", mapped(program, x, 30), of)])

    x, of = groups(2, 2, ([0, 0], 2, 300), ([14, 0], 2, 300), ([70, 60], 2, 300))
    draw("map-distances", [("The points", x, of), ("Their map", mapped(program, x, 30), of)])

    pairs = 10 * np.eye(20)[[0, 0, 1, 1, 2, 2]] + 5 * np.eye(20)[[3, 4, 3, 4, 3, 4]] / 2**.5
    x, of = groups(3, 20, *((centre, 1, 60) for centre in pairs))
    draw("map-perplexity", [(f"perplexity {p}", mapped(program, x, p), of) for p in (2, 30, 120)])

    x, of = groups(4, 20, (np.zeros(20), 1, 600))
    draw("map-noise", [(f"perplexity {p}", mapped(program, x, p), of) for p in (2, 30, 200)])


main(sys.argv[1])
