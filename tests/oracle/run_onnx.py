"""Runs an ONNX model in onnxruntime: one thread, no graph optimisation.

    run_onnx.py MODEL INPUT.npy OUTPUT.npy
    run_onnx.py MODEL --in NAME=FILE.npy... --out NAME=FILE.npy...

In the first form the model has one input, and its first output is written. INPUT may hold many samples (see
oracle.samples); they are run one by one if the model's batch is fixed, and OUTPUT then has them along its
leading axis. Values are converted to the type of the input; names are those of the model.
"""

import argparse

import numpy as np

import oracle


def pairs(arguments, option):
    result = {}
    for argument in arguments:
        name, equals, path = argument.rpartition("=")
        if not equals:
            oracle.fail(f"{option} wants NAME=FILE, not '{argument}'")
        result[name] = path
    return result


def run(session, arrays):
    """Every output by name, for arrays by input name; samples are run one by one."""
    inputs = {node.name: node for node in session.get_inputs()}
    for name in arrays:
        if name not in inputs:
            oracle.fail(f"no input '{name}'; the model has {', '.join(inputs)}")
    missing = [name for name in inputs if name not in arrays]
    if missing:
        oracle.fail(f"no values for input {', '.join(missing)}")
    feeds = {name: oracle.samples(oracle.as_input(inputs[name], array), inputs[name].shape, name)
             for name, array in arrays.items()}
    counts = {len(values) for values in feeds.values()}
    if len(counts) > 1:
        oracle.fail(f"the inputs hold different numbers of samples: {sorted(counts)}")
    rows = [session.run(None, {name: values[i] for name, values in feeds.items()}) for i in range(counts.pop())]
    return {node.name: oracle.join(list(column)) for node, column in zip(session.get_outputs(), zip(*rows))}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("files", nargs="*", metavar="INPUT OUTPUT")
    parser.add_argument("--in", dest="inputs", action="append", default=[], metavar="NAME=FILE")
    parser.add_argument("--out", dest="outputs", action="append", default=[], metavar="NAME=FILE")
    arguments = parser.parse_args()

    session = oracle.session(arguments.model)
    inputs, outputs = pairs(arguments.inputs, "--in"), pairs(arguments.outputs, "--out")
    if arguments.files:
        names = [node.name for node in session.get_inputs()]
        if len(arguments.files) != 2 or inputs or outputs:
            oracle.fail("give INPUT and OUTPUT, or --in and --out")
        if len(names) != 1:
            oracle.fail(f"{arguments.model} has {len(names)} inputs ({', '.join(names)}): use --in and --out")
        inputs = {names[0]: arguments.files[0]}
        outputs = {session.get_outputs()[0].name: arguments.files[1]}
    results = run(session, {name: oracle.load(path) for name, path in inputs.items()})
    for name, path in outputs.items():
        if name not in results:
            oracle.fail(f"no output '{name}'; the model has {', '.join(results)}")
        np.save(path, results[name])


if __name__ == "__main__":
    main()
