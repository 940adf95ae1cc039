#!/usr/bin/env python3
"""Writes networks that FINN's example foldings are for, in QONNX's words with seeded random weights:
finn_topologies.py {cnv_w1a1 | vgg10_w4a4} MODEL.onnx.

cnv_w1a1: CNV (Umuroglu et al., FPGA 2017) with weights and activations of one sign bit, images in eight bits.
vgg10_w4a4: VGG10 of RadioML in 32 channels, 1,024 samples of two numbers, all in four bits.
Both end in the label of the largest score."""
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

DOMAIN = "qonnx.custom_op.general"


class Network:
    """Nodes one after the other; `now` is the tensor at the end."""

    def __init__(self, name, shape):
        self.draw = np.random.default_rng(11)
        self.name, self.shape, self.now = name, shape, "input"
        self.nodes, self.constants = [], []

    def constant(self, array, kind=np.float32):
        self.constants.append(numpy_helper.from_array(np.asarray(array, dtype=kind), f"c{len(self.constants)}"))
        return self.constants[-1].name

    def node(self, op, inputs, domain="", outputs=1, **attributes):
        names = [f"t{len(self.nodes)}" + "_other" * i for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"{op}_{len(self.nodes)}", domain=domain, **attributes))
        return names[-1]

    def then(self, op, *inputs, **attributes):
        self.now = self.node(op, [self.now, *inputs], **attributes)

    def quant(self, tensor, scale, bits, signed, narrow=0):
        parameters = [self.constant(scale), self.constant(0)] + [self.constant(bits)] * (bits > 1)
        if bits == 1:
            return self.node("BipolarQuant", [tensor, parameters[0]], DOMAIN)
        return self.node("Quant", [tensor, *parameters], DOMAIN, signed=signed, narrow=narrow, rounding_mode="ROUND")

    def weights(self, shape, bits):
        """Levels of 2^-3, so that four bits are in use."""
        return self.quant(self.constant(self.draw.normal(0, 0.4, shape)), 0.125 if bits > 1 else 1.0, bits, 1, narrow=1)

    def norm(self, channels, taps, bits):
        """What brings sums of `taps` products to about one."""
        draw, variance = self.draw, taps * (0.16 if bits > 1 else 1)
        values = [draw.uniform(0.5, 1.5, channels), draw.normal(0, 0.3, channels), draw.normal(0, 0.1 * variance ** 0.5, channels),
                  variance * draw.uniform(0.5, 1.5, channels)]
        self.then("BatchNormalization", *map(self.constant, values), epsilon=1e-5)

    def conv(self, channels_in, channels, window, bits, pads):
        self.then("Conv", self.weights([channels, channels_in, *window], bits), kernel_shape=window, pads=pads * 2)
        self.norm(channels, channels_in * int(np.prod(window)), bits)

    def dense(self, columns, rows, bits):
        self.now = self.node("MatMul", [self.now, self.node("Transpose", [self.weights([rows, columns], bits)], perm=[1, 0])])

    def label(self):
        """The index of the largest score: the second output."""
        self.now = self.node("TopK", [self.now, self.constant([1], np.int64)], outputs=2, axis=-1)

    def save(self, path):
        graph = helper.make_graph(self.nodes, self.name, [helper.make_tensor_value_info("input", TensorProto.FLOAT, self.shape)],
                                  [helper.make_tensor_value_info(self.now, TensorProto.INT64, [1, 1])], self.constants)
        opsets = [helper.make_opsetid("", 13), helper.make_opsetid(DOMAIN, 1)]
        onnx.save(helper.make_model(graph, opset_imports=opsets, ir_version=8), path)


def cnv_w1a1():
    net = Network("cnv_w1a1", [1, 3, 32, 32])
    net.then("Mul", net.constant(2))
    net.then("Sub", net.constant(1))
    net.now = net.quant(net.now, 1 / 128, 8, 1)
    for i, (channels_in, channels) in enumerate([(3, 64), (64, 64), (64, 128), (128, 128), (128, 256), (256, 256)]):
        net.conv(channels_in, channels, [3, 3], 1, [0, 0])
        net.now = net.quant(net.now, 1, 1, 1)
        if i in (1, 3):
            net.then("MaxPool", kernel_shape=[2, 2], strides=[2, 2])
    net.then("Flatten")
    for columns, rows in ((256, 512), (512, 512)):
        net.dense(columns, rows, 1)
        net.norm(rows, columns, 1)
        net.now = net.quant(net.now, 1, 1, 1)
    net.dense(512, 10, 1)
    net.label()
    return net


def vgg10_w4a4():
    net = Network("vgg10_w4a4", [1, 2, 1024])
    net.now = net.quant(net.now, 4 / 128, 8, 1)
    for i in range(7):
        net.conv(2 if i == 0 else 32, 32, [3], 4, [1])
        net.then("Relu")
        net.now = net.quant(net.now, 0.2, 4, 0)
        net.then("MaxPool", kernel_shape=[2], strides=[2])
    net.then("Flatten")
    for columns, rows in ((256, 128), (128, 128)):
        net.dense(columns, rows, 4)
        net.norm(rows, columns, 4)
        net.then("Relu")
        net.now = net.quant(net.now, 0.2, 4, 0)
    net.dense(128, 24, 4)
    net.label()
    return net


NETWORKS = {"cnv_w1a1": cnv_w1a1, "vgg10_w4a4": vgg10_w4a4}

if __name__ == "__main__":
    NETWORKS[sys.argv[1]]().save(sys.argv[2])
