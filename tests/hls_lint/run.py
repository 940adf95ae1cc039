#!/usr/bin/env python3
"""Lints bundles of many shapes as HLS would refuse them. Usage: run.py PROGRAM; ends with `N passed, N failed[, N skipped]`."""
import subprocess
import sys
import tempfile
from pathlib import Path

import finn
import selftest
import vivado_mutants
from lint import lint

TESTS = Path(__file__).resolve().parent.parent
MODELS = TESTS.parent / "models"
# Boards and cards, both io modes, both strategies, branches.
BUNDLES = {
    "cnn-over-two-boards": ["mnist_cnn_73k", "--cluster", "pynq-z2x2", "--fpgas", "2"],
    "residual-cnn-of-streams-over-two-cards": ["mnist_rescnn_gap", "--cluster", "u50x2", "--fpgas", "2"],
    "residual-cnn-of-arrays-over-two-cards": ["mnist_rescnn_gap", "--cluster", "u250x2", "--fpgas", "2", "--io", "parallel"],
    "cnn-over-two-boards-for-vivado": ["mnist_cnn_73k", "--cluster", "pynq-z2x2", "--fpgas", "2", "--hls-tool", "vivado"],
    "residual-cnn-by-neuron-for-vivado": ["mnist_rescnn_gap", "--cluster", "zcu104x2", "--split", "neuron", "--replicas", "1", "--hls-tool", "vivado"],
    "mlp-over-three-boards-for-vivado": ["mnist_mlp_784_16_32_10", "--cluster", "pynq-z2x3", "--fpgas", "3", "--hls-tool", "vivado"],
    "residual-network-of-units-over-two-cards": ["residual", "--cluster", "u280x2", "--fpgas", "2", "--backend", "finn"],
    "residual-network-of-units-over-two-boards": ["residual", "--cluster", "pynq-z2x2", "--fpgas", "2", "--backend", "finn"],
    "mlp-over-three-boards": ["mnist_mlp_784_16_32_10", "--cluster", "pynq-z2x3", "--fpgas", "3"],
}
MUTATED, UNITS = "residual-cnn-by-neuron-for-vivado", "residual-network-of-units-over-two-cards"


def model_of(name, folder):
    """A file of models/, or the residual network, which needs the oracles' Python (None without)."""
    if name != "residual":
        return MODELS / f"{name}.onnx"
    path = folder / "residual.onnx"
    done = subprocess.run([TESTS / "oracle/oracle.sh", "residual_network", path], capture_output=True)
    if done.returncode not in (0, 77):
        sys.exit(f"the residual network cannot be written: {done.stderr.decode()[-500:]}")
    return path if done.returncode == 0 else None


def main():
    program = str(Path(sys.argv[1]).resolve())
    passed = failed = skipped = 0
    with tempfile.TemporaryDirectory() as folder:
        for name, holds in selftest.run(Path(folder)):
            passed, failed = passed + bool(holds), failed + (not holds)
            if not holds:
                print(f"failed: selftest: {name}")
        for name, (model, *options) in BUNDLES.items():
            out, file = Path(folder) / name, model_of(model, Path(folder))
            if file is None:
                skipped += 1
                print(f"skipped: {name}: no oracles (tools/setup.sh --test installs them)")
                continue
            subprocess.run([program, "compile", file, *options, "-o", out], check=True, capture_output=True, timeout=300)
            faults = list(lint(out))
            passed, failed = passed + (not faults), failed + bool(faults)
            for fault in faults:
                print(f"failed: {name}: {fault}")
        mutants = [*vivado_mutants.run(Path(folder) / MUTATED)] + ([*finn.mutants(Path(folder) / UNITS)] if (Path(folder) / UNITS).exists() else [])
        for name, holds in mutants:
            passed, failed = passed + bool(holds), failed + (not holds)
            if not holds:
                print(f"failed: mutant: {name}")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
