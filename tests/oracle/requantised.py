#!/usr/bin/env python3
"""The same QONNX network with other widths: quantisers of FROM bits get TO bits, scales and weights stay.

    requantised.py MODEL FROM TO OUT
"""
import sys

import numpy as np
import onnx
from onnx import numpy_helper


def requantised(model, before, after):
    """Changes `model`; how many widths that were."""
    widths = {node.input[3] for node in model.graph.node if node.op_type in ("Quant", "IntQuant")}
    tensors = [(tensor.name, tensor) for tensor in model.graph.initializer]
    tensors += [(node.output[0], node.attribute[0].t) for node in model.graph.node if node.op_type == "Constant"]
    count = 0
    for name, tensor in tensors:
        if name not in widths:
            continue
        value = numpy_helper.to_array(tensor)
        if value.size == 1 and value.item() == before:
            tensor.CopyFrom(numpy_helper.from_array(np.full_like(value, after), tensor.name))
            count += 1
    return count


def main(path, before, after, out):
    model = onnx.load(path)
    if not requantised(model, float(before), float(after)):
        sys.exit(f"{path}: no quantiser of {before} bits")
    onnx.save(model, out)


if __name__ == "__main__":
    main(*sys.argv[1:])
