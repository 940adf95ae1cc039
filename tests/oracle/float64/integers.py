"""Operators on integer tensors: QDQ, QOperator, and what onnxruntime's quantiser writes in `com.microsoft`.

All compute the real numbers that the integers stand for, and round once, half to even. The zero point is added after, so
that a tie's parity does not depend on it: so ONNX says of QuantizeLinear and QLinearMatMul. The texts of QLinearAdd and
QLinearMul have it inside the one expression that is rounded.
"""

import numpy as np
from onnx import TensorProto

from .arithmetic import leaky_relu, logistic
from .linear import normalised, product, softmax_axes
from .nearest import rounded
from .registry import MICROSOFT, ONNX, RANGES, Rounded, along, operator
from .windows import average_pooled, convolve, to_first, to_last


def quantised(node, real, scale, zero, element_type, inside=False):
    """round(real / scale) + zero, in the range of the element type; `inside`: round(real / scale + zero)."""
    if element_type not in RANGES:
        node.refuse(f"quantisation to element type {element_type}")
    if not np.all(np.isfinite(scale)) or np.any(scale == 0):
        node.refuse("a scale is zero or not finite")
    zero = 0 if zero is None else zero
    at, after = (real / scale + zero, 0) if inside else (real / scale, zero)
    low, high = (np.asarray(bound, dtype=np.float64) - after for bound in RANGES[element_type])
    level, away, other = rounded(at, "ROUND", low, high)
    return Rounded((level + after).astype(np.int64), 1, away, np.abs(at), element_type, other + after)


def real(x, scale, zero):
    return (x - (0 if zero is None else zero)) * scale


def type_of(node, index, default):
    """Element type of a zero point that may be left out."""
    return node.types[index] if len(node.types) > index and node.types[index] else default


def _parameters(node, x, values):
    """Scale or zero point as it broadcasts to x: scalar, along `axis`, or in blocks along it."""
    if values is None or values.size == 1:
        return None if values is None else values.reshape(())
    axis = node.get("axis", 1)
    if values.ndim == 1:
        return along(values, x.ndim, axis)
    block = node.get("block_size", 0) or -(-x.shape[axis] // values.shape[axis])
    return np.repeat(values, block, axis=axis).take(range(x.shape[axis]), axis=axis)


@operator("QuantizeLinear", domains=ONNX + MICROSOFT)
def quantize_linear(node, x, scale, zero=None):
    element_type = type_of(node, 2, node.get("output_dtype", 0) or TensorProto.UINT8)
    return quantised(node, x, _parameters(node, x, scale), _parameters(node, x, zero), element_type)


@operator("DequantizeLinear", domains=ONNX + MICROSOFT)
def dequantize_linear(node, x, scale, zero=None):
    return real(x, _parameters(node, x, scale), _parameters(node, x, zero))


@operator("QLinearConv", domains=ONNX + MICROSOFT)
def qlinear_conv(node, x, x_scale, x_zero, w, w_scale, w_zero, y_scale, y_zero, b=None):
    last = node.get("channels_last", 0)
    x = to_first(x) if last else x
    scale = x_scale.reshape(()) * along(w_scale, x.ndim, 1)
    total = convolve(node, x - x_zero, w - along(w_zero, w.ndim, 0), b)
    made = quantised(node, total * scale, along(y_scale, x.ndim, 1), along(y_zero, x.ndim, 1), node.types[7])
    if last:
        made.values, made.distance, made.size, made.neighbour = map(to_last, (made.values, made.distance, made.size, made.neighbour))
    return made


@operator("ConvInteger")
def conv_integer(node, x, w, x_zero=None, w_zero=None):
    x = x if x_zero is None else x - x_zero
    w = w if w_zero is None else w - along(w_zero, w.ndim, 0)
    return convolve(node, x, w).astype(np.int64)


def _rows(values):
    """Parameters of a matrix's rows: a scalar, one per row, or of full rank."""
    return values.reshape(-1, 1) if values is not None and values.ndim == 1 and values.size > 1 else values


def _less(x, zero):
    return x.astype(np.float64) if zero is None else (x - zero).astype(np.float64)


@operator("MatMulInteger")
def matmul_integer(node, a, b, a_zero=None, b_zero=None):
    return (_less(a, _rows(a_zero)) @ _less(b, b_zero)).astype(np.int64)


@operator("QLinearMatMul")
def qlinear_matmul(node, a, a_scale, a_zero, b, b_scale, b_zero, y_scale, y_zero):
    total = _less(a, _rows(a_zero)) @ _less(b, b_zero)
    return quantised(node, total * _rows(a_scale) * b_scale, _rows(y_scale), _rows(y_zero), node.types[7])


@operator("QGemm", domains=MICROSOFT)
def qgemm(node, a, a_scale, a_zero, b, b_scale, b_zero, c=None, y_scale=None, y_zero=None):
    """The bias c is in units of alpha * a_scale * b_scale. Without y_scale the result is float."""
    b_zero = b_zero if b_zero is None or b_zero.size == 1 or not node.get("transB", 0) else b_zero.reshape(-1, 1)
    total = product(node, _less(a, a_zero), _less(b, b_zero))
    scale = a_scale.reshape(()) * along(b_scale, 2, 1)
    y = total * scale if c is None else total * scale + node.get("alpha", 1.0) * scale * c
    return y if y_scale is None else quantised(node, y, y_scale, y_zero, type_of(node, 8, TensorProto.UINT8))


def _elementwise(function):
    def compute(node, a, a_scale, a_zero, b, b_scale, b_zero, c_scale, c_zero=None):
        y = function(real(a, a_scale, a_zero), real(b, b_scale, b_zero))
        return quantised(node, y, c_scale, c_zero, node.types[0], inside=True)
    return compute


operator("QLinearAdd", domains=MICROSOFT)(_elementwise(np.add))
operator("QLinearMul", domains=MICROSOFT)(_elementwise(np.multiply))


def _mapped(function):
    """An operator of one quantised tensor: dequantised, mapped, quantised."""
    def compute(node, x, x_scale, x_zero, y_scale, y_zero=None):
        return quantised(node, function(node, real(x, x_scale, x_zero)), y_scale, y_zero, type_of(node, 4, node.types[0]))
    return compute


def _reversible(function):
    """The same for tensors that may have their channels last."""
    def apply(node, x):
        return to_last(function(node, to_first(x))) if node.get("channels_last", 0) else function(node, x)
    return apply


def _softmax(node, x):
    opset = node.get("opset", 13)
    return normalised(x, softmax_axes(x.ndim, node.get("axis", -1), opset))


operator("QLinearSigmoid", domains=MICROSOFT)(_mapped(lambda node, x: logistic(x)))
operator("QLinearLeakyRelu", domains=MICROSOFT)(_mapped(leaky_relu))
operator("QLinearSoftmax", domains=MICROSOFT)(_mapped(_softmax))
operator("QLinearAveragePool", domains=MICROSOFT)(_mapped(_reversible(average_pooled)))
operator("QLinearGlobalAveragePool", domains=MICROSOFT)(
    _mapped(_reversible(lambda node, x: x.mean(axis=tuple(range(2, x.ndim)), keepdims=True))))


@operator("QLinearConcat", domains=MICROSOFT)
def qlinear_concat(node, y_scale, y_zero, *triples):
    parts = [real(*triples[i:i + 3]) for i in range(0, len(triples), 3)]
    return quantised(node, np.concatenate(parts, axis=node.get("axis")), y_scale, y_zero, node.types[1])


ACTIVATIONS = {
    "": lambda y: y,
    "Relu": lambda y: np.maximum(y, 0),
    "Tanh": np.tanh,
    "Sigmoid": logistic,
    "LeakyRelu": lambda y, alpha: np.where(y >= 0, y, alpha * y),
    "Clip": np.clip,
    "HardSigmoid": lambda y, alpha, beta: np.clip(alpha * y + beta, 0, 1),
}


@operator("FusedConv", domains=MICROSOFT)
def fused_conv(node, x, w, b=None, z=None):
    y = convolve(node, x, w, b)
    y = y if z is None else y + z
    return ACTIVATIONS[node.get("activation", "")](y, *node.get("activation_params", []))


@operator("FusedGemm", domains=MICROSOFT)
def fused_gemm(node, a, b, c=None):
    parameters = [node.get(f"activation_{name}") for name in ("alpha", "beta")]
    return ACTIVATIONS[node.get("activation", "")](product(node, a, b, c), *[p for p in parameters if p is not None])
