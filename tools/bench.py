"""Times braid, and hls4ml beside it; see tools/bench.sh."""

import ctypes
import dataclasses
import os
import pathlib
import random
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BRAID = str(pathlib.Path(os.environ.get("BRAID", ROOT / "build/braid")).resolve())
VENV = pathlib.Path(os.environ.get("BRAID_BENCH_VENV", ROOT / "build/bench-venv")).resolve()
PACKAGES = ["hls4ml==1.3.0", "qonnx==1.0.0", "onnx==1.19.1", "onnxruntime==1.31.1"]
PATIENCE = 1800  # seconds for one step of hls4ml
CORE = min(os.sched_getaffinity(0))


@dataclasses.dataclass
class Run:
    """One command: the shortest wall time, the time of all cores with it, the largest memory of any process."""
    seconds: float = float("inf")
    cpu: float = 0
    megabytes: float = 0
    text: str = ""

    def __str__(self):
        # A process begins as a copy of this one: no peak below its own is seen.
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        peak = f"{self.megabytes:.0f} MB" if self.megabytes > own else f"below {own:.0f} MB"
        return f"{short(self.seconds)} (CPU {short(self.cpu)}), {peak}"


def short(seconds):
    return f"{seconds * 1e3:.1f} ms" if seconds < 1 else f"{seconds:.1f} s"


class TooLong(Exception):
    pass


def run(command, runs=1, before=lambda: None, folder=ROOT):
    best = Run()
    for _ in range(runs):
        before()
        with tempfile.TemporaryFile("w+") as output:
            start = time.perf_counter()
            process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=subprocess.STDOUT, cwd=folder)
            killer = threading.Timer(PATIENCE, process.kill)
            killer.start()
            _, status, usage = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - start
            killer.cancel()
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            text = output.read()
        if status and seconds >= PATIENCE:
            raise TooLong(f"none in {PATIENCE} s")
        if status:
            sys.exit(f"{' '.join(map(str, command))}: failed after {seconds:.0f} s\n{text[-2000:]}")
        peak = max(best.megabytes, usage.ru_maxrss / 1024)
        best = min(best, Run(seconds, usage.ru_utime + usage.ru_stime, 0, text), key=lambda one: one.seconds)
        best.megabytes = peak
    return best


def megabytes(folders):
    return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file()) / 1e6


def build(project):
    return run(["bash", "build_lib.sh"], folder=project)  # hls4ml's works in its own folder only


def frame_seconds(project, frames):
    """Seconds of one core for one frame through a built project, in a process of its own."""
    return float(run([sys.executable, __file__, "--frames", project, frames]).text)


def time_frames(project, frames):
    """The C bridge takes one array per input and output; the first call also reads the weights."""
    os.sched_setaffinity(0, {CORE})
    bridge = next(project.glob("*_bridge.cpp"))
    name = bridge.name.removesuffix("_bridge.cpp")
    arguments = re.search(rf"void {name}_float\(([^)]*)\)", bridge.read_text()).group(1).split(",")
    call = getattr(ctypes.CDLL(str(next((project / "firmware").glob("*.so")))), f"{name}_float")
    most = 1 << 20  # elements, more than any stream of these networks has
    arrays = [(ctypes.c_float * most)(*(random.Random(1).random() for _ in range(most))) for _ in arguments]
    call(*arrays)
    start = time.process_time()  # one thread: what others do on the machine counts less
    for _ in range(frames):
        call(*arrays)
    print((time.process_time() - start) / frames)


class Table:
    def __init__(self, compared):
        self.compared = compared
        print("| | braid | hls4ml 1.3 | ratio |" if compared else "| | braid |")
        print("|---|--:|--:|--:|" if compared else "|---|--:|", flush=True)

    def row(self, what, ours, theirs="", ratio=None):
        cells = [what, ours] + ([theirs, "" if ratio is None else f"{ratio:.0f}" if ratio >= 10 else f"{ratio:.1f}"] if self.compared else [])
        print("| " + " | ".join(str(cell) for cell in cells) + " |", flush=True)


def network(table, work, name, model, cluster, runs, frames):
    ours, theirs = work / f"{name} braid", work / f"{name} hls4ml"

    def compare(what, mine, shown, other, shown_other, ratio):
        """A row; `other` makes hls4ml's side, and may take too long."""
        if not table.compared:
            return table.row(f"{name}: {what}", shown(mine))
        try:
            found = other()
            table.row(f"{name}: {what}", shown(mine), shown_other(found), ratio(mine, found))
        except TooLong as reason:
            table.row(f"{name}: {what}", shown(mine), reason)

    def stages(found):
        parts = re.findall(r"stage (\w+) ([\d.]+)", found.text)
        return f"{found} ({', '.join(f'{part} {float(seconds):.1f} s' for part, seconds in parts)})"

    def slower(mine, other):
        return other.seconds / mine.seconds

    compiled = run([BRAID, "compile", model, *cluster, "-o", ours], runs, before=lambda: shutil.rmtree(ours, ignore_errors=True))
    compare("compile", compiled, str, lambda: run([VENV / "bin/python", "tools/bench_hls4ml.py", model, theirs, 64]), stages, slower)
    projects = sorted(ours.glob("*/hls"))
    compare("projects on disk", megabytes(projects), "{:.1f} MB".format, lambda: megabytes([theirs]), "{:.1f} MB".format,
            lambda mine, other: other / mine)
    slowest = max((build(project) for project in projects), key=lambda built: built.seconds)
    compare(f"g++ -O3 of the slowest of {len(projects)} projects (hls4ml: one)", slowest, str, lambda: build(theirs), str, slower)
    seconds = sum(frame_seconds(project, frames) for project in projects)
    compare("frames per second of the emitted C++, one core", seconds, lambda s: f"{1 / s:.3g}", lambda: frame_seconds(theirs, 1),
            lambda s: f"{1 / s:.3g}", lambda mine, other: other / mine)


def main():
    if sys.argv[1:2] == ["--frames"]:
        return time_frames(pathlib.Path(sys.argv[2]), int(sys.argv[3]))
    if sys.argv[1:] not in ([], ["--hls4ml"]):
        sys.exit("usage: tools/bench.sh [--hls4ml]")
    compared = sys.argv[1:] == ["--hls4ml"]
    if not (VENV / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin/pip", "install", "--quiet", "--disable-pip-version-check", *PACKAGES], check=True)
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        # With a maximum at its end: hls4ml's code for GlobalAveragePool dies of an index out of bounds.
        run([VENV / "bin/python", "tools/gen_resnet18.py", work / "resnet18.onnx", "--max-head"])
        table = Table(compared)
        table.row("`braid --version`", run([BRAID, "--version"], 20))
        network(table, work, "MNIST CNN", "models/mnist_cnn_73k.onnx", ["--cluster", "pynq-z2x5", "--fpgas", "5"], 10, 50)
        network(table, work, "ResNet-18", work / "resnet18.onnx", ["--cluster", "u280x4"], 3, 5)


if __name__ == "__main__":
    main()
