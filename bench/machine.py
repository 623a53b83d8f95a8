"""Shared by the benchmarks: describes the machine, runs a contender and measures it from outside, keeps a table."""
import dataclasses, datetime, importlib.metadata, json, os, pathlib, platform, re, subprocess, sys, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/hourglass"
PEERS = ROOT / "bench/peers"
SCRATCH = ROOT / "build/bench"
RESULTS = ROOT / "bench/RESULTS.md"


def processor_flags():
    return set(re.search(r"^flags\s*:(.*)$", pathlib.Path("/proc/cpuinfo").read_text(), re.M).group(1).split())


def threads():
    return len(os.sched_getaffinity(0))


def dense_epoch_gflop(weights, images=60000):
    """Arithmetic of the products of one epoch, from the number of weights of each layer, without biases: forward, gradient of
    the weights, gradient of the activations (which the first layer does not need). A multiplication with its addition counts
    as two operations."""
    return images * 2 * (3 * sum(weights) - weights[0]) / 1e9


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
    return run([sys.executable, PEERS / script, *map(str, arguments)], env)


def output(command):
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


class Limits:
    """What the machine can do at best, measured again in each round; the best of all rounds counts."""

    def __init__(self):
        self.rates, self.reads = {}, {}

    def measure(self):
        found = run([PROGRAM.parent / "hourglass_limits", threads()]).json()
        for row in found["instructions"]:
            key = row["type"], row["instructions"]
            self.rates[key] = max(self.rates.get(key, 0), row["gflops"])
        for row in found["reads"]:
            self.reads[row["level"]] = max(self.reads.get(row["level"], 0), row["gb_per_second"])

    def rate(self, kind):
        """GFLOP/s (or 1e9 operations on bytes) of the fastest instructions for this type."""
        return max(rate for (type_, _), rate in self.rates.items() if type_ == kind)

    def describe(self):
        return ("- Limits, " + ", ".join(f"{type_} by {instructions} {rate:,.0f} GFLOP/s" for (type_, instructions), rate in self.rates.items())
                + " (a loop of multiply-add instructions on all threads); reading "
                + ", ".join(f"{level} {rate:,.0f} GB/s" for level, rate in self.reads.items()) + ".")


def version(package):
    return importlib.metadata.version(package)


def description(packages=("torch", "faiss-cpu")):
    cpu = re.search(r"model name\s*:\s*(.*)", pathlib.Path("/proc/cpuinfo").read_text())
    model = re.search(r"^model\s*:\s*(\d+)", pathlib.Path("/proc/cpuinfo").read_text(), re.M)
    memory = int(re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1)) / 2**20
    commit = output(["git", "-C", str(ROOT), "describe", "--always", "--dirty"])
    names = {"torch": "PyTorch", "faiss-cpu": "faiss"}
    peers = ", ".join(f"{names.get(package, package)} {version(package)}" for package in packages)
    wide = sorted(processor_flags() & {"avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_tile"})
    return (f"{cpu.group(1) if cpu else platform.machine()}, model {model.group(1) if model else '?'} ({', '.join(wide)}), "
            f"{threads()} threads, {memory:.0f} GB; Linux {platform.release()}, gcc {output(['g++', '-dumpfullversion'])}, "
            f"{peers}; hourglass {commit}")


HEAD = """# Measurements

Written by the scripts of this folder, newest first. Text added by hand begins with "Remark:".
"""


def keep(title, text):
    """Puts a section with today's date before the older ones in RESULTS.md."""
    old = RESULTS.read_text() if RESULTS.exists() else HEAD
    head, mark, rest = old.partition("\n## ")
    today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d %H:%M UTC")
    RESULTS.write_text(f"{head}\n## {title}, {today}\n\n{text}\n{mark}{rest}")
