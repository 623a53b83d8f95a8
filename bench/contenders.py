"""One training run by each side of the comparison."""
import dataclasses, itertools, json, shutil, sys

import machine


def precisions():
    """f32, and bf16 if the processor has instructions for it."""
    return ["f32"] + ["bf16"] * bool(machine.processor_flags() & {"avx512_bf16", "amx_bf16"})


# How PyTorch may run, tried for each model.
FORMS = ([], ["fused"], ["compile"], ["fused", "compile"])

# [inputs, outputs, pixels of the smaller side, kernel] of the (transposed) convolutions.
CONVOLUTIONS = [(1, 8, 14 * 14, 3), (8, 16, 7 * 7, 3), (16, 32, 3 * 3, 3), (32, 16, 3 * 3, 3), (16, 8, 7 * 7, 3), (8, 1, 14 * 14, 3)]


def products(convolutions):
    return [i * o * pixels * k * k for i, o, pixels, k in convolutions]


@dataclasses.dataclass
class Work:
    """A model that both sides train."""
    name: str
    d: int
    arguments: list  # of hourglass train
    script: list     # of the peer, and its arguments before epochs and seed
    weights: list    # of each layer: multiplications per image
    data: str = "mnist"
    forms: tuple = FORMS


# The settings of conv are those that the published random search found.
WORKS = {work.name: work for work in [
    Work("mlp4", 8, ["--model", "mlp4", "-b", 2048], ["torch_mlp4.py", "memory", 8], [784 * 392, 392 * 8, 8 * 392, 392 * 784]),
    Work("deep-relu", 2, ["--model", "deep-relu", "-b", 100, "--weight-decay", 1e-3, "--schedule", "none", "--eval-noise", 0],
         ["torch_deep.py", "relu", "mse"], [784 * 128, 128 * 64, 64 * 12, 12 * 2, 2 * 12, 12 * 64, 64 * 128, 128 * 784]),
    Work("conv", 4, ["--model", "conv", "-b", 256, "--optimizer", "adamw", "--lr", 4.9e-3, "--weight-decay", 4.1e-4, "--dropout",
                     0.1, "--schedule", "none", "--eval-noise", 0], ["torch_conv.py", 4],
         products(CONVOLUTIONS) + [288 * 64, 64 * 4, 4 * 64, 64 * 288]),
]}

# On CIFAR-10, in f32 only: bf16 does not make convolutions faster.
COLOUR = ["--optimizer", "adam", "--weight-decay", 0, "--schedule", "none", "--eval-noise", 0]
COLOUR_FORMS = (*FORMS, ["fused", "channels_last"])
COLOUR_WORKS = [
    Work("conv", 64, ["--model", "conv", "-b", 256, *COLOUR], ["torch_colour.py", "conv", 64],
         products(2 * [(3, 8, 16 * 16, 3), (8, 16, 8 * 8, 3), (16, 32, 3 * 3, 3)]) + 2 * [288 * 64, 64 * 64], "cifar10", COLOUR_FORMS),
    Work("conv-large", 64, ["--model", "conv-large", "-b", 32, *COLOUR], ["torch_colour.py", "conv-large", 64],
         products(2 * [(3, 32, 16 * 16, 4), (32, 64, 8 * 8, 4), (64, 128, 4 * 4, 4)]) + 2 * [2048 * 64], "cifar10", COLOUR_FORMS),
]


def images_in(folder):
    """How many pictures the training batches of CIFAR-10 in a folder hold."""
    return sum(file.stat().st_size for file in folder.glob("data_batch_*.bin")) // 3073


def hourglass(precision, d, epochs, seed, data_dir, arguments, threads=None, name="run", data="mnist"):
    """The metrics of each epoch, the time until the first epoch began, peak memory. `name` must differ between training runs
    that are side by side."""
    out = machine.SCRATCH / name
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    done = machine.run([machine.PROGRAM, "train", "--data", data, "--data-dir", data_dir, *arguments, "-z", d,
                        "-e", epochs, "--seed", seed, "--precision", precision,
                        "--threads", threads or machine.threads(), "--no-report", "--out", out])
    metrics = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return {"epoch": min(m["seconds"] for m in metrics), "metrics": metrics, "peak": done.peak_mb,
            "start": done.first("run ")}  # the last line before the first epoch


def torch(work, form, threads, epochs, seed, data_dir, script=None):
    """What the peer prints, its fastest epoch, peak memory."""
    done = machine.python(*(script or work.script), epochs, seed, env={
        "MNIST_DIR": str(data_dir), "CIFAR_DIR": str(data_dir), "PEER_FORM": ",".join(form), "TORCH_THREADS": str(threads), "OMP_NUM_THREADS": str(threads)})
    return {"epoch": done.json()["seconds_per_epoch"], "peak": done.peak_mb, **done.json()}


def best_form(work, precision, data_dir):
    """The fastest form of PyTorch for this model, found by trying: one fused kernel for the optimizer, compiled or not."""
    base = ["bf16"] if precision == "bf16" else []
    tried = []
    for more in work.forms:
        form = base + more
        tried.append((torch(work, form, machine.threads(), 3, 0, data_dir)["epoch"], form))
        print(f"calibration: {work.name}, {tried[-1][0]:.2f} s per epoch with {named(form)}", file=sys.stderr)
    return min(tried)[1]


def named(form):
    return ", ".join(form) or "as it comes"


# Runs a peer with denormal numbers flushed to zero, in one thread (other threads would not do so). Adam's moments decay into
# denormals, which make epochs many times as long on Intel's processors; flushing changes nothing else.
FLUSHED = ("import runpy, sys, torch; assert torch.set_flush_denormal(True); sys.argv = sys.argv[1:]; "
           "sys.path.insert(0, sys.argv[0].rpartition('/')[0]); runpy.run_path(sys.argv[0], run_name='__main__')")


def torch_to_the_end(peer, d, epochs, seed, data_dir):
    """What a peer prints after a long training run, for its losses, not its time. `peer`: a script and its first arguments."""
    alone = {"MNIST_DIR": str(data_dir), "TORCH_THREADS": "1", "OMP_NUM_THREADS": "1"}
    script, *arguments = peer
    return machine.run([sys.executable, "-B", "-c", FLUSHED, machine.PEERS / script, *arguments, d, epochs, seed], alone).json()
