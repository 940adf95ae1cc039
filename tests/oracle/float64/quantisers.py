"""QONNX's quantisers: IntQuant (Quant), BipolarQuant, Trunc, and FINN's MultiThreshold."""

import numpy as np

from .nearest import MODES, rounded
from .registry import QONNX, Rounded, operator

# QONNX says of all four: scale, zero point and widths are numbers or tensors that broadcast to the input.


def mode_of(node, default):
    mode = node.get("rounding_mode", default).upper()
    if mode not in MODES:
        node.refuse(f"rounding mode {mode}; known are {', '.join(MODES)}")
    return mode


def checked_scale(node, scale):
    if not np.all(np.isfinite(scale)) or np.any(scale == 0):
        node.refuse("a scale is zero or not finite")
    return scale


def integer_range(node, bits, signed, narrow):
    """Smallest and largest integer of a quantiser; narrow takes the smallest off signed ones, the largest off others."""
    bits = np.asarray(bits, dtype=np.float64)
    if np.any(bits != np.rint(bits)) or np.any(bits < 1):
        node.refuse(f"bit width {np.asarray(bits).reshape(-1)[0]} is no positive integer")
    if signed:
        return -2.0 ** (bits - 1) + bool(narrow), 2.0 ** (bits - 1) - 1
    return 0 * bits, 2.0 ** bits - 1 - bool(narrow)


@operator("Quant", "IntQuant", domains=QONNX)
def int_quant(node, x, scale, zero, bits):
    """Clips before it rounds, and rounds after the zero point is added: the parity of a tie includes the zero point."""
    mode, signed, narrow = mode_of(node, "ROUND"), node.get("signed", 1), node.get("narrow", 0)
    scale = checked_scale(node, scale)
    at = x / scale + zero
    low, high = integer_range(node, bits, signed, narrow)
    if signed and np.all(np.asarray(bits) == 1):
        # The text leaves one signed bit to BipolarQuant and does not define it; old exporters write it all the same and
        # mean two values. This is what qonnx computes.
        level, away = np.where(at >= 0, 1.0, -1.0), np.abs(at) / 2
        return Rounded((level - zero) * scale, 2 * np.abs(scale), away, np.abs(at), neighbour=(-level - zero) * scale)
    level, away, other = rounded(at, mode, low, high)
    return Rounded((level - zero) * scale, np.abs(scale), away, np.abs(at), neighbour=(other - zero) * scale)


@operator("BipolarQuant", domains=QONNX)
def bipolar_quant(node, x, scale):
    """The sign of x, whatever the sign of the scale; zero, also -0, is positive."""
    checked_scale(node, scale)
    largest = np.abs(x).max(initial=0) or 1.0
    return Rounded(np.where(x >= 0, 1.0, -1.0) * scale, 2 * np.abs(scale), np.abs(x) / largest)


@operator("Trunc", domains=QONNX)
def trunc(node, x, scale, zero, bits_in, *rest):
    """Version 1 has out_bitwidth behind in_bitwidth and keeps the input's scale; version 2 has out_scale in between."""
    mode = mode_of(node, "FLOOR")
    scale = checked_scale(node, scale)
    at = x / scale + zero
    whole = np.rint(at)
    if len(rest) == 1:
        by = 2.0 ** (bits_in - rest[0])
        y = whole / by
        low, high = np.full_like(y, -np.inf), np.full_like(y, np.inf)
        values, step = (MODES[mode](y) - zero) * scale, np.abs(scale)
    else:
        out_scale = checked_scale(node, rest[0])
        by = 2.0 ** np.rint(np.log2(out_scale / scale))
        y = whole / by
        low, high = integer_range(node, rest[1], node.get("signed", 1), node.get("narrow", 0))
        values = (MODES[mode](np.minimum(np.maximum(y, low), high)) - zero / by) * out_scale
        step = np.abs(out_scale)
    # The first rounding comes out right but next to its ties; the second works on integers and is exact.
    first = np.abs(at - (np.floor(at) + 0.5)) / by
    return Rounded(values, step, np.where((y > high + 1) | (y < low - 1), np.inf, first), np.abs(at))


@operator("MultiThreshold", domains=QONNX)
def multi_threshold(node, x, thresholds):
    """out_scale * (number of thresholds that x reaches) + out_bias; thresholds [C or 1, count].

    Without data_layout, channels are the last axis of three dimensions and axis 1 of others: qonnx's guess.
    """
    layout = node.get("data_layout", "")
    if layout:
        axis = layout.index("C") if "C" in layout else 1
    else:
        axis = 2 if x.ndim == 3 else 1
    if thresholds.shape[0] not in (1, x.shape[axis]):
        node.refuse(f"thresholds {list(thresholds.shape)} for {x.shape[axis]} channels")
    moved = np.moveaxis(x, axis, -1)
    count, near = np.zeros(moved.shape), np.full(moved.shape, np.inf)
    for column in thresholds.T:
        count += moved >= column
        near = np.minimum(near, np.abs(moved - column))
    largest = max(np.abs(x).max(initial=0), np.abs(thresholds).max(initial=0)) or 1.0
    scale = node.get("out_scale", 1.0)
    values = scale * np.moveaxis(count, -1, axis) + node.get("out_bias", 0.0)
    return Rounded(values, abs(scale), np.moveaxis(near, -1, axis) / largest)
