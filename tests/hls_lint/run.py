#!/usr/bin/env python3
"""Lints bundles of many shapes as HLS would refuse them. Usage: run.py PROGRAM; ends with `N passed, N failed`."""
import subprocess
import sys
import tempfile
from pathlib import Path

import selftest
import vivado_mutants
from lint import lint

MODELS = Path(__file__).resolve().parent.parent.parent / "models"
# Boards and cards, both io modes, both strategies, branches.
BUNDLES = {
    "cnn-over-two-boards": ["mnist_cnn_73k", "--cluster", "pynq-z2x2", "--fpgas", "2"],
    "residual-cnn-of-streams-over-two-cards": ["mnist_rescnn_gap", "--cluster", "u50x2", "--fpgas", "2"],
    "residual-cnn-of-arrays-over-two-cards": ["mnist_rescnn_gap", "--cluster", "u250x2", "--fpgas", "2", "--io", "parallel"],
    "cnn-over-two-boards-for-vivado": ["mnist_cnn_73k", "--cluster", "pynq-z2x2", "--fpgas", "2", "--hls-tool", "vivado"],
    "residual-cnn-by-neuron-for-vivado": ["mnist_rescnn_gap", "--cluster", "zcu104x2", "--split", "neuron", "--replicas", "1", "--hls-tool", "vivado"],
    "mlp-over-three-boards-for-vivado": ["mnist_mlp_784_16_32_10", "--cluster", "pynq-z2x3", "--fpgas", "3", "--hls-tool", "vivado"],
    "mlp-over-three-boards": ["mnist_mlp_784_16_32_10", "--cluster", "pynq-z2x3", "--fpgas", "3"],
}
MUTATED = "residual-cnn-by-neuron-for-vivado"


def main():
    program = str(Path(sys.argv[1]).resolve())
    passed = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, holds in selftest.run(Path(folder)):
            passed, failed = passed + bool(holds), failed + (not holds)
            if not holds:
                print(f"failed: selftest: {name}")
        for name, (model, *options) in BUNDLES.items():
            out = Path(folder) / name
            subprocess.run([program, "compile", MODELS / f"{model}.onnx", *options, "-o", out], check=True, capture_output=True, timeout=300)
            faults = list(lint(out))
            passed, failed = passed + (not faults), failed + bool(faults)
            for fault in faults:
                print(f"failed: {name}: {fault}")
        for name, holds in vivado_mutants.run(Path(folder) / MUTATED):
            passed, failed = passed + bool(holds), failed + (not holds)
            if not holds:
                print(f"failed: mutant: {name}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
