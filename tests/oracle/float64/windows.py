"""Operators that slide a window: convolutions, their transposes, pools."""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .registry import CHANNELS_LAST, operator

# Pools' `ceil_mode`: a window that would begin behind the input and its first pad is left out. ONNX says so since opset 19;
# before, its formula counts such windows, which have no element.


def per_axis(node, name, rank):
    return list(node.get(name, [1] * rank))


def padding(node, extents, kernel, strides, dilations, ceil_mode=False):
    """(elements before, elements after, windows) per axis. Elements after may lie behind the declared pads (ceil_mode)."""
    rank = len(extents)
    pads = list(node.get("pads", [0] * (2 * rank)))
    auto = node.get("auto_pad", "NOTSET") or "NOTSET"
    result = []
    for i, extent in enumerate(extents):
        reach = (kernel[i] - 1) * dilations[i] + 1
        if auto in ("SAME_UPPER", "SAME_LOWER"):
            count = -(-extent // strides[i])
            total = max(0, (count - 1) * strides[i] + reach - extent)
            before = total // 2 if auto == "SAME_UPPER" else total - total // 2
            result.append((before, total - before, count))
            continue
        before, after = (0, 0) if auto == "VALID" else (pads[i], pads[rank + i])
        room = extent + before + after - reach
        if room < 0:
            node.refuse(f"a window of {reach} does not fit into {extent + before + after} elements")
        count = room // strides[i] + 1
        if ceil_mode:
            count = -(-room // strides[i]) + 1
            if (count - 1) * strides[i] >= extent + before:
                count -= 1
        result.append((before, after, count))
    return result


def windows(x, kernel, strides, dilations, places, fill):
    """A view [N, C, windows..., kernel...] of x, padded with `fill` as `places` says."""
    widths, cuts = [(0, 0), (0, 0)], [slice(None)] * 2
    for extent, k, s, d, (before, _, count) in zip(x.shape[2:], kernel, strides, dilations, places):
        end = (count - 1) * s + (k - 1) * d + 1
        widths.append((before, max(0, end - before - extent)))
        cuts.append(slice(0, end))
    padded = np.pad(x, widths, constant_values=fill)[tuple(cuts)]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations)]
    view = sliding_window_view(padded, reach, axis=tuple(range(2, x.ndim)))
    picks = [slice(None)] * 2 + [slice(None, None, s) for s in strides] + [slice(None, None, d) for d in dilations]
    return view[tuple(picks)]


def convolve(node, x, w, b=None):
    """Convolution of arrays [N, C, ...] and [M, C / group, ...], in float64."""
    x, w = np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)
    rank, group = x.ndim - 2, node.get("group", 1)
    kernel = list(w.shape[2:])
    if list(node.get("kernel_shape", kernel)) != kernel:
        node.refuse(f"kernel_shape {node.get('kernel_shape')} but weights {list(w.shape)}")
    strides, dilations = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    places = padding(node, x.shape[2:], kernel, strides, dilations)
    view = windows(x, kernel, strides, dilations, places, 0.0)
    n, m, counts = x.shape[0], w.shape[0], view.shape[2:2 + rank]
    if x.shape[1] != group * w.shape[1] or m % group:
        node.refuse(f"{x.shape[1]} channels, weights {list(w.shape)}, group {group}")
    inner, outer = x.shape[1] // group, m // group
    if inner == 1 and outer == 1:    # depthwise: tap by tap
        y = np.zeros((n, m, *counts))
        for tap in np.ndindex(*kernel):
            y += view[(..., *tap)] * w[(slice(None), 0, *tap)].reshape(1, m, *[1] * rank)
    else:
        y = np.empty((n, m, *counts))
        order = [0, *range(1 + rank, 1 + 2 * rank), *range(1, 1 + rank)]    # channel, kernel, windows
        for i in range(n):
            for g in range(group):
                columns = view[i, g * inner:(g + 1) * inner].transpose(order)
                rows = w[g * outer:(g + 1) * outer].reshape(outer, -1)
                y[i, g * outer:(g + 1) * outer] = (rows @ columns.reshape(rows.shape[1], -1)).reshape(outer, *counts)
    return y if b is None else y + np.asarray(b, dtype=np.float64).reshape(1, m, *[1] * rank)


@operator("Conv")
def conv(node, x, w, b=None):
    return convolve(node, x, w, b)


def to_first(x):
    return np.moveaxis(x, -1, 1)


def to_last(x):
    return np.moveaxis(x, 1, -1)


@operator("Conv", domains=CHANNELS_LAST)
def conv_nhwc(node, x, w, b=None):
    """QONNX's wrapper: input, output and weights have their channels last."""
    return to_last(convolve(node, to_first(x), to_first(w), b))


@operator("ConvTranspose")
def conv_transpose(node, x, w, b=None):
    rank, group = x.ndim - 2, node.get("group", 1)
    n, m = x.shape[0], w.shape[1] * group
    kernel, strides, dilations = list(w.shape[2:]), per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    extra = list(node.get("output_padding", [0] * rank))
    pads = list(node.get("pads", [0] * (2 * rank)))
    auto, wanted = node.get("auto_pad", "NOTSET") or "NOTSET", node.get("output_shape")
    full = [s * (e - 1) + (k - 1) * d + 1 + p for s, e, k, d, p in zip(strides, x.shape[2:], kernel, dilations, extra)]
    if wanted is None and auto in ("SAME_UPPER", "SAME_LOWER"):
        wanted = [e * s for e, s in zip(x.shape[2:], strides)]
    if wanted is not None:
        total = [max(0, f - o) for f, o in zip(full, list(wanted)[-rank:])]
        begin = [t // 2 if auto == "SAME_UPPER" else t - t // 2 for t in total]
        pads = begin + [t - p for t, p in zip(total, begin)]
    elif auto == "VALID":
        pads = [0] * (2 * rank)
    y = np.zeros((n, m, *full))
    inner, outer = x.shape[1] // group, w.shape[1]
    for g in range(group):
        part = x[:, g * inner:(g + 1) * inner]
        for tap in np.ndindex(*kernel):
            spread = np.einsum("nc...,cm->nm...", part, w[(slice(g * inner, (g + 1) * inner), slice(None), *tap)])
            place = [slice(t * d, t * d + (e - 1) * s + 1, s) for t, d, e, s in zip(tap, dilations, x.shape[2:], strides)]
            y[(slice(None), slice(g * outer, (g + 1) * outer), *place)] += spread
    y = y[(slice(None), slice(None), *[slice(pads[i], f - pads[rank + i]) for i, f in enumerate(full)])]
    if wanted is not None:    # an output_shape beyond what the inputs reach: zeros behind
        y = np.pad(y, [(0, 0), (0, 0)] + [(0, max(0, o - e)) for o, e in zip(list(wanted)[-rank:], y.shape[2:])])
    return y if b is None else y + b.reshape(1, m, *[1] * rank)


def max_pooled(node, x):
    rank, kernel = x.ndim - 2, list(node.get("kernel_shape"))
    strides, dilations = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    places = padding(node, x.shape[2:], kernel, strides, dilations, bool(node.get("ceil_mode", 0)))
    view = windows(x.astype(np.float64), kernel, strides, dilations, places, -np.inf)
    y = view[(..., *[0] * rank)].copy()
    for tap in np.ndindex(*kernel):
        np.maximum(y, view[(..., *tap)], out=y)
    return y.astype(x.dtype)


@operator("MaxPool")
def max_pool(node, x):
    if len([name for name in node.outputs if name]) > 1:
        node.refuse("Indices are not computed")
    return max_pooled(node, x)


@operator("MaxPool", domains=CHANNELS_LAST)
def max_pool_nhwc(node, x):
    return to_last(max_pooled(node, to_first(x)))


def average_pooled(node, x):
    """Means of windows; elements behind the declared pads never count, declared pads where count_include_pad is set."""
    rank, kernel = x.ndim - 2, list(node.get("kernel_shape"))
    strides, dilations = per_axis(node, "strides", rank), per_axis(node, "dilations", rank)
    places = padding(node, x.shape[2:], kernel, strides, dilations, bool(node.get("ceil_mode", 0)))
    view = windows(x.astype(np.float64), kernel, strides, dilations, places, 0.0)
    counted = np.ones((1, 1, *x.shape[2:]))
    counting = places
    if node.get("count_include_pad", 0):
        counted = np.ones((1, 1, *[e + b + a for e, (b, a, _) in zip(x.shape[2:], places)]))
        counting = [(0, 0, count) for _, _, count in places]
    spatial = tuple(range(-rank, 0))
    return view.sum(axis=spatial) / windows(counted, kernel, strides, dilations, counting, 0.0).sum(axis=spatial)


@operator("AveragePool")
def average_pool(node, x):
    return average_pooled(node, x)


@operator("GlobalAveragePool")
def global_average_pool(node, x):
    return x.mean(axis=tuple(range(2, x.ndim)), keepdims=True)


@operator("GlobalMaxPool")
def global_max_pool(node, x):
    return x.max(axis=tuple(range(2, x.ndim)), keepdims=True)
