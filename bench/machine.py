"""Shared by the benchmarks: describes the machine, runs a contender and measures it from outside, keeps a table."""
import dataclasses, datetime, json, os, pathlib, platform, re, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/hourglass"
PEERS = ROOT / "bench/peers"
SCRATCH = ROOT / "build/bench"
RESULTS = ROOT / "bench/RESULTS.md"


def processor_flags():
    return set(re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M).group(1).split())


def threads():
    return len(os.sched_getaffinity(0))


def mlp4_weights(d):
    """Number of weights of each layer of mlp4, without biases."""
    return [784 * 392, 392 * d, d * 392, 392 * 784]


def mlp4_epoch_gflop(d, images=60000):
    """Arithmetic of the matrix products of one epoch: forward, gradient of the weights, gradient of the activations
    (which the first layer does not need). A multiplication with its addition counts as two operations."""
    w = mlp4_weights(d)
    return images * (2 * sum(w) + 2 * sum(w) + 2 * sum(w[1:])) / 1e9


@dataclasses.dataclass
class Finished:
    seconds: float  # wall clock of the whole process
    peak_mb: float
    lines: list     # of stdout and stderr: (seconds since the start at which it arrived, text)

    def json(self):
        return json.loads(next(text for _, text in reversed(self.lines) if text.startswith("{")))

    def first(self, prefix):
        """When the first line with this prefix arrived."""
        return next(arrived for arrived, text in self.lines if text.startswith(prefix))


def run(command, env=None):
    """Runs one process alone and measures it from outside. If it fails, shows its output and ends the benchmark."""
    start = time.perf_counter()
    process = subprocess.Popen([str(c) for c in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                               env={**os.environ, **(env or {})})
    lines = [(time.perf_counter() - start, line.rstrip("\n")) for line in process.stdout]
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit("\n".join(["error: " + " ".join(map(str, command)), *(text for _, text in lines)]))
    return Finished(seconds, usage.ru_maxrss / 1024, lines)


def python(script, *arguments, env=None):
    return run(["/usr/bin/python3", PEERS / script, *map(str, arguments)], env)


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def openblas(env=None):
    """Name of the kernels that OpenBLAS chooses under these settings, with its version."""
    code = ("import ctypes; b = ctypes.CDLL('libblas.so.3'); f = b.openblas_get_config; f.restype = ctypes.c_char_p\n"
            "c = b.openblas_get_corename; c.restype = ctypes.c_char_p; print(f().decode().split()[1], c().decode())")
    return output(["env", *[f"{k}={v}" for k, v in (env or {}).items()], "/usr/bin/python3", "-c", code])


def description(onednn):
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 2**20
    commit = output(["git", "-C", str(ROOT), "describe", "--always", "--dirty"])
    wide = sorted(processor_flags() & {"avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile"})
    return (f"{cpu.group(1) if cpu else platform.machine()} ({', '.join(wide)}), {threads()} threads, {memory:.0f} GB; "
            f"Linux {platform.release()}, gcc {output(['g++', '-dumpfullversion'])}, oneDNN {onednn}, "
            f"PyTorch {output(['dpkg-query', '-W', '-f', '${Version}', 'python3-torch'])}, OpenBLAS {openblas()}; "
            f"hourglass {commit}")


HEAD = """# Measurements

Written by the scripts of this folder, newest first. Text added by hand begins with "Remark:".
"""


def keep(title, text):
    """Puts a section with today's date before the older ones in RESULTS.md."""
    old = RESULTS.read_text() if RESULTS.exists() else HEAD
    head, mark, rest = old.partition("\n## ")
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    RESULTS.write_text(f"{head}\n## {title}, {today}\n\n{text}\n{mark}{rest}")
