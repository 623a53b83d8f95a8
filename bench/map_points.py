"""The points that bench/maps.py maps: each set as arguments of hourglass, and as one npy file for openTSNE."""
import dataclasses, gzip, os, pathlib, shutil, sys

import numpy as np

import machine


@dataclasses.dataclass
class Points:
    title: str
    hourglass: list             # arguments that name the points
    file: pathlib.Path          # the same points in the same order; bytes are pixels
    labels: pathlib.Path
    added: list | None = None   # arguments that name new points to place on the map


def saved(name, values, labels):
    """Writes both arrays and returns their files."""
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    files = machine.SCRATCH / f"{name}.npy", machine.SCRATCH / f"{name}-labels.npy"
    np.save(files[0], values)
    np.save(files[1], labels.astype(np.int32))
    return files


def mnist(data_dir):
    def idx(name, header):
        path = data_dir / name
        raw = path.read_bytes() if path.exists() else gzip.open(f"{path}.gz").read()
        return np.frombuffer(raw, np.uint8, offset=header)
    named = ["--data", "mnist", "--data-dir", data_dir]
    return Points("MNIST, 60,000 images", named,
                  *saved("mnist", idx("train-images-idx3-ubyte", 16).reshape(-1, 784), idx("train-labels-idx1-ubyte", 8)),
                  added=["mnist", "--data-dir", data_dir])


def digits(_):
    """The program writes codes but no images. So it encodes the images by a model whose encoder changes nothing."""
    model, run, codes = (machine.SCRATCH / name for name in ("unchanged.toml", "unchanged", "unchanged-codes"))
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    model.write_text('title = "The code is the image"\n'
                     'encoder = [{name = "flatten", kind = "flatten"}]\n'
                     'decoder = [{name = "dense", kind = "dense", outputs = "pixels"}]\n')
    shutil.rmtree(run, ignore_errors=True)
    machine.run([machine.PROGRAM, "train", "--data", "digits", "--model", model, "-z", 784, "-e", 1, "--overfit-batches", 1,
                 "--precision", "f32", "--no-report", "--out", run])
    machine.run([machine.PROGRAM, "encode", run, "--out", codes])
    pixels = np.rint(np.load(codes / "train.npy") * 255).astype(np.uint8)
    files = saved("digits", pixels, np.load(codes / "train_labels.npy"))
    shutil.rmtree(run)
    shutil.rmtree(codes)
    return Points("built-in digits, 60,000 images", ["--data", "digits"], *files)


def cifar10(_):
    """The training images in CIFAR-10's binary version: records of a label and 3,072 bytes."""
    files = sorted(pathlib.Path(os.environ.get("CIFAR10_DIR", "")).glob("data_batch_?.bin"))
    if len(files) != 5:
        sys.exit("error: CIFAR-10 was not found\n  set CIFAR10_DIR to the folder of data_batch_1.bin to data_batch_5.bin")
    records = np.concatenate([np.fromfile(f, np.uint8).reshape(-1, 3073) for f in files])
    values, labels = saved("cifar10", records[:, 1:], records[:, 0])
    return Points("CIFAR-10, 50,000 images", ["--data", values], values, labels)


def mixture(_):
    """The first 100,000 of a million points in 50 dimensions, from 100 gaussians of deviation 1 around normal centres of
    deviation 2. The generator draws row by row, so the later rows need not be drawn."""
    generator = np.random.default_rng(0)
    centres = 2 * generator.standard_normal((100, 50), dtype=np.float32)
    labels = generator.integers(0, 100, 1_000_000)[:100_000]
    values, labels = saved("mixture", centres[labels] + generator.standard_normal((100_000, 50), dtype=np.float32), labels)
    return Points("100 gaussians, 100,000 points of 50 numbers", ["--data", values], values, labels)


SETS = {"mnist": mnist, "digits": digits, "cifar10": cifar10, "mixture": mixture}
