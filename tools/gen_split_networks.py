#!/usr/bin/env python3
"""Writes networks that want one of their layers cut, each in its own way; seeded random weights, opset 17.

    tools/gen_split_networks.py FOLDER

  wide_fc       2,048 x 2,048 fully connected: too large for one U50. By neurons 2,048 results travel, by inputs as many
                sums, which are wider
  many_inputs   1 x 1 convolution from 2,048 channels to 8: each part of the inputs needs that part of the image only
  first_conv    3 x 3 convolution of 128 x 128 pixels: a cycle for each at least; all that follows has a sixteenth, and
                weights that fill two U50
  conv_and_fc   a convolution that is too slow, and a fully connected layer that is too large

Needs numpy and onnx.
"""

import pathlib
import sys

import numpy as np
import onnx

from train_layers import Graph


class Builder:
    def __init__(self):
        self.rng = np.random.RandomState(1)
        self.graph = Graph()

    def weights(self, name, *shape):
        values = self.rng.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:]))
        return [self.graph.constant(f"{name}_w", values), self.graph.constant(f"{name}_b", self.rng.uniform(-0.1, 0.1, shape[0]))]

    def fc(self, name, tensor, inputs, outputs):
        return self.graph.add("Gemm", name, [tensor, *self.weights(name, outputs, inputs)], transB=1)

    def conv(self, name, tensor, inputs, outputs, kernel):
        tensor = self.graph.add("Conv", name, [tensor, *self.weights(name, outputs, inputs, kernel, kernel)],
                                kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4, strides=[1, 1])
        return self.graph.add("Relu", f"{name}_relu", [tensor])

    def pool(self, name, tensor):
        return self.graph.add("MaxPool", name, [tensor], kernel_shape=[4, 4], strides=[4, 4])

    def flatten(self, tensor):
        return self.graph.add("Flatten", "flatten", [tensor], axis=1)

    def model(self, name, *shape):
        return self.graph.model(name, [1, *shape], [1, 10], "braid tools/gen_split_networks.py", opset=17, ir_version=8)


def wide_fc():
    b = Builder()
    tensor = b.graph.add("Relu", "relu", [b.fc("fc1", "input", 2048, 2048)])
    b.fc("fc2", tensor, 2048, 10)
    return b.model("wide_fc", 2048)


def many_inputs():
    b = Builder()
    b.fc("fc", b.flatten(b.conv("mix", "input", 2048, 8, 1)), 8, 10)
    return b.model("many_inputs", 2048, 1, 1)


def convolutions_and_fcs(name, size, channels, first, second):
    """Two convolutions with pools of 4 x 4, then fully connected layers with these outputs and 10."""
    b = Builder()
    tensor = b.pool("pool1", b.conv("conv1", "input", 1, 8, 3))
    tensor = b.flatten(b.pool("pool2", b.conv("conv2", tensor, 8, channels, 3)))
    tensor = b.graph.add("Relu", "fc1_relu", [b.fc("fc1", tensor, channels * (size // 16) ** 2, first)])
    tensor = b.graph.add("Relu", "fc2_relu", [b.fc("fc2", tensor, first, second)])
    b.fc("fc3", tensor, second, 10)
    return b.model(name, 1, size, size)


def first_conv():
    return convolutions_and_fcs("first_conv", 128, 16, 1024, 1280)


def conv_and_fc():
    return convolutions_and_fcs("conv_and_fc", 64, 32, 2560, 512)


def small():
    b = Builder()
    tensor = b.graph.add("Relu", "relu", [b.fc("fc1", "input", 40, 16)])
    b.fc("fc2", tensor, 16, 10)
    return b.model("small", 40)


NETWORKS = [wide_fc, many_inputs, first_conv, conv_and_fc, small]


def write(folder):
    """{name: file} of all networks."""
    files = {}
    for make in NETWORKS:
        model = make()
        onnx.checker.check_model(model, full_check=True)
        files[make.__name__] = pathlib.Path(folder) / f"{make.__name__}.onnx"
        onnx.save(model, str(files[make.__name__]))
    return files


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    pathlib.Path(sys.argv[1]).mkdir(parents=True, exist_ok=True)
    write(sys.argv[1])


if __name__ == "__main__":
    main()
