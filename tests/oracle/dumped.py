"""What `braid run --dump` writes, as tensors of the ONNX file."""
import json
import pathlib

import numpy as np


def _orders(frame, shape):
    """The ways in which a stream [..., channels] can be the ONNX tensor of this shape: channels come first there; a
    flattened map may stand in either order, and only its size tells."""
    yield frame.reshape(shape)
    if len(shape) >= 3:
        yield np.moveaxis(frame.reshape(list(shape[2:]) + [shape[1]]), -1, 0).reshape(shape)


def _flattened(frame, shape, maps):
    for channels, *sizes in maps:
        if channels * int(np.prod(sizes)) == frame.size:
            yield np.moveaxis(frame.reshape(list(sizes) + [channels]), -1, 0).reshape(shape)


def tensors(folder, expected):
    """By name of tensor: the numbers of the first frame, in the order that comes nearest to `expected`'s."""
    maps = {array.shape[1:] for array in expected.values() if array.ndim >= 3}
    out = {}
    for row in json.loads((pathlib.Path(folder) / "index.json").read_text()):
        name = row["stream"]
        if "scale" not in row or name not in expected:
            continue
        numbers = np.load(pathlib.Path(folder) / row["file"])[0].astype(np.float64)
        frame = numbers * np.array(row["scale"]) + np.array(row["bias"])
        like = np.asarray(expected[name], dtype=np.float64)
        ways = list(_orders(frame, like.shape)) + (list(_flattened(frame, like.shape, maps)) if like.ndim == 2 else [])
        out[name] = min(ways, key=lambda way: np.abs(way - like).sum())
    return out
