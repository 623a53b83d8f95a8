#!/usr/bin/env python3
"""Checks the golden files with PyTorch, if it is installed: check_with_pytorch.py WRITER [--update]

1. make_golden.py still makes the golden files of this folder.
2. PyTorch reads the model files that WRITER (write_golden_model) writes now, and gives the same reconstructions as
   hourglass. With --update, the file of mlp4 and PyTorch's outputs become the golden files of this folder.
Without PyTorch the exit code is 77, which CTest counts as skipped.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
except ImportError as error:
    print(f"SKIPPED: no PyTorch here ({error}); on Debian: apt-get install python3-torch")
    sys.exit(77)

import make_golden
import pytorch_model
import safetensors_file

HERE = pathlib.Path(__file__).parent
WRITTEN, READ = "written_by_hourglass.safetensors", "read_by_pytorch.safetensors"


def check_close(name, got, expected, tolerance):
    difference = numpy.abs(got - expected).max()
    print(f"{name}: largest difference {difference:.3g}")
    if not difference <= tolerance:
        sys.exit(f"{name}: differs by more than {tolerance}")


def check_same(name, got, expected):
    """The same structure, with numbers that may differ in their last digits."""
    assert type(got) is type(expected), name
    if isinstance(got, dict):
        assert got.keys() == expected.keys(), name
        for key in got:
            check_same(f"{name} {key}", got[key], expected[key])
    elif isinstance(got, list):
        assert len(got) == len(expected), name
        for index, pair in enumerate(zip(got, expected)):
            check_same(f"{name} {index}", *pair)
    elif isinstance(got, float):
        assert abs(got - expected) <= 1e-7, name
    else:
        assert got == expected, name


def check_golden_files(folder):
    make_golden.make(folder)
    for made in sorted(folder.glob("*.safetensors")):
        tensors, metadata = safetensors_file.read(made)
        committed, committed_metadata = safetensors_file.read(HERE / made.name)
        assert tensors.keys() == committed.keys(), made.name
        for name in tensors:
            check_close(f"{made.name} {name}", tensors[name], committed[name], 1e-5)
        check_same(f"{made.name} metadata", json.loads(metadata["golden"]), json.loads(committed_metadata["golden"]))
    for name in ("epochs.json", "orders.json", "plateau.json"):
        check_same(name, json.loads((folder / name).read_text()), json.loads((HERE / name).read_text()))


def output_of_pytorch(writer, architecture, file):
    """PyTorch's reconstructions by the model that WRITER writes. They must equal those in the file."""
    subprocess.run([writer, architecture, file], check=True)
    model, tensors = pytorch_model.load(file)
    with torch.no_grad():
        output = model(torch.tensor(tensors["golden.input"])).numpy()
    check_close(f"PyTorch reading hourglass's {architecture}", output, tensors["golden.output"], 1e-6)
    return output


def main():
    writer = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_golden_files(folder)
        for architecture in ("conv", "deep-relu"):
            output_of_pytorch(writer, architecture, folder / "model.safetensors")
        output = output_of_pytorch(writer, "mlp4", folder / WRITTEN)
        safetensors_file.write(folder / READ, {"output": output}, {"made_by": "check_with_pytorch.py"})
        if "--update" in sys.argv:
            for file in (WRITTEN, READ):
                (HERE / file).write_bytes((folder / file).read_bytes())


main()
