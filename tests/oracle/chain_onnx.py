"""Runs several ONNX models as one network: tensors go from model to model by name.

    chain_onnx.py MODEL... --in NAME=FILE.npy... --out NAME=FILE.npy...
    chain_onnx.py MODEL... INPUT.npy OUTPUT.npy

Used to show that the model.onnx files of a partition, chained, are the whole. The models may be given in any
order: each runs as soon as its inputs exist. It is an error if a model can never run, if two models produce the
same tensor, or if a tensor's shape is not what its reader declares. In the second form the network has one input
that no model produces and one output that no model reads.
"""

import argparse

import numpy as np

import oracle
import run_onnx


def open_tensors(models):
    """(tensors that no model produces, tensors that no model reads), in the order of the models."""
    produced = [node.name for session in models.values() for node in session.get_outputs()]
    read = [node.name for session in models.values() for node in session.get_inputs()]
    twice = sorted({name for name in produced if produced.count(name) > 1})
    if twice:
        oracle.fail(f"more than one model produces {', '.join(twice)}")
    unique = list(dict.fromkeys(read))
    return [name for name in unique if name not in produced], [name for name in produced if name not in read]


def run_chain(models, tensors):
    """Adds to `tensors` what the models produce for one sample."""
    waiting = dict(models)
    while waiting:
        ready = [path for path, session in waiting.items()
                 if all(node.name in tensors for node in session.get_inputs())]
        if not ready:
            wants = {node.name for session in waiting.values() for node in session.get_inputs()} - set(tensors)
            oracle.fail(f"{', '.join(waiting)} cannot run: nothing produces {', '.join(sorted(wants))}")
        for path in ready:
            session = waiting.pop(path)
            feeds = {}
            for node in session.get_inputs():
                value = tensors[node.name]
                fixed = all(isinstance(extent, int) and extent > 0 for extent in node.shape)
                if fixed and list(value.shape) != node.shape:
                    oracle.fail(f"{path}: input '{node.name}' is declared {node.shape}, but gets {list(value.shape)}")
                feeds[node.name] = value
            for node, value in zip(session.get_outputs(), session.run(None, feeds)):
                tensors[node.name] = value
    return tensors


def reader(models, name):
    """The first graph input called `name`."""
    return next(node for session in models.values() for node in session.get_inputs() if node.name == name)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", metavar="MODEL... [INPUT OUTPUT]")
    parser.add_argument("--in", dest="inputs", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--out", dest="outputs", action="append", default=[], metavar="NAME=FILE")
    arguments = parser.parse_args()

    inputs, outputs = run_onnx.pairs(arguments.inputs, "--in"), run_onnx.pairs(arguments.outputs, "--out")
    named = bool(inputs or outputs)
    paths = arguments.files if named else arguments.files[:-2]
    if not paths:
        oracle.fail("give at least one model, and INPUT and OUTPUT or --in and --out")
    models = {path: oracle.session(path) for path in paths}
    sources, sinks = open_tensors(models)
    if not named:
        if len(sources) != 1 or len(sinks) != 1:
            oracle.fail(f"the network's inputs are {sources} and its outputs {sinks}: use --in and --out")
        inputs, outputs = {sources[0]: arguments.files[-2]}, {sinks[0]: arguments.files[-1]}
    if sorted(inputs) != sorted(sources):
        oracle.fail(f"the network reads {', '.join(sorted(sources))}; given are {', '.join(sorted(inputs))}")

    feeds = {}
    for name, path in inputs.items():
        node = reader(models, name)
        feeds[name] = oracle.samples(oracle.as_input(node, oracle.load(path)), node.shape, name)
    counts = {len(values) for values in feeds.values()}
    if len(counts) > 1:
        oracle.fail(f"the inputs hold different numbers of samples: {sorted(counts)}")
    rows = [run_chain(models, {name: values[i] for name, values in feeds.items()}) for i in range(counts.pop())]
    for name, path in outputs.items():
        if name not in rows[0]:
            oracle.fail(f"no tensor '{name}'; there are {', '.join(rows[0])}")
        np.save(path, oracle.join([row[name] for row in rows]))


if __name__ == "__main__":
    main()
