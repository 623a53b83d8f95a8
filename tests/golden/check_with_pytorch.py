#!/usr/bin/env python3
"""Checks with PyTorch, where there is one, what the golden test checks without: check_with_pytorch.py WRITER [--update]

1. make_golden.py still makes the golden files of this folder;
2. a model file that WRITER (write_golden_model) writes now, read by PyTorch, gives the reconstructions that hourglass
   gives. With --update the file and PyTorch's outputs become the golden files of this folder.
Exit code 77, which CTest counts as skipped, without PyTorch.
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


def check_golden_files(folder):
    make_golden.make(folder)
    for made in sorted(folder.glob("*.safetensors")):
        tensors, metadata = safetensors_file.read(made)
        committed, committed_metadata = safetensors_file.read(HERE / made.name)
        assert tensors.keys() == committed.keys(), made.name
        for name in tensors:
            check_close(f"{made.name} {name}", tensors[name], committed[name], 1e-5)
        losses, committed_losses = (json.loads(m["golden"])["losses"] for m in (metadata, committed_metadata))
        check_close(f"{made.name} losses", numpy.array(losses), numpy.array(committed_losses), 1e-7)
    assert json.loads((folder / "plateau.json").read_text()) == json.loads((HERE / "plateau.json").read_text())


def check_model_file(writer, folder):
    subprocess.run([writer, folder / WRITTEN], check=True)
    model, tensors = pytorch_model.load(folder / WRITTEN)
    with torch.no_grad():
        output = model(torch.tensor(tensors["golden.input"])).numpy()
    check_close("PyTorch reading hourglass's model file", output, tensors["golden.output"], 1e-6)
    safetensors_file.write(folder / READ, {"output": output}, {"made_by": "check_with_pytorch.py"})


def main():
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        check_golden_files(folder)
        check_model_file(sys.argv[1], folder)
        if "--update" in sys.argv:
            for file in (WRITTEN, READ):
                (HERE / file).write_bytes((folder / file).read_bytes())


main()
