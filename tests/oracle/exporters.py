"""Graphs as exporters write them, against onnxruntime: float to 1e-4 of the output's range, ap_fixed<32,16> to 1e-3, or 1e-2
where numbers come out of tables.

    exporters.py BRAID [GRAPH...]

Ends with `N passed, N failed`."""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx

import exporter_graphs  # noqa: F401 (adds the graphs)
import graph_builder
import oracle


def fault(braid, name, folder):
    """What is wrong with a graph's numbers; empty if nothing is."""
    proto, data, ends, tables = graph_builder.model(name)
    path = folder / f"{name}.onnx"
    onnx.save(proto, path)
    expected = oracle.session(path).run(None, data)
    words = []
    for key, array in data.items():
        np.save(folder / f"in{len(words)}.npy", array)
        words += ["--input", f"{key}={folder / f'in{len(words)}.npy'}"]
    files = [folder / f"out{i}.npy" for i in range(len(ends))]
    for file in files:
        words += ["--output", str(file)]
    for mode, most in ((["--float"], 1e-4), (["--precision", "ap_fixed<32,16>"], 1e-2 if tables else 1e-3)):
        done = subprocess.run([braid, "run", str(path), *mode, *words], capture_output=True, text=True, errors="replace", timeout=60, check=False)
        if done.returncode != 0:
            return f"exit {done.returncode}: {done.stderr.strip()}"
        for end, file, wanted in zip(ends, files, expected):
            found = np.load(file)
            if found.shape != wanted.shape:
                return f"{mode[-1]}: output {end} has shape {found.shape}, not {wanted.shape}"
            error = np.abs(found - wanted).max() / max(np.ptp(wanted), np.abs(wanted).max())
            if not error <= most:
                return f"{mode[-1]}: output {end} differs by {error:.2e} of its range"
    return ""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    names = sys.argv[2:] or list(graph_builder.GRAPHS)
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            what = fault(sys.argv[1], name, pathlib.Path(folder))
            failed += bool(what)
            if what:
                print(f"failed: {name}: {what}")
    print(f"{len(names) - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
