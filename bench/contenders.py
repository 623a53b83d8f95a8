"""One training run by each side of the comparison."""
import itertools, json, shutil, sys

import machine

BATCH = 2048


def precisions():
    """f32, and bf16 if the processor has instructions for it."""
    return ["f32"] + ["bf16"] * bool(machine.processor_flags() & {"avx512_bf16", "amx_bf16"})


MLP4 = ["--model", "mlp4", "-b", BATCH]
# The settings of peers/torch_conv.py, which the published random search found.
CONV = ["--model", "conv", "-b", 256, "--optimizer", "adamw", "--lr", 4.9e-3, "--weight-decay", 4.1e-4, "--dropout", 0.1,
        "--schedule", "none", "--eval-noise", 0]

# The settings of peers/torch_deep.py.
DEEP = ["--model", "deep-relu", "-b", 100, "--weight-decay", 1e-3, "--schedule", "none", "--eval-noise", 0]


def hourglass(precision, d, epochs, seed, data_dir, threads=None, name="run", model=MLP4):
    """The metrics of each epoch, the time until the first epoch began, peak memory. `name` must differ between training runs
    that are side by side."""
    out = machine.SCRATCH / name
    machine.SCRATCH.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(out, ignore_errors=True)
    done = machine.run([machine.PROGRAM, "train", "--data", "mnist", "--data-dir", data_dir, *model, "-z", d,
                        "-e", epochs, "--seed", seed, "--precision", precision,
                        "--threads", threads or machine.threads(), "--no-report", "--out", out])
    metrics = [json.loads(line) for line in (out / "metrics.jsonl").read_text().splitlines()]
    return {"epoch": min(m["seconds"] for m in metrics), "metrics": metrics, "peak": done.peak_mb,
            "start": done.first("run ")}  # the last line before the first epoch


def torch(mode, d, epochs, seed, env):
    """What the peer prints, its fastest epoch, peak memory; for a single epoch also the time of everything else."""
    done = machine.python("torch_mlp4.py", mode, d, epochs, seed, env=env)
    best = done.json()["seconds_per_epoch"]
    return {"epoch": best, "peak": done.peak_mb, **done.json()} | ({"start": done.seconds - best} if epochs == 1 else {})


# Runs a peer with denormal numbers flushed to zero, in one thread (other threads would not do so). Adam's moments decay into
# denormals, which make epochs many times as long on Intel's processors; flushing changes nothing else.
FLUSHED = ("import runpy, sys, torch; assert torch.set_flush_denormal(True); sys.argv = sys.argv[1:]; "
           "sys.path.insert(0, sys.argv[0].rpartition('/')[0]); runpy.run_path(sys.argv[0], run_name='__main__')")


def torch_conv(d, epochs, seed, env):
    """What the peer prints of the convolutional model, its fastest epoch, peak memory."""
    done = machine.python("torch_conv.py", d, epochs, seed, env=env)
    return {"epoch": done.json()["seconds_per_epoch"], "peak": done.peak_mb, **done.json()}


def torch_deep(epochs, seed, env):
    """What the peer prints of deep-relu with MSE, its fastest epoch, peak memory."""
    done = machine.python("torch_deep.py", "relu", "mse", epochs, seed, env=env)
    return {"epoch": done.json()["seconds_per_epoch"], "peak": done.peak_mb, **done.json()}


def torch_to_the_end(peer, d, epochs, seed, env):
    """What a peer prints after a long training run, for its losses, not its time. `peer`: a script and its first arguments."""
    alone = env | {"TORCH_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    script, *arguments = peer
    return machine.run(["/usr/bin/python3", "-B", "-c", FLUSHED, machine.PEERS / script, *arguments, d, epochs, seed], alone).json()


def mlp4_epoch(env):
    return torch("memory", 8, 1, 0, env)


def conv_epoch(env):
    return torch_conv(4, 1, 0, env)


def deep_epoch(env):
    return torch_deep(1, 0, env)


def best_torch_settings(base, epoch=mlp4_epoch):
    """Finds the fastest settings for Debian's PyTorch: whether PyTorch or OpenBLAS gets the threads, and which kernels OpenBLAS
    uses (it falls back to very old ones on processors that it does not know). Returns (its run, its environment)."""
    flags, n = machine.processor_flags(), machine.threads()
    cores = [None] + ["SkylakeX"] * ("avx512f" in flags) + ["Haswell"] * ("avx2" in flags)
    tried = []
    for (ours, blas), core in itertools.product(sorted({(1, n), (n, 1)}), cores):
        env = base | {"TORCH_THREADS": str(ours), "OPENBLAS_NUM_THREADS": str(blas)}
        if core:
            env["OPENBLAS_CORETYPE"] = core
        tried.append((epoch(env), env))
        print(f"calibration: {tried[-1][0]['epoch']:.2f} s per epoch with {named(env)}", file=sys.stderr)
    return min(tried, key=lambda t: t[0]["epoch"])


def named(env):
    return " ".join(f"{key}={value}" for key, value in env.items() if key != "MNIST_DIR")
