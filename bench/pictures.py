"""Alternates hourglass with other programs that read pictures and tables; bench/pictures.sh runs it."""
import argparse, os, pathlib, shutil, statistics, sys

import numpy as np
from PIL import Image

import machine

FOLDER = machine.SCRATCH / "pictures"
DECODER = machine.PROGRAM.parent / "hourglass_decode"


def make(name, write):
    """Makes a set once: whole or not at all."""
    path, part = FOLDER / name, FOLDER / f"{name}.part"
    if not path.exists():
        print(f"making {path}", file=sys.stderr)
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        write(part)
        part.rename(path)
    return path


def png(folder):
    """The 60,000 training images of MNIST, one folder per digit."""
    import common
    images, labels = common.images().reshape(-1, 28, 28), common.labels()
    for digit in range(10):
        (folder / str(digit)).mkdir()
    for i, (image, label) in enumerate(zip(images, labels)):
        Image.fromarray(image).save(folder / f"{label}/{i:05}.png")


def photograph(random):
    """500 x 375 pixels of noise whose amplitude falls with the frequency, as in photographs."""
    image = np.zeros((375, 500, 3))
    for octave in range(1, 9):
        side = 2 ** octave
        noise = random.normal(size=(side, side, 3)) * 110 / side ** 0.7
        planes = [Image.fromarray(noise[..., c].astype(np.float32)).resize((500, 375), Image.BICUBIC) for c in range(3)]
        image += np.stack([np.asarray(plane) for plane in planes], -1)
    return Image.fromarray(np.clip(image + 128, 0, 255).astype(np.uint8))


def jpeg(folder, files=10_000, different=250):
    random = np.random.default_rng(0)
    for i in range(different):
        photograph(random).save(folder / f"{i:05}.jpg", quality=95)
    content = [(folder / f"{i:05}.jpg").read_bytes() for i in range(different)]
    for name in ("a", "b"):
        (folder / name).mkdir()
    for i in range(files):
        (folder / "ab"[i % 2] / f"{i:05}.jpg").write_bytes(content[i % different])
    for i in range(different):
        (folder / f"{i:05}.jpg").unlink()


def table(folder, rows=42_000):
    """As Kaggle's train.csv of MNIST."""
    import common
    images, labels = common.images()[:rows], common.labels()[:rows]
    with open(folder / "train.csv", "w") as file:
        file.write(",".join(["label", *(f"pixel{i}" for i in range(784))]) + "\n")
        for image, label in zip(images, labels):
            file.write(f"{label}," + ",".join(map(str, image)) + "\n")


def hourglass(data, *arguments):
    """Seconds until the first epoch begins, and the peak memory of the whole training run."""
    out = machine.SCRATCH / "run"
    shutil.rmtree(out, ignore_errors=True)
    done = machine.run([machine.PROGRAM, "train", "--data", data, *arguments, "-e", 1, "--no-report", "--out", out])
    return {"seconds": done.first("run "), "peak": done.peak_mb}


def torchvision(folder, size, channels):
    """The best of several counts of worker processes."""
    tried = []
    for workers in range(machine.threads() + 1):
        done = machine.python("torch_pictures.py", folder, size, channels, workers)
        tried.append({"seconds": done.json()["seconds_per_epoch"], "peak": done.peak_mb})
    return min(tried, key=lambda run: run["seconds"])


def libjpeg(folder):
    done = machine.run([DECODER, folder])
    return {"seconds": done.json()["seconds"], "peak": done.peak_mb}


def pandas(file):
    done = machine.python("pandas_csv.py", file)
    return {"seconds": done.json()["seconds"], "peak": done.peak_mb}


def row(name, peer, ours, theirs):
    median = lambda runs: statistics.median(run["seconds"] for run in runs)
    factor = statistics.median(their["seconds"] / our["seconds"] for our, their in zip(ours, theirs))
    return (f"| {name} | {median(ours):.2f} | {min(r['seconds'] for r in ours):.2f} | {peer} | {median(theirs):.2f} | {factor:.2f} × | "
            f"{max(r['peak'] for r in ours):.0f} | {max(r['peak'] for r in theirs):.0f} |")


def main():
    parse = argparse.ArgumentParser(prog="bench/pictures.sh", description="reading pictures and tables, in alternation with others")
    parse.add_argument("data_dir", type=pathlib.Path, help=argparse.SUPPRESS)
    parse.add_argument("--rounds", type=int, default=3)
    parse.add_argument("--no-keep", action="store_true", help="print the table only")
    args = parse.parse_args()

    os.environ["MNIST_DIR"] = str(args.data_dir)
    sys.path.insert(0, str(machine.PEERS))
    digits, photographs, csv = make("png", png), make("jpeg", jpeg), make("csv", table) / "train.csv"
    small = ["--size", "64x64", "--channels", "rgb", "--model", "conv"]
    pairs = [  # what is read, by hourglass, and by whom else
        ("60,000 PNG of 28 x 28", lambda: hourglass(digits), "torchvision", lambda: torchvision(digits, 28, 1)),
        ("10,000 JPEG of 500 x 375, to 64 x 64", lambda: hourglass(photographs, *small), "torchvision", lambda: torchvision(photographs, 64, 3)),
        ("the same", lambda: hourglass(photographs, *small), "libjpeg alone, to 125 x 94", lambda: libjpeg(photographs)),
        ("CSV, 42,000 rows of 785", lambda: hourglass(csv), "pandas", lambda: pandas(csv)),
    ]
    runs = [([], []) for _ in pairs]
    for round_number in range(args.rounds):
        print(f"round {round_number + 1} of {args.rounds}", file=sys.stderr)
        for (_, ours, _, theirs), (our_runs, their_runs) in zip(pairs, runs):
            our_runs.append(ours())
            their_runs.append(theirs())

    text = "\n".join([
        "| what is read | hourglass, s | fastest | beside | s | factor | peak MB | peak MB beside |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        *[row(name, peer, *pair) for (name, _, peer, _), pair in zip(pairs, runs)],
        "",
        f"- Machine: {machine.description(('torch', 'torchvision', 'pandas'))}.",
        f"- Alternating rounds: {args.rounds}; medians. The factor is the median of the rounds' ratios. All files are in the page cache.",
        "- hourglass: from the start of the program until the first epoch begins; all later epochs read memory. torchvision: one epoch of "
        "ImageFolder and DataLoader, without starting Python, with the fastest number of workers; every epoch takes as long. libjpeg: a loop "
        "that decodes at a quarter of the size on all threads, and does nothing with the pixels.",
    ])
    print(text)
    if not args.no_keep:
        machine.keep("Pictures", text)


main()
