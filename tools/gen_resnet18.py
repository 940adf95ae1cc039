#!/usr/bin/env python3
"""Writes a ResNet-18 for 32 x 32 images with seeded random weights: 11.2 million weights, 45 MB, opset 17.

    tools/gen_resnet18.py OUT.onnx [--seed N] [--fold-bn] [--classes N] [--max-head]

The layers are those of He et al., "Deep Residual Learning for Image Recognition" (2016), with the 3 x 3 stem that is
usual for CIFAR-10. The weights are He-initialised. Each batch norm gets the mean and variance its input has over
random images, so that values stay within about +-8 through all the layers, as in a trained network. With --fold-bn
the batch norms are folded into the convolutions; with --max-head the maximum takes the place of the average before the
last layer, for compilers that cannot average over all of a map. Needs numpy and onnx and takes a second or two.
"""

import argparse
import os

# Before numpy is loaded: one thread and one kind of kernel, so that sums have one order.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")

import numpy as np  # noqa: E402
import onnx  # noqa: E402

from train_layers import Graph  # noqa: E402

# (channels, stride of the first block); each stage has two blocks of two 3 x 3 convolutions. He et al., table 1.
STAGES = ((64, 1), (128, 2), (256, 2), (512, 2))
CALIBRATION_IMAGES = 4
EPSILON = 1e-5


def convolve(x, w, stride):
    """x [n, c, h, w] with w [o, c, k, k], padded so that stride 1 keeps the size."""
    kernel = w.shape[-1]
    pad = kernel // 2
    x = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    windows = np.lib.stride_tricks.sliding_window_view(x, (kernel, kernel), axis=(2, 3))[:, :, ::stride, ::stride]
    n, c, height, width = windows.shape[:4]
    patches = windows.transpose(0, 2, 3, 1, 4, 5).reshape(n * height * width, -1)
    y = patches @ w.reshape(len(w), -1).T
    return y.reshape(n, height, width, -1).transpose(0, 3, 1, 2)


class Builder:
    """Adds nodes and, beside them, computes what they give for the calibration images."""

    def __init__(self, seed, fold):
        self.rng = np.random.RandomState(seed)
        self.graph, self.fold = Graph(), fold

    def conv_bn(self, name, tensor, x, channels, kernel, stride):
        inputs = x.shape[1]
        w = self.rng.normal(size=(channels, inputs, kernel, kernel)) * np.sqrt(2 / (inputs * kernel * kernel))
        w = w.astype(np.float32)
        y = convolve(x, w, stride)
        values = {"scale": self.rng.uniform(0.4, 0.8, channels), "bias": self.rng.uniform(-0.2, 0.2, channels),
                  "mean": y.mean(axis=(0, 2, 3)), "var": y.var(axis=(0, 2, 3))}
        values = {key: value.astype(np.float32) for key, value in values.items()}
        factor = values["scale"] / np.sqrt(values["var"] + np.float32(EPSILON))
        shift = values["bias"] - values["mean"] * factor
        y = y * factor[:, None, None] + shift[:, None, None]

        attributes = dict(dilations=[1, 1], group=1, kernel_shape=[kernel] * 2, pads=[kernel // 2] * 4,
                          strides=[stride] * 2)
        if self.fold:
            w = w * factor[:, None, None, None]
        operands = [tensor, self.graph.constant(f"{name}_w", w)]
        if self.fold:
            operands.append(self.graph.constant(f"{name}_b", shift))
        tensor = self.graph.add("Conv", name, operands, **attributes)
        if not self.fold:
            operands = [tensor] + [self.graph.constant(f"{name}_bn_{key}", value) for key, value in values.items()]
            tensor = self.graph.add("BatchNormalization", f"{name}_bn", operands, epsilon=EPSILON)
        return tensor, y

    def relu(self, name, tensor, x):
        return self.graph.add("Relu", name, [tensor]), np.maximum(x, 0)

    def block(self, name, tensor, x, channels, stride):
        main, y = self.conv_bn(f"{name}_conv1", tensor, x, channels, 3, stride)
        main, y = self.relu(f"{name}_relu1", main, y)
        main, y = self.conv_bn(f"{name}_conv2", main, y, channels, 3, 1)
        if stride != 1 or x.shape[1] != channels:
            tensor, x = self.conv_bn(f"{name}_short", tensor, x, channels, 1, stride)
        added = self.graph.add("Add", f"{name}_add", [main, tensor])
        return self.relu(f"{name}_relu2", added, y + x)


def resnet18(seed, fold, classes, max_head):
    build = Builder(seed, fold)
    x = build.rng.uniform(0, 1, (CALIBRATION_IMAGES, 3, 32, 32)).astype(np.float32)
    tensor, x = build.conv_bn("stem", "input", x, STAGES[0][0], 3, 1)
    tensor, x = build.relu("stem_relu", tensor, x)
    for number, (channels, stride) in enumerate(STAGES, start=1):
        tensor, x = build.block(f"stage{number}_block1", tensor, x, channels, stride)
        tensor, x = build.block(f"stage{number}_block2", tensor, x, channels, 1)
    graph = build.graph
    if max_head:
        size = list(x.shape[2:])
        tensor = graph.add("MaxPool", "pool", [tensor], kernel_shape=size, strides=size)
    else:
        tensor = graph.add("GlobalAveragePool", "gap", [tensor])
    tensor = graph.add("Flatten", "flatten", [tensor], axis=1)
    inputs = x.shape[1]
    w = build.rng.normal(size=(classes, inputs)) * np.sqrt(1 / inputs)
    b = build.rng.uniform(-0.1, 0.1, classes)
    graph.add("Gemm", "fc", [tensor, graph.constant("fc_w", w), graph.constant("fc_b", b)], transB=1)
    return graph.model("resnet18_32x32", [1, 3, 32, 32], [1, classes], "braid tools/gen_resnet18.py",
                       opset=17, ir_version=8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", metavar="OUT.onnx")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fold-bn", action="store_true", help="fold the batch norms into the convolutions")
    parser.add_argument("--classes", type=int, default=10)
    parser.add_argument("--max-head", action="store_true", help="MaxPool instead of GlobalAveragePool")
    arguments = parser.parse_args()
    model = resnet18(arguments.seed, arguments.fold_bn, arguments.classes, arguments.max_head)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, arguments.output)


if __name__ == "__main__":
    main()
