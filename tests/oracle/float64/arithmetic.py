"""Operators that work element by element: sums and products, activations, batch normalisation."""

import numpy as np
from onnx import TensorProto

from .registry import CHANNELS_LAST, FLOATS, along, operator


def _aligned(node, a, b):
    """b as it broadcasts to a: before opset 7 along `axis`, where `broadcast` is set."""
    if node.opset < 7 and node.get("broadcast", 0) and np.ndim(b) and np.ndim(b) < np.ndim(a):
        axis = node.get("axis", np.ndim(a) - np.ndim(b))
        axis += np.ndim(a) if axis < 0 else 0
        return b.reshape(b.shape + (1,) * (np.ndim(a) - axis - b.ndim))
    return b


@operator("Add")
def add(node, a, b):
    return a + _aligned(node, a, b)


@operator("Sub")
def sub(node, a, b):
    return a - _aligned(node, a, b)


@operator("Mul")
def mul(node, a, b):
    return a * _aligned(node, a, b)


@operator("Div")
def div(node, a, b):
    b = _aligned(node, a, b)
    if a.dtype == np.int64:    # towards zero
        return (np.abs(a) // np.abs(b)) * np.sign(a) * np.sign(b)
    return a / b


@operator("Pow")
def power(node, a, b):
    raised = np.power(a.astype(np.float64), _aligned(node, a, b))
    return raised.astype(a.dtype)


@operator("Sum")
def sum_of(node, *arrays):
    total = arrays[0]
    for array in arrays[1:]:
        total = total + array
    return total


@operator("Mean")
def mean_of(node, *arrays):
    return sum_of(node, *arrays) / len(arrays)


@operator("Max")
def max_of(node, *arrays):
    largest = arrays[0]
    for array in arrays[1:]:
        largest = np.maximum(largest, array)
    return largest


@operator("Min")
def min_of(node, *arrays):
    smallest = arrays[0]
    for array in arrays[1:]:
        smallest = np.minimum(smallest, array)
    return smallest


UNARY = {
    "Abs": np.abs, "Neg": np.negative, "Floor": np.floor, "Ceil": np.ceil, "Round": np.rint, "Sqrt": np.sqrt, "Exp": np.exp,
    "Log": np.log, "Reciprocal": lambda x: 1 / x, "Sign": np.sign, "Tanh": np.tanh, "Relu": lambda x: np.maximum(x, 0),
    "Softplus": lambda x: np.logaddexp(0, x), "Softsign": lambda x: x / (1 + np.abs(x)),
}


def _unary(function):
    return lambda node, x: function(x)


for _name, _function in UNARY.items():
    operator(_name)(_unary(_function))


def logistic(x):
    """1 / (1 + exp(-x)), without overflow."""
    small = np.exp(-np.abs(x))
    return np.where(x >= 0, 1, small) / (1 + small)


@operator("Sigmoid")
def sigmoid(node, x):
    return logistic(x)


@operator("HardSigmoid")
def hard_sigmoid(node, x):
    alpha, beta = node.get("alpha", np.float64(np.float32(0.2))), node.get("beta", 0.5)
    return np.clip(alpha * x + beta, 0, 1)


@operator("HardSwish")
def hard_swish(node, x):
    return x * np.clip(x / 6 + 0.5, 0, 1)


@operator("LeakyRelu")
def leaky_relu(node, x):
    return np.where(x >= 0, x, node.get("alpha", np.float64(np.float32(0.01))) * x)


@operator("Elu")
def elu(node, x):
    return np.where(x >= 0, x, node.get("alpha", 1.0) * np.expm1(np.minimum(x, 0)))


@operator("Selu")
def selu(node, x):
    alpha = node.get("alpha", 1.67326319217681884765625)
    gamma = node.get("gamma", 1.05070102214813232421875)
    return gamma * np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


@operator("PRelu")
def prelu(node, x, slope):
    if node.opset < 7 and slope.ndim == 1:    # one slope per channel
        slope = along(slope, x.ndim, 1)
    return np.where(x >= 0, x, slope * x)


@operator("Clip")
def clip(node, x, low=None, high=None):
    low = node.get("min", None) if node.opset < 11 else low
    high = node.get("max", None) if node.opset < 11 else high
    x = x if low is None else np.maximum(x, low)
    return x if high is None else np.minimum(x, high)


@operator("BatchNormalization")
def batch_normalization(node, x, scale, bias, mean, variance, axis=1):
    if node.get("training_mode", 0) or (node.opset < 7 and not node.get("is_test", 0)):
        node.refuse("training mode")
    if node.opset < 9 and not node.get("spatial", 1):
        node.refuse("spatial = 0")
    scale, bias, mean, variance = (along(p, x.ndim, axis) for p in (scale, bias, mean, variance))
    return (x - mean) / np.sqrt(variance + node.get("epsilon", np.float64(np.float32(1e-5)))) * scale + bias


@operator("BatchNormalization", domains=CHANNELS_LAST)
def batch_normalization_nhwc(node, x, *parameters):
    return batch_normalization(node, x, *parameters, axis=x.ndim - 1)


@operator("Identity", "Dropout")
def identity(node, x, *_):
    return x


@operator("Cast")
def cast(node, x):
    """To float without rounding to its precision: the evaluator's numbers are the real ones."""
    to = node.get("to")
    if to in FLOATS:
        return x.astype(np.float64)
    if to == TensorProto.BOOL:
        return x != 0
    return np.trunc(x).astype(np.int64) if x.dtype == np.float64 else x.astype(np.int64)


@operator("Where")
def where(node, condition, a, b):
    return np.where(condition, a, b)


COMPARISONS = {"Equal": np.equal, "Greater": np.greater, "Less": np.less, "GreaterOrEqual": np.greater_equal,
               "LessOrEqual": np.less_equal, "And": np.logical_and, "Or": np.logical_or, "Mod": np.mod}


def _binary(function):
    return lambda node, a, b: function(a, b)


for _name, _function in COMPARISONS.items():
    operator(_name)(_binary(_function))


@operator("Not")
def negation(node, x):
    return np.logical_not(x)
