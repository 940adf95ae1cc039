"""Runs an ONNX model in float64, quantised operators included, or compares another program's tensors with it.

    float64_run.py MODEL INPUT.npy OUTPUT.npy
    float64_run.py MODEL --in NAME=FILE.npy... --out NAME=FILE.npy...       any tensors of the graph
    float64_run.py MODEL INPUT.npy --compare TENSORS.tsv [--noise STEPS]    lines `name<tab>file.npy`

INPUT may hold many samples (see oracle.samples); they are run one by one, and OUTPUT has them along its leading axis.
TENSORS.tsv names tensors as the file means them (integers where it says so), of one sample; relative files are beside it.
Exit code 1: something is wrong beyond ties.
"""

import argparse
import pathlib
import sys

import numpy as np

import float64
import oracle
from run_onnx import pairs


def comparison(network, inputs, path, noise):
    tensors = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, file = line.partition("\t")
        if name:
            tensors[name] = oracle.load(path.parent / file)
    return float64.compare(network, inputs, tensors, noise=noise)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("files", nargs="*", metavar="INPUT OUTPUT")
    parser.add_argument("--in", dest="inputs", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--out", dest="outputs", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--compare", type=pathlib.Path, metavar="TENSORS.tsv")
    parser.add_argument("--noise", type=float, default=1e-9, metavar="STEPS")
    arguments = parser.parse_args()
    try:
        network = float64.Network(arguments.model)
    except Exception as problem:  # onnx's exceptions share no base class
        oracle.fail(f"{arguments.model}: {problem}")
    inputs, outputs = pairs(arguments.inputs, "--in"), pairs(arguments.outputs, "--out")
    if arguments.files:
        if len(network.inputs) != 1 or inputs or outputs or len(arguments.files) != (1 if arguments.compare else 2):
            oracle.fail(f"give INPUT and OUTPUT, or --in and --out; {arguments.model} has inputs {', '.join(network.inputs)}")
        inputs = {network.inputs[0]: arguments.files[0]}
        outputs = {} if arguments.compare else {network.outputs[0]: arguments.files[1]}
    arrays = {name: oracle.load(path) for name, path in inputs.items()}
    if arguments.compare:
        report = comparison(network, arrays, arguments.compare, arguments.noise)
        print(report)
        sys.exit(0 if report.ok else 1)
    feeds = {name: oracle.samples(array, network.shapes.get(name) or [None], name) for name, array in arrays.items()}
    counts = {len(values) for values in feeds.values()}
    if len(counts) != 1:
        oracle.fail(f"the inputs hold different numbers of samples: {sorted(counts)}")
    rows = []
    for i in range(counts.pop()):
        values = float64.evaluate(network, {name: values[i] for name, values in feeds.items()})
        rows.append([values[name] if name in values else oracle.fail(f"no tensor '{name}'") for name in outputs])
    for path, column in zip(outputs.values(), zip(*rows)):
        np.save(path, oracle.join(list(column)))


if __name__ == "__main__":
    main()
