"""Operators of ONNX that round nothing, in float64 (onnx/docs/Operators.md)."""
import numpy


def pairs(node, name, count, default):
    return list(node.get(name, [default] * count))


def spatial_pads(node, spatial, strides, kernel, dilations):
    auto = node.get("auto_pad", "NOTSET")
    if auto in ("NOTSET", ""):
        return pairs(node, "pads", 2 * len(spatial), 0)
    if auto == "VALID":
        return [0] * (2 * len(spatial))
    begin, end = [], []
    for size, stride, k, dilation in zip(spatial, strides, kernel, dilations):
        total = max((-(-size // stride) - 1) * stride + (k - 1) * dilation + 1 - size, 0)
        less = total // 2
        begin.append(less if auto == "SAME_UPPER" else total - less)
        end.append(total - begin[-1])
    return begin + end


def windows(x, kernel, strides, pads, dilations, fill):
    """[N, C, out..., taps]: what each output position sees, `fill` where it sees padding."""
    n = len(kernel)
    padded = numpy.pad(x, [(0, 0), (0, 0)] + [(pads[i], pads[i + n]) for i in range(n)], constant_values=fill)
    out = [(padded.shape[2 + i] - (kernel[i] - 1) * dilations[i] - 1) // strides[i] + 1 for i in range(n)]
    parts = []
    for tap in numpy.ndindex(*kernel):
        at = tuple(slice(t * d, t * d + (o - 1) * s + 1, s) for t, d, o, s in zip(tap, dilations, out, strides))
        parts.append(padded[(slice(None), slice(None)) + at])
    return numpy.stack(parts, axis=-1)


def conv(node, x, w, b=None):
    n = w.ndim - 2
    kernel, group = w.shape[2:], node.get("group", 1)
    strides, dilations = pairs(node, "strides", n, 1), pairs(node, "dilations", n, 1)
    seen = windows(x, kernel, strides, spatial_pads(node, x.shape[2:], strides, kernel, dilations), dilations, 0.0)
    batch, channels, *out, taps = seen.shape
    per, rows = channels // group, w.shape[0] // group
    y = numpy.empty([batch, w.shape[0]] + out)
    for g in range(group):
        part = numpy.moveaxis(seen[:, g * per:(g + 1) * per], 1, -2).reshape(-1, per * taps)
        made = part @ w[g * rows:(g + 1) * rows].reshape(rows, -1).T
        y[:, g * rows:(g + 1) * rows] = numpy.moveaxis(made.reshape([batch] + out + [rows]), -1, 1)
    return y if b is None else y + b.reshape([1, -1] + [1] * n)


def pool(node, x, is_max):
    kernel = node["kernel_shape"]
    n = len(kernel)
    strides, dilations = pairs(node, "strides", n, 1), pairs(node, "dilations", n, 1)
    pads = spatial_pads(node, x.shape[2:], strides, kernel, dilations)
    if node.get("ceil_mode", 0):
        for i in range(n):
            over = (x.shape[2 + i] + pads[i] + pads[i + n] - (kernel[i] - 1) * dilations[i] - 1) % strides[i]
            pads[i + n] += (strides[i] - over) % strides[i]
    if is_max:
        return windows(x, kernel, strides, pads, dilations, -numpy.inf).max(axis=-1)
    seen = windows(x, kernel, strides, pads, dilations, 0.0)
    if node.get("count_include_pad", 0):
        return seen.mean(axis=-1)
    return seen.sum(axis=-1) / windows(numpy.ones_like(x), kernel, strides, pads, dilations, 0.0).sum(axis=-1)


def batch_normalization(node, x, scale, bias, mean, variance):
    shape = [1, -1] + [1] * (x.ndim - 2)
    scale, bias, mean, variance = (v.reshape(shape) for v in (scale, bias, mean, variance))
    return scale * (x - mean) / numpy.sqrt(variance + node.get("epsilon", 1e-5)) + bias


def gemm(node, a, b, c=None):
    a = a.T if node.get("transA", 0) else a
    b = b.T if node.get("transB", 0) else b
    y = node.get("alpha", 1.0) * (a @ b)
    return y if c is None else y + node.get("beta", 1.0) * c


def softmax(node, x):
    axis = node.get("axis", -1)
    e = numpy.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def reshape(node, x, shape):
    shape = [int(d) for d in shape]
    return x.reshape([x.shape[i] if d == 0 and not node.get("allowzero", 0) else d for i, d in enumerate(shape)])


def depth_to_space(node, x):
    n, c, h, w = x.shape
    b = node["blocksize"]
    if node.get("mode", "DCR") == "DCR":
        return x.reshape(n, b, b, c // b ** 2, h, w).transpose(0, 3, 4, 1, 5, 2).reshape(n, c // b ** 2, h * b, w * b)
    return x.reshape(n, c // b ** 2, b, b, h, w).transpose(0, 1, 4, 2, 5, 3).reshape(n, c // b ** 2, h * b, w * b)


def arg_max(node, x):
    y = numpy.argmax(x, axis=node.get("axis", 0))
    return (numpy.expand_dims(y, node.get("axis", 0)) if node.get("keepdims", 1) else y).astype(float)


def top_k(node, x, k):
    order = numpy.argsort(-x, axis=node.get("axis", -1), kind="stable")
    index = numpy.take(order, range(int(k.reshape(-1)[0])), axis=node.get("axis", -1))
    return numpy.take_along_axis(x, index, axis=node.get("axis", -1)), index.astype(float)


def pad(node, x, pads=None, value=None):
    pads = [int(p) for p in (node["pads"] if pads is None else pads)]
    value = node.get("value", 0.0) if value is None else float(value.reshape(-1)[0])
    return numpy.pad(x, [(pads[i], pads[i + x.ndim]) for i in range(x.ndim)], constant_values=value)


def squeeze(node, x, axes=None):
    axes = node.get("axes") if axes is None else axes
    return numpy.squeeze(x, tuple(int(a) for a in axes) if axes is not None else None)


def unsqueeze(node, x, axes=None):
    return numpy.expand_dims(x, tuple(int(a) for a in (node.get("axes") if axes is None else axes)))


def flatten(node, x):
    axis = node.get("axis", 1)
    return x.reshape(int(numpy.prod(x.shape[:axis])), -1)


def clip(node, x, low=None, high=None):
    low = node.get("min", -numpy.inf) if low is None else low
    high = node.get("max", numpy.inf) if high is None else high
    return numpy.minimum(numpy.maximum(x, low), high)


def slice_(node, x, starts=None, ends=None, axes=None, steps=None):
    starts, ends = (node["starts"], node["ends"]) if starts is None else (starts, ends)
    axes = node.get("axes", range(len(starts))) if axes is None else axes
    at = [slice(None)] * x.ndim
    for i, axis in enumerate(axes):
        at[int(axis)] = slice(int(starts[i]), int(max(min(ends[i], 2 ** 31), -2 ** 31)), int(steps[i]) if steps is not None else 1)
    return x[tuple(at)]


OPERATORS = {
    "Abs": lambda n, x: numpy.abs(x),
    "Add": lambda n, a, b: a + b,
    "ArgMax": arg_max,
    "AveragePool": lambda n, x: pool(n, x, False),
    "BatchNormalization": batch_normalization,
    "Cast": lambda n, x: x,
    "Ceil": lambda n, x: numpy.ceil(x),
    "Clip": clip,
    "Concat": lambda n, *parts: numpy.concatenate(parts, axis=n["axis"]),
    "Conv": conv,
    "DepthToSpace": depth_to_space,
    "Div": lambda n, a, b: a / b,
    "Dropout": lambda n, x, *_: x,
    "Exp": lambda n, x: numpy.exp(x),
    "Elu": lambda n, x: numpy.where(x >= 0, x, n.get("alpha", 1.0) * numpy.expm1(x)),
    "Flatten": flatten,
    "Gather": lambda n, x, i: numpy.take(x, i.astype(int), axis=n.get("axis", 0)),
    "Gemm": gemm,
    "Floor": lambda n, x: numpy.floor(x),
    "GlobalAveragePool": lambda n, x: x.mean(axis=tuple(range(2, x.ndim)), keepdims=True),
    "GlobalMaxPool": lambda n, x: x.max(axis=tuple(range(2, x.ndim)), keepdims=True),
    "HardSigmoid": lambda n, x: numpy.clip(n.get("alpha", 0.2) * x + n.get("beta", 0.5), 0, 1),
    "Identity": lambda n, x: x,
    "LeakyRelu": lambda n, x: numpy.where(x >= 0, x, n.get("alpha", 0.01) * x),
    "MatMul": lambda n, a, b: a @ b,
    "Max": lambda n, *x: numpy.maximum.reduce(x),
    "Min": lambda n, *x: numpy.minimum.reduce(x),
    "Neg": lambda n, x: -x,
    "Pow": lambda n, a, b: numpy.power(a, b),
    "MaxPool": lambda n, x: pool(n, x, True),
    "Mul": lambda n, a, b: a * b,
    "PRelu": lambda n, x, s: numpy.where(x >= 0, x, s * x),
    "Pad": pad,
    "Relu": lambda n, x: numpy.maximum(x, 0),
    "Reshape": reshape,
    "Shape": lambda n, x: numpy.array(x.shape, dtype=float),
    "Sigmoid": lambda n, x: 1 / (1 + numpy.exp(-x)),
    "Slice": slice_,
    "Sqrt": lambda n, x: numpy.sqrt(x),
    "Softmax": softmax,
    "Squeeze": squeeze,
    "Sub": lambda n, a, b: a - b,
    "Tanh": lambda n, x: numpy.tanh(x),
    "TopK": top_k,
    "Transpose": lambda n, x: x.transpose(n.get("perm")),
    "Unsqueeze": unsqueeze,
}
