#!/usr/bin/env python3
"""The partitioning solver beside CBC (Debian: coinor-cbc) on the same problems, and its CPU time on large ones, ResNet-50 in
2 and 4 bits (made by tests/oracle/requantised.py): Markdown.

    ninja -C build-test braid tests/bench/partition_bench
    tools/bench_partition.py build-test ../shared [--seconds N]

CBC gets --seconds for each problem; those it does not finish are counted apart. Fails where the two differ."""
import argparse
import json
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile

from partition_suite import FINN, STREAM, model_file

# Networks whose layers stay whole: style, network, cluster, FPGAs.
REAL = [(FINN, network, device, count)
        for network in ("tfc_1w1a", "tfc_2w2a", "kws_mlp_w3a3_mlperf", "unsw_nb15_mlp_w2a2", "ours_cnn_73k_qonnx_w4a4_pow2")
        for device, count in (("pynq-z2", 1), ("pynq-z2", 2), ("zcu104", 2))]
REAL += [(STREAM, network, device, count) for network in ("ours_fcnn_relu_13k_float", "mnist_cntk_8", "convnet_maxpool", "ours_cnn_73k_float")
         for device, count in (("pynq-z2", 2), ("zcu104", 2))]
RANDOM = [(seed, 18 if seed <= 30 else 24) for seed in range(1, 41)]


def short(seconds):
    return f"{seconds * 1e3:.2f} ms" if seconds < 0.1 else f"{seconds * 1e3:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"


class Bench:
    def __init__(self, build, shared, folder):
        self.braid, self.program = build / "braid", build / "tests/bench/partition_bench"
        self.shared, self.folder = shared, folder

    def told(self, *words):
        done = subprocess.run([str(word) for word in (self.program, *words)], capture_output=True, text=True)
        if done.returncode:
            sys.exit(done.stderr)
        return done.stdout

    def planned(self, command, model, style, device, count, *more):
        done = subprocess.run([str(word) for word in (self.braid, command, model, "--cluster", f"{device}x{count}", "--fpgas", count, *style, *more)],
                              capture_output=True, text=True)
        if done.returncode not in (0, 3):
            sys.exit(done.stderr)
        return done

    def problem(self, style, model, device, count):
        """The problem.json of a network over exactly so many FPGAs; None where no plan fits."""
        out = self.folder / f"{model.stem} {device} {count}"
        done = self.planned("compile", model, style, device, count, "-o", out)
        return out / "problem.json" if done.returncode == 0 else None

    def from_typed(self, style, model, device, count):
        """Seconds of the pass from the typed model to the plan, proof and all; the least of five."""
        return min(float(re.search(r"([\d.]+) ms +partition\n", self.planned("plan", model, style, device, count, "--time-passes").stderr)[1])
                   for _ in range(5)) / 1e3

    def resnets(self):
        """ResNet-50 as it is, and with 4 bits in place of 2."""
        model = model_file(self.shared, "gen_resnet50_v15_w2a2", self.folder)
        wider = self.folder / "resnet50_v15_w4a4.onnx"
        root = pathlib.Path(__file__).resolve().parent.parent
        subprocess.run([str(root / "tests/oracle/oracle.sh"), "requantised", str(model), "2", "4", str(wider)], check=True)
        return (("ResNet-50 w2a2", model), ("ResNet-50 w4a4", wider))

    def drawn(self, name, *words):
        path = self.folder / f"{name}.json"
        path.write_text(self.told(*words))
        return path

    def problems(self):
        for style, network, device, count in REAL:
            if path := self.problem(style, model_file(self.shared, network, self.folder), device, count):
                yield f"`{network}`, {device} x {count}", path
        for seed, layers in RANDOM:
            yield f"random {seed}", self.drawn(f"random {seed}", "draw", seed, layers)


def against_cbc(bench, seconds):
    """Prints a row each; whether the two agree wherever CBC finishes."""
    print("| problem | layers | FPGAs | period | braid, CPU | CBC, CPU | ratio |\n|---|--:|--:|--:|--:|--:|--:|")
    ratios, slow, unfinished, differ = [], [], 0, []
    for name, path in bench.problems():
        row = json.loads(bench.told("cbc", path, seconds))
        is_done = row["cbc_status"] != "stopped"
        ratio = row["cbc_seconds"] / row["seconds"]
        if not is_done:
            unfinished += 1
        else:
            ratios.append(ratio)
            slow += [ratio] if row["cbc_seconds"] > 1 else []
            if row["cbc_period_fs"] != row["period_fs"]:
                differ.append(f"{name}: braid {row['period_fs']} fs, CBC {row['cbc_period_fs']} fs")
        print(f"| {name} | {row['layers']} | {row['fpgas']} | {row['period_fs'] or 'none'} | {short(row['seconds'])} | "
              f"{'' if is_done else 'more than '}{short(row['cbc_seconds'])} | {'' if is_done else '> '}{ratio:,.0f} |", flush=True)
    print(f"\n{len(ratios)} problems that CBC finishes in {seconds} s ({unfinished} not): {len(ratios) - len(differ)} with the same optimum; "
          f"braid faster on {sum(ratio > 1 for ratio in ratios)}; CPU time of CBC over braid's {statistics.median(ratios):,.0f} in the median"
          + (f", {statistics.median(slow):,.0f} of the {len(slow)} on which CBC takes more than 1 s" if slow else ""))
    for line in differ:
        print(f"differ: {line}")
    return not differ


def large_ones(bench):
    print("\n| problem | period | proven | plan, CPU | plan and proof, CPU | from the typed model |\n|---|--:|---|--:|--:|--:|")
    cases = []
    for name, model in bench.resnets():
        path = bench.problem(FINN, model, "u280", 8)
        cases += [(f"{name} over 8 U280, without converters and links", "plain", path, None),
                  (f"{name} over 8 U280", "solve", path, bench.from_typed(FINN, model, "u280", 8))]
    cases.append(("500 layers over 64 FPGAs of 4 dies, wires and links limited", "solve", bench.drawn("large", "large", 500, 64), None))
    for name, command, path, typed in cases:
        row = json.loads(bench.told(command, path))
        print(f"| {name} | {row['period_fs'] / 1e9:,.3f} us | {'yes' if row['proven'] else 'no'} | {short(row['plan_seconds'])} | {short(row['seconds'])} "
              f"| {short(typed) if typed else ''} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=pathlib.Path)
    parser.add_argument("shared", type=pathlib.Path)
    parser.add_argument("--seconds", type=int, default=60)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(asked.build.resolve(), asked.shared, pathlib.Path(folder))
        is_same = against_cbc(bench, asked.seconds)
        large_ones(bench)
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main())
