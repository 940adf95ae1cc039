#!/usr/bin/env python3
"""Writes a network of one large fully connected layer of 8 bits, and one of ten behind it; seeded random weights. Between them two
bits, so that few thresholds stand behind the sums.

    wide_dense.py INPUTS OUTPUTS FILE

For tests of weights that no memory on a chip holds. Needs numpy and onnx."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

F = np.float32


class Network:
    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(value, name))
        return name

    def add(self, op, name, inputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [name], name=name, **attributes))
        return name

    def quantised(self, name, tensor, scale, bits):
        parameters = [self.constant(f"{name}_{what}", F(value)) for what, value in (("scale", scale), ("zero", 0), ("bits", bits))]
        return self.add("Quant", name, [tensor, *parameters], domain="qonnx.custom_op.general", signed=0, narrow=0, rounding_mode="ROUND")

    def dense(self, name, tensor, weights):
        whole = self.constant(f"{name}_w", weights)
        real = self.add("DequantizeLinear", f"{name}_w_real", [whole, self.constant(f"{name}_w_scale", F(2 ** -7)), self.constant(f"{name}_w_zero", np.int8(0))])
        return self.add("Gemm", name, [tensor, real], transB=1)


def main():
    inputs, outputs, random = int(sys.argv[1]), int(sys.argv[2]), np.random.RandomState(1)
    network = Network()
    weights = lambda *shape: random.randint(-127, 128, shape).astype(np.int8)
    tensor = network.quantised("pixels", "input", 1 / 256, 8)
    tensor = network.add("Relu", "relu", [network.dense("wide", tensor, weights(outputs, inputs))])
    network.dense("last", network.quantised("hidden", tensor, 8, 2), weights(10, outputs))
    value = lambda name, size: helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, size])
    graph = helper.make_graph(network.nodes, "wide_dense", [value("input", inputs)], [value("last", 10)], network.constants)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("qonnx.custom_op.general", 1)], ir_version=8), sys.argv[3])


if __name__ == "__main__":
    main()
