"""Operators that round, in float64: QONNX (docs/qonnx-custom-ops), QuantizeLinear and its like, QOperator, and those of
com.microsoft (docs/ContribOperators.md of onnxruntime). A function gives its output, or its output and the step that
one level of it is worth together with the number that was rounded, in levels."""
import numpy

from . import operators


def rounded(x, mode):
    """Rounding modes of QONNX's Quant."""
    sign, size = numpy.sign(x), numpy.abs(x)
    modes = {
        "ROUND": lambda: numpy.round(x), "HALF_EVEN": lambda: numpy.round(x), "CEIL": lambda: numpy.ceil(x),
        "FLOOR": lambda: numpy.floor(x), "UP": lambda: sign * numpy.ceil(size), "DOWN": lambda: numpy.trunc(x),
        "ROUND_TO_ZERO": lambda: numpy.trunc(x), "HALF_UP": lambda: sign * numpy.floor(size + 0.5),
        "HALF_DOWN": lambda: sign * numpy.ceil(size - 0.5)}
    return modes[mode.upper()]()


class Quantised:
    """Output of a quantiser; `exact` is the number before rounding and `level` after it, in levels of `step`."""

    def __init__(self, values, exact, level, step):
        self.values, self.exact, self.level, self.step = values, exact, level, step


def ends(signed, narrow, bits):
    if signed:
        return -2.0 ** (bits - 1) + (1 if narrow else 0), 2.0 ** (bits - 1) - 1
    return 0.0, 2.0 ** bits - (2 if narrow else 1)


def quant(node, x, scale, zero, bits):
    bits, signed, narrow = float(bits.reshape(-1)[0]), node.get("signed", 1), node.get("narrow", 0)
    exact = x / scale + zero
    if bits == 1 and signed:
        level = numpy.where(exact >= 0, 1.0, -1.0)
        return Quantised((level - zero) * scale, exact, level, 2 * scale)
    low, high = ends(signed, narrow, bits)
    level = rounded(numpy.clip(exact, low, high), node.get("rounding_mode", "ROUND"))
    return Quantised((level - zero) * scale, exact, level, scale)


def bipolar_quant(node, x, scale):
    level = numpy.where(x >= 0, 1.0, -1.0)
    return Quantised(level * scale, x / scale, level, 2 * scale)


def trunc(node, x, scale, zero, bits_in, *rest):
    whole = numpy.round(x / scale + zero)
    mode = node.get("rounding_mode", "FLOOR")
    if len(rest) == 1:
        exact = whole / 2.0 ** (bits_in - rest[0])
        level = rounded(exact, mode)
        return Quantised((level - zero) * scale, exact, level, scale)
    scale_out, bits_out = rest
    step = 2.0 ** numpy.round(numpy.log2(scale_out / scale))
    low, high = ends(node.get("signed", 1), node.get("narrow", 0), float(bits_out.reshape(-1)[0]))
    exact = whole / step
    level = rounded(numpy.clip(exact, low, high), mode)
    return Quantised((level - zero / step) * scale_out, exact, level, scale_out)


def multi_threshold(node, x, thresholds):
    layout = node.get("data_layout") or {2: "NC", 3: "NWC", 4: "NCHW"}[x.ndim]
    moved = numpy.moveaxis(x, layout.index("C"), -1)
    level = numpy.zeros_like(moved)
    for k in range(thresholds.shape[1]):
        level += moved >= (thresholds[:, k] if thresholds.shape[0] > 1 else thresholds[0, k])
    level = numpy.moveaxis(level, -1, layout.index("C"))
    scale = node.get("out_scale", 1.0)
    return Quantised(scale * level + node.get("out_bias", 0.0), None, level, scale)


RANGES = {"int4": (-8, 7), "uint4": (0, 15), "int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767),
          "uint16": (0, 65535)}


def along(parameter, axis, x):
    if parameter is None:
        return 0.0
    if parameter.size == 1:
        return parameter.reshape(())
    shape = [1] * x.ndim
    shape[axis] = -1
    return parameter.reshape(shape)


def quantize_linear(node, x, scale, zero=None):
    axis = node.get("axis", 1)
    low, high = RANGES[node["types"][2] if zero is not None else "uint8"]
    exact = x / along(scale, axis, x)
    level = numpy.clip(numpy.round(exact) + along(zero, axis, x), low, high)
    return Quantised(level, exact, level, 1.0)


def dequantize_linear(node, x, scale, zero=None):
    axis = node.get("axis", 1)
    return (x - along(zero, axis, x)) * along(scale, axis, x)


def real(x, scale, zero, axis=1):
    return dequantize_linear({"axis": axis}, x, scale, zero)


def requantised(node, y, scale, zero, place):
    return quantize_linear({"types": [None, None, node["types"][place]]}, y, scale, zero)


def qlinear_conv(node, x, xs, xz, w, ws, wz, ys, yz, b=None):
    y = operators.conv(node, real(x, xs, xz), real(w, ws, wz, 0), None if b is None else b * (xs * ws))
    return requantised(node, y, ys, yz, 7)


def qlinear_matmul(node, a, a_s, az, b, bs, bz, ys, yz):
    return requantised(node, real(a, a_s, az, 0) @ real(b, bs, bz, -1), ys, yz, 7)


def qgemm(node, a, a_s, az, b, bs, bz, c=None, ys=None, yz=None):
    c = None if c is None else c * (a_s * bs * node.get("alpha", 1.0))
    y = operators.gemm(node, real(a, a_s, az), real(b, bs, bz, 0 if node.get("transB", 0) else 1), c)
    return y if ys is None else requantised(node, y, ys, yz, 8)


def qlinear_pair(f):
    return lambda node, a, a_s, az, b, bs, bz, ys, yz=None: requantised(node, f(real(a, a_s, az), real(b, bs, bz)), ys, yz, 7)


def qlinear_single(op):
    def run(node, x, xs, xz, ys, yz=None):
        x = real(x, xs, xz)
        if node.get("channels_last", 0):
            return requantised(node, numpy.moveaxis(operators.OPERATORS[op](node, numpy.moveaxis(x, -1, 1)), 1, -1), ys, yz, 4)
        return requantised(node, operators.OPERATORS[op](node, x), ys, yz, 4)
    return run


def qlinear_concat(node, ys, yz, *parts):
    y = numpy.concatenate([real(*parts[i:i + 3]) for i in range(0, len(parts), 3)], axis=node["axis"])
    return requantised(node, y, ys, yz, 1)


def zero_of(zero):
    return 0.0 if zero is None else zero


QUANTISERS = {
    "BipolarQuant": bipolar_quant,
    "ConvInteger": lambda n, x, w, xz=None, wz=None: operators.conv(n, x - zero_of(xz), w - along(wz, 0, w)),
    "DequantizeLinear": dequantize_linear,
    "IntQuant": quant,
    "MatMulInteger": lambda n, a, b, az=None, bz=None: (a - zero_of(az)) @ (b - along(bz, -1, b)),
    "MultiThreshold": multi_threshold,
    "QGemm": qgemm,
    "QLinearAdd": qlinear_pair(lambda a, b: a + b),
    "QLinearAveragePool": qlinear_single("AveragePool"),
    "QLinearConcat": qlinear_concat,
    "QLinearConv": qlinear_conv,
    "QLinearGlobalAveragePool": qlinear_single("GlobalAveragePool"),
    "QLinearLeakyRelu": qlinear_single("LeakyRelu"),
    "QLinearMatMul": qlinear_matmul,
    "QLinearMul": qlinear_pair(lambda a, b: a * b),
    "QLinearSigmoid": qlinear_single("Sigmoid"),
    "Quant": quant,
    "QuantizeLinear": quantize_linear,
    "Trunc": trunc,
}
