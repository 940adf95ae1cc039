#!/usr/bin/env python3
"""Quantised networks as FINN-style projects, whole and split by every method, compiled and verified: a table.

Usage: finn_grid.py PROGRAM [TABLE.md]; ends with `N passed, N failed`. BRAID_ORACLES and BRAID_SHARED as in flow.py."""
import json
import lzma
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

from flow import ORACLES, PROGRAM, ROOT, SHARED

SMALL = ["tfc_1w1a", "tfc_2w2a", "kws_mlp_w3a3_mlperf", "finn_tfc_multithreshold", "ours_cnn_73k_qonnx_w4a4_pow2", "ours_cnn_73k_int8qdq",
         "residual"]
BIG = ["gen_vgg10_radioml_w4a4", "gen_mobilenetv1_025_w4a4", "gen_cnv_w2a2"]
HUGE = [("gen_mobilenetv1_w4a4", 2), ("gen_mobilenetv1_w4a4", 4), ("gen_resnet50_v15_w2a2", 4)]  # on so many cards
METHODS = ["sequential", "neuron", "input", "rows"]
DENSE_ONLY = SMALL[:4]  # nothing has rows
# What the end-to-end tests take of them: two dense networks and one with branches, whole and by every method; the big ones,
# whole and in two; one way of every other; either device.
QUICK = [("tfc_1w1a", "pynq-z2", 1, "sequential", 5), ("tfc_2w2a", "u280", 1, "sequential", 5), ("tfc_2w2a", "pynq-z2", 2, "sequential", 5),
         ("tfc_2w2a", "pynq-z2", 3, "neuron", 5), ("tfc_2w2a", "pynq-z2", 3, "input", 5), ("finn_tfc_multithreshold", "pynq-z2", 3, "input", 5),
         ("kws_mlp_w3a3_mlperf", "pynq-z2", 1, "sequential", 5), ("kws_mlp_w3a3_mlperf", "u280", 2, "sequential", 5),
         ("kws_mlp_w3a3_mlperf", "pynq-z2", 3, "neuron", 5), ("kws_mlp_w3a3_mlperf", "pynq-z2", 3, "input", 5),
         ("residual", "u280", 1, "sequential", 3), ("residual", "pynq-z2", 3, "sequential", 3), ("residual", "pynq-z2", 3, "neuron", 3),
         ("residual", "pynq-z2", 3, "input", 3), ("residual", "pynq-z2", 3, "rows", 3),
         ("ours_cnn_73k_qonnx_w4a4_pow2", "pynq-z2", 3, "rows", 3), ("ours_cnn_73k_int8qdq", "u280", 1, "sequential", 3), ("ours_cnn_73k_int8qdq", "pynq-z2", 3, "sequential", 3),
         ("gen_vgg10_radioml_w4a4", "u280", 1, "sequential", 1), ("gen_vgg10_radioml_w4a4", "u280", 2, "sequential", 1),
         ("gen_mobilenetv1_025_w4a4", "u280", 1, "sequential", 1), ("gen_mobilenetv1_025_w4a4", "u280", 2, "sequential", 1),
         ("gen_cnv_w2a2", "u280", 1, "sequential", 1), ("gen_cnv_w2a2", "u280", 2, "rows", 1)]
CUTS = {"neuron": "neurons", "input": "inputs", "rows": "rows"}  # in a row of a plan
# Networks that a program writes: its name and arguments.
WRITTEN = {"residual": ["residual_network.py"], "odd": ["odd_network.py"], "cnv_w1a1": ["finn_topologies.py", "cnv_w1a1"], "vgg10_w4a4": ["finn_topologies.py", "vgg10_w4a4"]}


def model_file(name, folder):
    """The ONNX file of a network, unpacked or written to `folder` where need be; None where it is absent."""
    path, packed = SHARED / "models" / name / "model.onnx", SHARED / "models" / name / "model.onnx.xz"
    if name in WRITTEN:
        if not (ORACLES / "bin/python").exists():
            return None
        path = folder / f"{name}.onnx"
        subprocess.run([ORACLES / "bin/python", ROOT / "tests/oracle" / WRITTEN[name][0], *WRITTEN[name][1:], path], check=True)
    elif packed.exists():
        path = folder / "model.onnx"
        path.write_bytes(lzma.open(packed).read())
    return path if path.exists() else None


def cases():
    """Network, device, FPGAs, split, frames."""
    for name in SMALL:
        frames = 20 if name in DENSE_ONLY else 3
        for device, fpgas in (("u280", 2), ("pynq-z2", 3)):
            yield name, device, 1, "sequential", frames
            for method in METHODS:
                yield name, device, fpgas, method, frames
    for name in BIG:
        for fpgas in (1, 2):
            yield name, "u280", fpgas, "sequential", 1
    for name, fpgas in HUGE:
        yield name, "u280", fpgas, "sequential", 1


def run(*words):
    return subprocess.run([str(word) for word in words], capture_output=True, text=True, errors="replace", timeout=3600)


def refused(name, method, told):
    """Whether a plan that is refused is refused as it should be."""
    return bool(told) and (method == "rows" and name in DENSE_ONLY or "fit" in told)


def one(name, device, fpgas, method, frames):
    """Cells of a row, and whether it is as it should be: bit-exact, or refused in words."""
    with tempfile.TemporaryDirectory() as folder:
        out, model = pathlib.Path(folder) / "out", model_file(name, pathlib.Path(folder))
        if model is None:
            return ["", "", "absent"], os.environ.get("BRAID_REQUIRE_ORACLES") != "1"
        done = run(PROGRAM, "compile", model, "--backend", "finn", "--cluster", f"{device}x{fpgas}", "--fpgas", fpgas, "--split", method, "-o", out)
        told = (done.stderr.splitlines() or [""])[0].split("error: ")[-1]
        if done.returncode:
            return ["", "", told], done.returncode == 3 and refused(name, method, told)
        cut = [row for row in json.loads((out / "plan.json").read_text())["layers"] if CUTS.get(method) in row.get("slice", {})]
        if method in CUTS and fpgas > 1 and not cut:
            return ["", "", f"no layer is cut by {method}"], False
        rate = re.search(r"([\d,]+) frames/s", done.stdout).group(1)
        verified = run(PROGRAM, "verify", out, "--random", frames)
        last = (verified.stdout.strip().splitlines() or [""])[-1]
        good = verified.returncode == 0 and last.startswith(f"verify: bit-exact ({frames} frames, {fpgas} FPGAs")
        crossings = re.search(r"(\d+) crossings", last)
        return [rate, crossings.group(1) if crossings else "", "bit-exact" if good else (verified.stderr or last or "no word").splitlines()[0]], good


def main():
    rows, passed, failed = [], 0, 0
    for name, device, fpgas, method, frames in cases():
        start = time.time()
        cells, good = one(name, device, fpgas, method, frames)
        passed, failed = passed + good, failed + (not good)
        rows.append(f"| {name} | {device} | {fpgas} | {method if fpgas > 1 else 'whole'} | " + " | ".join(cells) + " |")
        print(f"{'' if good else 'FAILED '}{rows[-1]} {time.time() - start:.1f} s", flush=True)
    if len(sys.argv) > 2:
        head = ("# Networks as FINN-style projects\n\nWritten by `tests/e2e/finn_grid.py build/braid tests/e2e/finn_grid.md`: whole = split = emitted C++ on "
                "random frames.\n\n| network | device | FPGAs | split | frames/s | crossings | result |\n|---|---|--:|---|--:|--:|---|\n")
        pathlib.Path(sys.argv[2]).write_text(head + "\n".join(rows) + "\n")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
