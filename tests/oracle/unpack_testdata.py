"""Unpacks a case of libonnx-testdata into .npy files.

    unpack_testdata.py CASE OUT              input_<i>.npy and output_<i>.npy, exactly as in CASE
    unpack_testdata.py CASE OUT --prepare    also model.onnx: parameters as initializers, a batch of one
    unpack_testdata.py --all LIST OUT        prepares every case marked `run` in LIST into OUT/<suite>/<case>/

CASE is a folder with model.onnx and test_data_set_0, that test_data_set_0 itself, or a name as in testdata_cases.txt.
Prints a line for each file: file, tensor, type, shape. With --prepare the samples lie along the leading axis of
the .npy files, and only activations are inputs (see testdata.py).
"""

import argparse
import pathlib

import numpy as np
import onnx

import list_cases
import oracle
import testdata


def find(name):
    folder = pathlib.Path(name)
    for candidate in (folder, list_cases.DEBIAN / name):
        if (candidate / "model.onnx").exists() or (candidate.parent / "model.onnx").exists():
            return candidate
    oracle.fail(f"no case '{name}': neither it nor {list_cases.DEBIAN / name} holds a model.onnx")


def save(directory, prefix, named):
    """Writes arrays in order and returns a line for each."""
    rows = []
    for index, (name, array) in enumerate(named):
        if array is None:
            rows.append(f"-\t{name}\tnot a tensor")
            continue
        path = directory / f"{prefix}_{index}.npy"
        np.save(path, array)
        rows.append(f"{path.name}\t{name}\t{array.dtype}\t{list(array.shape)}")
    return rows


def unpack(case, directory, prepare):
    directory.mkdir(parents=True, exist_ok=True)
    outputs = [value.name for value in case.model.graph.output]
    if not prepare:
        return (save(directory, "input", case.named_inputs().items())
                + save(directory, "output", zip(outputs, case.outputs)))
    if reason := testdata.why_not(case):
        oracle.fail(f"{case.folder.name}: {reason}")
    model, inputs, expected = testdata.prepare(case)
    onnx.save(model, directory / "model.onnx")
    return save(directory, "input", inputs.items()) + save(directory, "output", [(outputs[0], expected)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", metavar="CASE or LIST")
    parser.add_argument("output", metavar="OUT", type=pathlib.Path)
    parser.add_argument("--prepare", action="store_true", help="make it a network with a batch of one")
    parser.add_argument("--all", action="store_true", help="the first argument is a list of cases")
    arguments = parser.parse_args()
    if not arguments.all:
        print("\n".join(unpack(testdata.Case(find(arguments.case)), arguments.output, arguments.prepare)))
        return
    for line in pathlib.Path(arguments.case).read_text().splitlines():
        name, *rest = line.split("\t")
        if rest[:1] == ["run"]:
            unpack(testdata.Case(find(name)), arguments.output / name, prepare=True)
            print(name)


if __name__ == "__main__":
    main()
