#!/usr/bin/env python3
"""Writes a small QONNX network of channels with few divisors: odd_network.py MODEL.onnx. A 3 x 3 convolution from 5 to 17
channels, one from 17 to 11, and dense layers of 97 and 10 neurons."""
import sys

from residual_network import conv, node, quant, save, weights


def main():
    first = quant("input", 0.5, 4)
    inside = quant(node("Relu", [conv(first, 5, 17)]), 0.5, 4)
    last = quant(node("Relu", [conv(inside, 17, 11, stride=2)]), 0.5, 4)
    hidden = quant(node("Relu", [node("MatMul", [node("Flatten", [last]), weights([11 * 9, 97], 4)])]), 0.5, 4)
    output = node("MatMul", [hidden, weights([97, 10], 4)])
    save("odd", [1, 5, 6, 6], output, 10, sys.argv[1])


if __name__ == "__main__":
    main()
