"""Runs the operator cases of libonnx-testdata through `braid run --float`.

    run_testdata.py BRAID [CASE...]

The cases are those marked `run` in testdata_cases.txt, made networks by testdata.prepare; outputs are compared at
rtol 1e-3 and atol 1e-5. A network that only hands its input on, which is none to a compiler, gets a doubling at the
end; one of an opset before 6 whose operators are still the same gets a newer one. A case that braid refuses stands in testdata_refused.txt with a part of the message; any other
refusal is a failure, and so is a listed case that passes. Ends with `N passed, N failed`, where a refusal for the
listed reason is a pass that is counted apart. Exit code 77 where Debian's package is absent.
"""

import pathlib
import subprocess
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

import list_cases
import testdata

HERE = pathlib.Path(__file__).resolve().parent
SECONDS = 60


def table(name):
    """Lines of a tab-separated file as lists; lines with # are comment."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines if line and not line.startswith("#")]


def newer(model):
    """Operators that have not changed since opset 1, as operators of opset 7."""
    if all(node.op_type in ("GlobalAveragePool", "GlobalMaxPool") for node in model.graph.node):
        for entry in model.opset_import:
            entry.version = max(entry.version, 7)


def double(model):
    """Ends the network in a product of its output and 2."""
    output = model.graph.output[0]
    model.graph.initializer.append(numpy_helper.from_array(np.float32(2).reshape(1), "two_of_the_test"))
    model.graph.node.append(helper.make_node("Mul", [output.name, "two_of_the_test"], ["doubled_by_the_test"]))
    # Before opset 7 a product broadcasts only when it is told to.
    if any(entry.domain in ("", "ai.onnx") and entry.version < 7 for entry in model.opset_import):
        model.graph.node[-1].attribute.append(helper.make_attribute("broadcast", 1))
    output.name = "doubled_by_the_test"


def outcome(braid, name, folder):
    """('passed', ''), ('refused', message) or ('failed', what)."""
    prepared = testdata.prepare(testdata.Case(list_cases.DEBIAN / name))
    if prepared is None:
        return "failed", "the case is listed as a network, but is none"
    model, inputs, expected = prepared
    newer(model)
    result = run(braid, model, inputs, expected, folder)
    if result[0] == "refused" and "there is nothing to compute" in result[1]:
        double(model)
        result = run(braid, model, inputs, 2 * expected, folder)
    return result


def run(braid, model, inputs, expected, folder):
    onnx.save(model, folder / "model.onnx")
    words = []
    for index, (tensor, array) in enumerate(inputs.items()):
        np.save(folder / f"input_{index}.npy", array)
        words += ["--input", f"{tensor}={folder / f'input_{index}.npy'}"]
    output = folder / "output.npy"
    output.unlink(missing_ok=True)
    done = subprocess.run([braid, "run", "--float", str(folder / "model.onnx"), *words, "--output", str(output)],
                          capture_output=True, text=True, errors="replace", timeout=SECONDS, check=False)
    message = " ".join(done.stderr.split())
    if done.returncode == 1 and "error: " in message:
        return "refused", message
    if done.returncode != 0:
        return "failed", f"exit code {done.returncode}: {message}"
    found = np.load(output)
    if found.size != expected.size:
        return "failed", f"{found.size} values of shape {list(found.shape)}, not {list(expected.shape)}"
    if not np.allclose(found.reshape(expected.shape), expected, rtol=1e-3, atol=1e-5, equal_nan=True):
        return "failed", f"differs by {np.abs(found.reshape(expected.shape) - expected).max()}"
    return "passed", ""


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    if not list_cases.DEBIAN.is_dir():
        print("no libonnx-testdata; tools/setup.sh --test installs it")
        sys.exit(77)
    names = sys.argv[2:] or [row[0] for row in table("testdata_cases.txt") if row[1] == "run"]
    reasons = dict(table("testdata_refused.txt"))
    passed = refused = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            kind, why = outcome(sys.argv[1], name, pathlib.Path(folder))
            if kind == "refused" and reasons.get(name, "\0") in why:
                refused += 1
            elif kind == "passed" and name not in reasons:
                passed += 1
            else:
                failed += 1
                print(f"{name}: {kind} {why}" + (f"; expected: {reasons[name]}" if name in reasons else ""))
    print(f"{len(names)} cases of libonnx-testdata: {passed} equal, {refused} refused for a listed reason, {failed} failed")
    print(f"{passed + refused} passed, {failed} failed")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
