#!/usr/bin/env python3
"""The emitted PYNQ hosts as processes on this machine, over TCP on the loopback device, with the emitted C++ in place
of the FPGAs: a hundred frames bit for bit, several under way at once; then a board that is killed, one that freezes and
one whose logic hangs, each of which must be named within the time-out. With --ultra, networks in the FINN style whose weights
lie in UltraRAM: the boards' programs write them to memories as the block design has them.

    pynq_boards.py --braid build/braid --model models/mnist_cnn_73k.onnx --cluster pynq-five --images images.npy

Needs numpy; prints one line per case and `N passed, N failed`.
"""
import argparse
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time

import numpy

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "finn_stitched"))
sys.dont_write_bytecode = True

from check import board_commands, memories_of, window_of  # noqa: E402

TIMEOUT = 3.0
# Stages of a board share one process: nothing but these functions may be seen from outside a library.
BRIDGE = """
#include "{project}_axi.cpp"
#define SHOWN extern "C" __attribute__((visibility("default")))
SHOWN unsigned words_in() {{ return kWordsIn; }}
SHOWN unsigned words_out() {{ return kWordsOut; }}
SHOWN void frame(const unsigned long long *in, unsigned long long *out) {{
  hls::stream<DmaWord> from("from"), to("to");
  for (unsigned w = 0; w < kWordsIn; w++) {{
    DmaWord word;
    word.data = in[w];
    word.last = w + 1 == kWordsIn;
    from.write(word);
  }}
  {project}_axi(from, to);
  for (unsigned w = 0; w < kWordsOut; w++)
    out[w] = to.read().data.to_uint64();
}}
"""


class Boards:
    """A bundle, its boards' logic as shared libraries, and a network.json with ports of this machine."""

    def __init__(self, folder, options):
        self.folder = folder
        self.bundle = os.path.join(folder, "bundle")
        base = [options.braid, "compile", options.model, "--cluster", options.cluster] + (["--backend", "finn"] if options.ultra else [])
        command = base + (["--fpgas", str(options.boards)] if options.boards else [])
        if options.back or options.copies or options.ultra:
            command = base + ["--plan", self._plan(command, options)]
        subprocess.run(command + ["-o", self.bundle], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(self.bundle, "network", "network.json"), encoding="utf-8") as file:
            self.network = json.load(file)
        for board in self.network["fpgas"]:
            board["address"], board["listens"] = "127.0.0.1", free_port()
        self.names = [board["name"] for board in self.network["fpgas"]]
        self.file = os.path.join(folder, "network.json")
        with open(self.file, "w", encoding="utf-8") as file:
            json.dump(self.network, file)
        for board in self.network["fpgas"]:
            if board["image"] == board["name"]:
                for part in board["parts"]:
                    self._build(board, part, options.cxx)
                if options.ultra:
                    self._describe(board)

    def _plan(self, command, options):
        """The plan of a command, but with its last layers on the first board, which then has two stages, with copies of a
        board, or with all weights in UltraRAM."""
        draft = os.path.join(self.folder, "draft")
        subprocess.run(command + ["-o", draft], check=True, stdout=subprocess.DEVNULL)
        with open(os.path.join(draft, "plan.json"), encoding="utf-8") as file:
            plan = json.load(file)
        for layer in plan["layers"][len(plan["layers"]) - options.back:]:
            layer["fpga"] = plan["layers"][0]["fpga"]
        for layer in plan["layers"] if options.ultra else []:
            if "SIMD" in layer:
                layer["PE"] = min(layer["PE"], 8)
                layer["mem_mode"], layer["ram_style"] = "internal_decoupled", "ultra"
        if options.copies:
            board, *copies = options.copies.split(":")
            plan["replicas"] = {board: copies}
        path = os.path.join(self.folder, "plan.json")
        with open(path, "w", encoding="utf-8") as file:
            json.dump(plan, file)
        return path

    def _build(self, board, part, cxx):
        suffix = f"_s{part['stage']}" if part["stage"] else ""
        hls = os.path.join(self.bundle, board["name"], "hls" + suffix)
        firmware = os.path.join(hls, "firmware")
        bridge = os.path.join(self.folder, board["name"] + suffix + "_bridge.cpp")
        with open(bridge, "w", encoding="utf-8") as file:
            file.write(BRIDGE.format(project=part["project"]))
        sources = [os.path.join(firmware, name) for name in sorted(os.listdir(firmware)) if name.endswith(".cpp")]
        if os.path.isdir(os.path.join(hls, "units")):
            sources = self._reading(hls, part, sources)
        subprocess.run([cxx, "-std=c++17", "-O1", "-w", "-fPIC", "-shared", "-fvisibility=hidden", f"-I{hls}", f"-I{firmware}",
                        f"-I{firmware}/ap_types", f"-I{firmware}/nnet_utils", f"-I{firmware}/finn", f"-DWEIGHTS_DIR=\"{firmware}/weights\"",
                        bridge, *sources, "-o", os.path.join(self.folder, board["name"] + suffix + ".so")], check=True)

    def _written(self, hls, unit):
        """Where the stand-in writes what the memory of a unit was given."""
        return os.path.join(self.folder, "written", os.path.relpath(hls, self.bundle), unit, "memblock.dat")

    def _reading(self, hls, part, sources):
        """The sources, with weights in UltraRAM read from where the stand-in writes them."""
        project = os.path.join(hls, "firmware", part["project"] + ".cpp")
        with open(project, encoding="utf-8") as file:
            text = file.read()
        for _, _, _, unit in memories_of(pathlib.Path(hls), part["project"]):
            assert text.count(f'"../units/{unit}/memblock.dat"') == 1, f"{project} does not read {unit}"
            text = text.replace(f"../units/{unit}/memblock.dat", self._written(hls, unit))
        changed = os.path.join(self.folder, part["project"] + "_reads.cpp")
        with open(changed, "w", encoding="utf-8") as file:
            file.write(text.replace('"../units/', f'"{hls}/units/'))
        return [source for source in sources if source != project] + [changed]

    def _describe(self, board):
        """What the block design says of a board's memories, for the stand-in."""
        folder = pathlib.Path(self.bundle) / board["name"]
        commands, said = board_commands(folder), {"windows": [], "memories": []}
        for part in board["parts"]:
            hls = folder / ("hls" + (f"_s{part['stage']}" if part["stage"] else ""))
            window = window_of(part["project"], commands)
            if window:
                said["windows"].append(window[1:])
                said["memories"] += [(window[1] + offset, words, width, self._written(hls, unit))
                                     for offset, words, width, unit in memories_of(hls, part["project"])]
        self.memories = getattr(self, "memories", 0) + len(said["memories"])
        with open(os.path.join(self.folder, board["name"] + ".memories"), "w", encoding="utf-8") as file:
            json.dump(said, file)

    def environment(self, **more):
        path = os.pathsep.join([os.path.join(HERE, "pynq_standin"), os.environ.get("PYTHONPATH", "")])
        return {**os.environ, "PYTHONPATH": path, "BRAID_NETWORK": self.file, "BRAID_STANDIN": self.folder, **more}

    def statistics(self, name):
        with open(os.path.join(self.folder, name + ".statistics"), encoding="utf-8") as file:
            return json.load(file)

    def start(self, **more):
        return {name: self.start_one(name, **more) for name in self.names}

    def start_one(self, name, **more):
        arguments = ["--once", "--timeout", str(TIMEOUT), "--statistics", os.path.join(self.folder, name + ".statistics")]
        return subprocess.Popen([sys.executable, os.path.join(self.bundle, "host", name + ".py")] + arguments,
                                env=self.environment(**more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def client(self, images, output):
        return subprocess.Popen([sys.executable, os.path.join(self.bundle, "host", "run.py"), images, "--output", output,
                                 "--timeout", str(TIMEOUT)],
                                env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(processes, line):
    """Until every process has printed the line; one that ends instead prints nothing more."""
    for name, process in processes.items():
        while True:
            text = process.stdout.readline()
            if not text or text.strip() == f"{name}: {line}":
                break


def end(processes):
    for process in processes.values():
        if process.poll() is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        process.communicate()


class Cases:
    def __init__(self):
        self.passed = self.failed = 0

    def check(self, holds, what, more=""):
        self.passed, self.failed = self.passed + bool(holds), self.failed + (not holds)
        print(("ok      " if holds else "FAILED  ") + what + ("" if holds else f": {more}"), flush=True)


def all_frames(boards, options, images, cases):
    """Bit for bit what the typed model gives, with more than one frame under way."""
    output, expected = os.path.join(boards.folder, "out.npy"), os.path.join(boards.folder, "expected.npy")
    processes = boards.start(BRAID_STANDIN_DELAY="0.002")
    out, fault = boards.client(images, output).communicate(timeout=120)
    codes = {name: process.wait(timeout=30) for name, process in processes.items()}
    end(processes)
    subprocess.run([options.braid, "run", options.model, "--input", images, "--output", expected], check=True,
                   stdout=subprocess.DEVNULL)
    same = os.path.exists(output) and numpy.array_equal(numpy.load(output), numpy.load(expected).reshape(numpy.load(output).shape))
    cases.check(same, "frames over the boards equal the typed model", fault)
    cases.check(not any(codes.values()), "every board ends well", codes)
    most = {name: boards.statistics(name)["mostInFlight"] for name in boards.names}
    frames = {name: boards.statistics(name)["frames"] for name in boards.names}
    shares = {board["name"]: len(range(board["replica"], len(numpy.load(images)), board["replicas"]))
              for board in boards.network["fpgas"]}
    cases.check(frames == shares, "every board has seen every frame, copies their share", frames)
    cases.check(max(most.values()) > 1, "several frames are in one board at once", most)
    under_way = int(out.split("at most ")[1].split()[0]) if "at most" in out else 0
    cases.check(under_way > len(boards.names), "several frames are under way per board", out)


def named(boards, images, culprit, break_it, cases, what, words, **environment):
    """Breaks a board in the middle of a run: client and neighbours must name it within the time-out."""
    processes = boards.start(BRAID_STANDIN_DELAY="0.05", **environment)
    wait_for(processes, "ready")
    client = boards.client(images, os.path.join(boards.folder, "never.npy"))
    wait_for(processes, "session begins")
    time.sleep(0.3)
    start = time.monotonic()
    break_it(processes[culprit])
    try:
        _, fault = client.communicate(timeout=3 * TIMEOUT + 10)
    except subprocess.TimeoutExpired:
        client.kill()
        fault = "the client has not ended"
    seconds = time.monotonic() - start
    cases.check(client.returncode == 1 and culprit in fault and any(word in fault for word in words),
                f"{what} is named by the client", fault)
    cases.check(seconds < TIMEOUT + 3, f"{what} is noticed within the time-out ({seconds:.1f} s)")
    faults = {}
    for name, process in processes.items():
        if name != culprit:
            try:
                faults[name] = process.communicate(timeout=10)[1]
            except subprocess.TimeoutExpired:
                faults[name] = "has not ended"
    end(processes)
    cases.check(all(culprit in fault for fault in faults.values()), f"{what} is named by all other boards", faults)


def absent(boards, images, culprit, cases):
    """A board that was never started."""
    processes = {name: boards.start_one(name) for name in boards.names if name != culprit}
    wait_for(processes, "ready")
    client = boards.client(images, os.path.join(boards.folder, "never.npy"))
    start = time.monotonic()
    _, fault = client.communicate(timeout=3 * TIMEOUT + 10)
    cases.check(client.returncode == 1 and culprit in fault, "a board that is not there is named by the client", fault)
    seconds = time.monotonic() - start
    cases.check(seconds < TIMEOUT + 3, f"a board that is not there is noticed within the time-out ({seconds:.1f} s)")
    end(processes)


def unwritten(boards, culprit, fault, words, cases):
    """A board whose memories cannot be written ends, and says why."""
    start = time.monotonic()
    process = boards.start_one(culprit, BRAID_STANDIN_BUS=f"{culprit}:{fault}")
    try:
        _, told = process.communicate(timeout=TIMEOUT + 10)
    except subprocess.TimeoutExpired:
        end({culprit: process})
        told = "has not ended"
    seconds = time.monotonic() - start
    holds = process.returncode == 1 and f"{culprit}: error: {culprit}: the memory at 0xa8000000 for {culprit}/hls/units/" in told and words in told
    cases.check(holds and told.count("\n") == 1 and seconds < TIMEOUT + 5, f"a bus that {fault} is named in {seconds:.1f} s", told)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--braid", required=True)
    parser.add_argument("--model", required=True)
    parser.add_argument("--cluster", required=True)
    parser.add_argument("--images", required=True)
    parser.add_argument("--divide-by", type=float, default=1.0)
    parser.add_argument("--boards", type=int)
    parser.add_argument("--back", type=int, default=0, help="so many of the last layers stand on the first board")
    parser.add_argument("--copies", help="BOARD:COPY:COPY...: boards that take turns with one of the plan's")
    parser.add_argument("--ultra", action="store_true", help="in the FINN style, with all weights in UltraRAM")
    parser.add_argument("--frames", type=int, default=100)
    parser.add_argument("--cxx", default=os.environ.get("CXX", "g++"))
    options = parser.parse_args()
    cases = Cases()
    with tempfile.TemporaryDirectory() as folder:
        images = os.path.join(folder, "images.npy")
        data = (numpy.load(options.images) / options.divide_by).astype(numpy.float32)
        numpy.save(images, numpy.resize(data, (options.frames,) + data.shape[1:]))
        boards = Boards(folder, options)
        all_frames(boards, options, images, cases)
        middle, last = boards.names[len(boards.names) // 2], boards.names[-1]
        if options.back:
            stages = [len(board["parts"]) for board in boards.network["fpgas"]]
            cases.check(stages[0] == 2 and stages[1:] == [1] * len(stages[1:]), "the first board has two stages", stages)
        named(boards, images, middle, lambda p: p.kill(), cases, "a killed board", ["hung up"])
        named(boards, images, last, lambda p: p.kill(), cases, "a killed last board", ["hung up"])
        named(boards, images, middle, lambda p: p.send_signal(signal.SIGSTOP), cases, "a frozen board", ["late"])
        named(boards, images, middle, lambda p: None, cases, "a board whose logic hangs", ["late"],
              BRAID_STANDIN_HANG=f"{middle}:3")
        absent(boards, images, middle, cases)
        if options.ultra:
            cases.check(boards.memories >= len(boards.names), f"{boards.memories} memories are written")
            unwritten(boards, middle, "refuses", "the bus refuses it (SIGBUS); is the bitstream of this bundle?", cases)
            unwritten(boards, middle, "hangs", f"the bus has not answered for {TIMEOUT:g} s", cases)
            unwritten(boards, middle, "forgets", "was written; is the bitstream of this bundle?", cases)
            missing = min(pathlib.Path(boards.bundle, middle).glob("hls/units/*/memblock.dat"))
            missing.rename(missing.with_suffix(".gone"))
            unwritten(boards, middle, "lacks a file", "FileNotFoundError", cases)
            missing.with_suffix(".gone").rename(missing)
    print(f"{cases.passed} passed, {cases.failed} failed")
    return 1 if cases.failed else 0


if __name__ == "__main__":
    sys.exit(main())
