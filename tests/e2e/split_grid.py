#!/usr/bin/env python3
"""Every network split by every method over 2 to 5 boards, compiled and verified on real digits: a table.

Usage: split_grid.py PROGRAM [TABLE.md]; ends with `N passed, N failed`."""
import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MODELS = ROOT / "models"
NETWORKS = [("mnist_mlp_784_16_10", "28x28"), ("mnist_mlp_256_46_10", "16x16"), ("mnist_mlp_784_16_32_10", "28x28"), ("mnist_cnn_73k", "28x28")]
METHODS = ["sequential", "neuron", "input", "rows"]


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=1800)


def one(program, model, data, method, fpgas):
    """Cells of a row, and whether it is as it should be: bit-exact, or refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "out"
        done = run(program, "compile", MODELS / f"{model}.onnx", "--cluster", f"pynq-z2x{fpgas}", "--fpgas", fpgas, "--split", method, "-o", out)
        if done.returncode == 3:
            return ["", "", "", done.stderr.splitlines()[0].split("error: ")[-1]], True
        if done.returncode:
            return ["", "", "", done.stderr.splitlines()[0]], False
        rate = re.search(r"([\d,]+) frames/s", done.stdout).group(1)
        verified = run(program, "verify", out, "--input", MODELS / f"digits/images_{data}.npy", "--divide-by", "255", "--labels", MODELS / "digits/labels.npy")
        last = (verified.stdout.strip().splitlines() or [""])[-1]
        rates = re.search(r"whole ([\d.]+) %, split ([\d.]+) %, emitted ([\d.]+) %", verified.stdout)
        good = verified.returncode == 0 and last.startswith("verify: bit-exact") and rates and len(set(rates.groups())) == 1
        crossings = re.search(r"(\d+) crossings", last)
        return [rate, crossings.group(1) if crossings else "", f"{rates.group(1)} %" if rates else "", "bit-exact" if good else (verified.stderr or last).splitlines()[0]], good


def main():
    program = str(pathlib.Path(sys.argv[1]).resolve())
    rows, passed, failed = [], 0, 0
    for model, data in NETWORKS:
        for method in METHODS:
            for fpgas in range(2, 6):
                cells, good = one(program, model, data, method, fpgas)
                passed, failed = passed + good, failed + (not good)
                rows.append(f"| {model} | {method} | {fpgas} | " + " | ".join(cells) + " |")
                print(rows[-1], flush=True)
    if len(sys.argv) > 2:
        head = ("# Networks split by every method\n\nWritten by `tests/e2e/split_grid.py build/braid tests/e2e/split_grid.md`: whole = split = emitted C++ on 1,000 digits.\n\n"
                "| network | split | boards | frames/s | crossings | accuracy | result |\n|---|---|--:|--:|--:|--:|---|\n")
        pathlib.Path(sys.argv[2]).write_text(head + "\n".join(rows) + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
