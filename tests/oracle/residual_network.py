#!/usr/bin/env python3
"""Writes a small residual network of QONNX: residual_network.py MODEL.onnx. Two blocks of two 3 x 3 convolutions, the
second with a stride and a 1 x 1 convolution on its other way, then a sum over each map and a dense layer."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

draw = np.random.default_rng(7)
nodes, constants = [], []


def constant(array):
    constants.append(numpy_helper.from_array(np.asarray(array, dtype=np.float32), f"c{len(constants)}"))
    return constants[-1].name


def node(op, inputs, domain="", **attributes):
    nodes.append(helper.make_node(op, inputs, [f"t{len(nodes)}"], name=f"{op}_{len(nodes)}", domain=domain, **attributes))
    return nodes[-1].output[0]


def quant(tensor, scale, bits, signed=0):
    return node("Quant", [tensor, constant(scale), constant(0), constant(bits)], "qonnx.custom_op.general", signed=signed, narrow=signed,
                rounding_mode="ROUND")


def weights(shape, bits):
    return quant(constant(draw.normal(0, 0.4, shape)), 0.25, bits, signed=1)


def conv(tensor, channels_in, channels, kernel=3, stride=1):
    return node("Conv", [tensor, weights([channels, channels_in, kernel, kernel], 3)], kernel_shape=[kernel, kernel],
                pads=[kernel // 2] * 4, strides=[stride, stride])


def block(tensor, channels_in, channels, stride):
    inside = quant(node("Relu", [conv(tensor, channels_in, channels, stride=stride)]), 0.5, 4)
    inside = quant(conv(inside, channels, channels), 0.5, 4, signed=1)
    beside = tensor
    if stride > 1 or channels != channels_in:
        beside = quant(conv(tensor, channels_in, channels, 1, stride), 0.5, 4, signed=1)
    return quant(node("Relu", [node("Add", [inside, beside])]), 0.5, 4)


def save(name, shape, output, classes, path):
    """The network of all nodes so far."""
    graph = helper.make_graph(nodes, name, [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info(output, TensorProto.FLOAT, [1, classes])], constants)
    opsets = [helper.make_opsetid("", 13), helper.make_opsetid("qonnx.custom_op.general", 1)]
    onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def main():
    first = quant("input", 0.5, 4)
    last = block(block(first, 6, 6, 1), 6, 10, 2)
    pooled = quant(node("Flatten", [node("GlobalAveragePool", [last])]), 0.125, 6)
    output = node("MatMul", [pooled, weights([10, 5], 4)])
    save("residual", [1, 6, 9, 9], output, 5, sys.argv[1])


if __name__ == "__main__":
    main()
