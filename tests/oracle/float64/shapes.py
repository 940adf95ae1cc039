"""Operators that move, select or make elements and compute nothing with them."""

import numpy as np
from onnx import numpy_helper

from .registry import operator, whole, widened


@operator("Constant")
def constant(node):
    for name, value in node.attributes.items():
        if name == "value":
            return widened(numpy_helper.to_array(value))
        if name in ("value_float", "value_floats"):
            return np.asarray(value, dtype=np.float64)
        if name in ("value_int", "value_ints"):
            return np.asarray(value, dtype=np.int64)
    return node.refuse(f"no value among {list(node.attributes)}")


@operator("ConstantOfShape")
def constant_of_shape(node, shape):
    value = node.get("value")
    fill = np.zeros(1) if value is None else widened(numpy_helper.to_array(value))
    return np.full(whole(shape), fill.reshape(-1)[0])


@operator("Shape")
def shape_of(node, x):
    return np.asarray(x.shape, dtype=np.int64)[node.get("start", 0):node.get("end", None)]


@operator("Size")
def size_of(node, x):
    return np.asarray(x.size, dtype=np.int64)


@operator("Reshape")
def reshape(node, x, shape=None):
    wanted = whole(shape) if shape is not None else list(node.get("shape"))
    if not node.get("allowzero", 0):
        wanted = [x.shape[i] if extent == 0 else extent for i, extent in enumerate(wanted)]
    return x.reshape(wanted)


@operator("Flatten")
def flatten(node, x):
    axis = node.get("axis", 1)
    axis += x.ndim if axis < 0 else 0
    return x.reshape(int(np.prod(x.shape[:axis], dtype=np.int64)), -1)


@operator("Transpose")
def transpose(node, x):
    return np.transpose(x, node.get("perm"))


@operator("Squeeze")
def squeeze(node, x, axes=None):
    axes = whole(axes) if axes is not None else node.get("axes")
    return np.squeeze(x, axis=None if axes is None else tuple(axes))


@operator("Unsqueeze")
def unsqueeze(node, x, axes=None):
    axes = whole(axes) if axes is not None else node.get("axes")
    return np.expand_dims(x, tuple(axes))


@operator("Concat")
def concat(node, *arrays):
    return np.concatenate(arrays, axis=node.get("axis", 1))


@operator("Split")
def split(node, x, sizes=None):
    axis = node.get("axis", 0)
    sizes = whole(sizes) if sizes is not None else node.get("split")
    if sizes is None:
        parts = node.get("num_outputs", len(node.outputs))
        most = -(-x.shape[axis] // parts)
        return tuple(np.split(x, [most * i for i in range(1, parts)], axis))
    return tuple(np.split(x, np.cumsum(sizes)[:-1], axis))


@operator("Expand")
def expand(node, x, shape):
    return np.broadcast_to(x, np.broadcast_shapes(x.shape, tuple(whole(shape))))


@operator("Tile")
def tile(node, x, repeats):
    return np.tile(x, whole(repeats))


@operator("Range")
def steps(node, start, limit, delta):
    return np.arange(start.item(), limit.item(), delta.item()).astype(start.dtype)


@operator("Gather")
def gather(node, x, indices):
    return np.take(x, indices, axis=node.get("axis", 0))


@operator("Slice")
def slices(node, x, starts=None, ends=None, axes=None, strides=None):
    starts = whole(starts) if starts is not None else list(node.get("starts"))
    ends = whole(ends) if ends is not None else list(node.get("ends"))
    axes = whole(axes) if axes is not None else list(node.get("axes", range(len(starts))))
    strides = whole(strides) if strides is not None else [1] * len(starts)
    chosen = [slice(None)] * x.ndim
    for axis, start, end, stride in zip(axes, starts, ends, strides):
        chosen[axis] = slice(start, end, stride)
    return x[tuple(chosen)]


@operator("Pad")
def pad(node, x, pads=None, value=None, axes=None):
    pads = whole(pads) if pads is not None else list(node.get("pads"))
    value = node.get("value", 0.0) if value is None else value.reshape(-1)[0]
    axes = whole(axes) if axes is not None else list(range(x.ndim))
    widths = [(0, 0)] * x.ndim
    for i, axis in enumerate(axes):
        widths[axis] = (pads[i], pads[len(axes) + i])
    cut = tuple(slice(max(0, -a), n - max(0, -b)) for (a, b), n in zip(widths, x.shape))    # negative pads remove
    widths = [(max(0, a), max(0, b)) for a, b in widths]
    mode = node.get("mode", "constant")
    if mode == "constant":
        return np.pad(x[cut], widths, constant_values=value)
    return np.pad(x[cut], widths, mode={"reflect": "reflect", "edge": "edge", "wrap": "wrap"}[mode])


@operator("DepthToSpace")
def depth_to_space(node, x):
    n, c, h, w = x.shape
    b = node.get("blocksize")
    if node.get("mode", "DCR") == "DCR":
        moved = x.reshape(n, b, b, c // (b * b), h, w).transpose(0, 3, 4, 1, 5, 2)
    else:
        moved = x.reshape(n, c // (b * b), b, b, h, w).transpose(0, 1, 4, 2, 5, 3)
    return moved.reshape(n, c // (b * b), h * b, w * b)


@operator("SpaceToDepth")
def space_to_depth(node, x):
    n, c, h, w = x.shape
    b = node.get("blocksize")
    return x.reshape(n, c, h // b, b, w // b, b).transpose(0, 3, 5, 1, 2, 4).reshape(n, c * b * b, h // b, w // b)


def _nearest_indices(node, length, resized, scale):
    """For each element of a resized axis, the element it is a copy of."""
    at = np.arange(resized, dtype=np.float64)
    mode = node.get("coordinate_transformation_mode", "half_pixel") if node.kind == "Resize" and node.opset >= 11 else "asymmetric"
    if mode == "asymmetric":
        origin = at / scale
    elif mode in ("half_pixel", "pytorch_half_pixel"):
        origin = (at + 0.5) / scale - 0.5 if mode == "half_pixel" or resized > 1 else np.zeros(1)
    elif mode == "half_pixel_symmetric":
        centre = length / 2 * (1 - resized / (length * scale))
        origin = centre + (at + 0.5) / scale - 0.5
    elif mode == "tf_half_pixel_for_nn":
        origin = (at + 0.5) / scale
    elif mode == "align_corners":
        origin = at * (length - 1) / (resized - 1) if resized > 1 else np.zeros(1)
    else:
        node.refuse(f"coordinate_transformation_mode {mode}")
    nearest = node.get("nearest_mode", "round_prefer_floor") if node.kind == "Resize" and node.opset >= 11 else "floor"
    rounding = {"round_prefer_floor": lambda v: np.ceil(v - 0.5), "round_prefer_ceil": lambda v: np.floor(v + 0.5),
                "floor": np.floor, "ceil": np.ceil}[nearest]
    return np.clip(rounding(origin), 0, length - 1).astype(np.int64)


@operator("Resize", "Upsample")
def resize(node, x, *given):
    if node.get("mode", "nearest") != "nearest":
        node.refuse("only mode nearest is computed")
    if node.get("keep_aspect_ratio_policy", "stretch") != "stretch" or node.get("coordinate_transformation_mode") == "tf_crop_and_resize":
        node.refuse("keep_aspect_ratio_policy and tf_crop_and_resize are not computed")
    sizes = None
    if node.kind == "Upsample" or node.opset < 11:
        scales = list(given[0]) if given else list(node.get("scales"))
    else:
        scales = list(given[1]) if len(given) > 1 and given[1] is not None and given[1].size else None
        sizes = whole(given[2]) if len(given) > 2 and given[2] is not None else None
    axes = list(node.get("axes", range(x.ndim)))
    for i, axis in enumerate(axes):
        length = x.shape[axis]
        resized = sizes[i] if sizes is not None else int(np.floor(length * scales[i]))
        scale = resized / length if sizes is not None else float(scales[i])
        if resized != length or scale != 1:
            x = np.take(x, _nearest_indices(node, length, resized, scale), axis=axis)
    return x
