"""Matrix products, reductions, softmax, and the operators that pick the largest elements."""

import numpy as np
from onnx import TensorProto

from .registry import Rounded, operator, whole


@operator("MatMul")
def matmul(node, a, b):
    return a @ b


def product(node, a, b, c=None):
    """alpha * a' * b' + beta * c; c broadcasts."""
    a = a.T if node.get("transA", 0) else a
    b = b.T if node.get("transB", 0) else b
    y = node.get("alpha", 1.0) * (a.astype(np.float64) @ b.astype(np.float64))
    return y if c is None else y + node.get("beta", 1.0) * c


@operator("Gemm")
def gemm(node, a, b, c=None):
    return product(node, a, b, c)


def _axes(node, x, axes):
    axes = whole(axes) if axes is not None and axes.size else node.get("axes")
    if axes is None:
        return () if node.get("noop_with_empty_axes", 0) else tuple(range(x.ndim))
    return tuple(axes)


def _reduction(function):
    return lambda node, x, axes=None: function(x, _axes(node, x, axes), bool(node.get("keepdims", 1)))


REDUCTIONS = {
    "ReduceMean": lambda x, axes, keep: x.mean(axis=axes, keepdims=keep),
    "ReduceSum": lambda x, axes, keep: x.sum(axis=axes, keepdims=keep),
    "ReduceMax": lambda x, axes, keep: x.max(axis=axes, keepdims=keep),
    "ReduceMin": lambda x, axes, keep: x.min(axis=axes, keepdims=keep),
    "ReduceProd": lambda x, axes, keep: x.prod(axis=axes, keepdims=keep),
    "ReduceSumSquare": lambda x, axes, keep: np.square(x).sum(axis=axes, keepdims=keep),
    "ReduceL2": lambda x, axes, keep: np.sqrt(np.square(x).sum(axis=axes, keepdims=keep)),
}
for _name, _function in REDUCTIONS.items():
    operator(_name)(_reduction(_function))


def normalised(x, axes):
    """exp(x) divided by its sum over the axes."""
    powers = np.exp(x - x.max(axis=axes, keepdims=True))
    return powers / powers.sum(axis=axes, keepdims=True)


def softmax_axes(rank, axis, opset):
    """Over `axis` since opset 13; before, over all axes from `axis` on."""
    axis += rank if axis < 0 else 0
    return (axis,) if opset >= 13 else tuple(range(axis, rank))


@operator("Softmax")
def softmax(node, x):
    return normalised(x, softmax_axes(x.ndim, node.get("axis", -1 if node.opset >= 13 else 1), node.opset))


@operator("LogSoftmax")
def log_softmax(node, x):
    return np.log(softmax(node, x))


def _chosen(x, at, axis, keep=True):
    """Indices along an axis; of another's indices it can be told how far their elements are behind, relative to the largest."""
    largest = np.abs(x).max(initial=0) or 1.0

    def behind(found):
        found = found.astype(np.int64)
        found = found if keep else np.expand_dims(found, axis)
        valid = (found >= 0) & (found < x.shape[axis])
        away = np.abs(np.take_along_axis(x, at, axis) - np.take_along_axis(x, np.where(valid, found, 0), axis)) / largest
        away = np.where(valid, away, np.inf)
        return away if keep else away.squeeze(axis)

    values = at if keep else at.squeeze(axis)
    return Rounded(values, None, np.full(values.shape, np.inf), type=TensorProto.INT64, behind=behind)


@operator("ArgMax", "ArgMin")
def arg_max(node, x):
    axis, keep = node.get("axis", 0), bool(node.get("keepdims", 1))
    axis += x.ndim if axis < 0 else 0
    x = x if node.kind == "ArgMax" else -x
    if node.get("select_last_index", 0):
        at = x.shape[axis] - 1 - np.argmax(np.flip(x, axis), axis=axis, keepdims=True)
    else:
        at = np.argmax(x, axis=axis, keepdims=True)    # the first of equal ones
    return _chosen(x, at, axis, keep)


@operator("TopK")
def top_k(node, x, k=None):
    """Ties go to the lowest index. `sorted` = 0 leaves the order open: here it is sorted all the same."""
    k = node.get("k") if k is None else whole(k)[0]
    axis = node.get("axis", -1)
    axis += x.ndim if axis < 0 else 0
    keys = -x if node.get("largest", 1) else x
    at = np.take(np.argsort(keys, axis=axis, kind="stable"), range(k), axis=axis)
    return np.take_along_axis(x, at, axis), _chosen(x, at, axis)
