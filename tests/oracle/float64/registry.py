"""Which function computes which operator, and what such a function sees and gives back."""

import dataclasses

import numpy as np
from onnx import TensorProto

OPERATORS = {}

ONNX = ("", "ai.onnx")
# QONNX's operators stand in several domains; some exporters leave the domain out.
QONNX = ("qonnx.custom_op.general", "finn.custom_op.general", "onnx.brevitas", "", "ai.onnx")
CHANNELS_LAST = ("qonnx.custom_op.channels_last",)
MICROSOFT = ("com.microsoft",)


def operator(*names, domains=ONNX):
    """Registers a function(node, *arrays) for operators; an input that is left out is None.

    It gives an array, a tuple of arrays, or `Rounded`.
    """
    def register(function):
        for domain in domains:
            for name in names:
                assert (domain, name) not in OPERATORS, f"{domain}:{name} is registered twice"
                OPERATORS[domain, name] = function
        return function
    return register


class Unsupported(ValueError):
    """A node that the evaluator does not compute, and why."""


@dataclasses.dataclass
class Node:
    """An ONNX node with its attributes as Python values."""
    name: str
    kind: str
    domain: str
    inputs: list
    outputs: list
    attributes: dict
    opset: int                                     # of the node's domain; of ai.onnx for nodes without a domain
    types: list = dataclasses.field(default_factory=list)   # ONNX element types of the inputs, filled in when it runs

    def get(self, name, default=None):
        value = self.attributes.get(name, default)
        return value.decode() if isinstance(value, bytes) else value

    def refuse(self, why):
        raise Unsupported(f"{self.name} ({self.domain + ':' if self.domain else ''}{self.kind}): {why}")


@dataclasses.dataclass
class Rounded:
    """What a quantising node gives: values, and how near each was to becoming another value.

    `step` (broadcasts to the values): the difference between neighbouring values. `distance`: how far the number that
    was rounded lies from the nearest point where the result changes, in steps; 0 is exactly on it. For a sign or
    thresholds, which have no step in front of them, it is relative to the largest number of the tensor. `neighbour`: the
    value on the other side of that point; NaN or None where it may be either neighbour. `size`: the magnitude, in steps,
    that float64's own error is proportional to.

    Indices have no steps: there `behind` says how far other indices' elements are behind the chosen ones.
    """
    values: np.ndarray
    step: object
    distance: np.ndarray
    size: object = 0.0
    type: int = TensorProto.FLOAT
    neighbour: object = None
    behind: object = None


# Smallest and largest value of the integer element types.
RANGES = {
    TensorProto.UINT8: (0, 255), TensorProto.INT8: (-128, 127), TensorProto.UINT16: (0, 65535),
    TensorProto.INT16: (-32768, 32767), TensorProto.INT32: (-2**31, 2**31 - 1), TensorProto.UINT32: (0, 2**32 - 1),
    TensorProto.INT64: (-2**63, 2**63 - 1), TensorProto.UINT4: (0, 15), TensorProto.INT4: (-8, 7),
}
for _name, _range in (("UINT2", (0, 3)), ("INT2", (-2, 1))):   # newer than some versions of onnx
    if hasattr(TensorProto, _name):
        RANGES[getattr(TensorProto, _name)] = _range

FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.FLOAT16, TensorProto.BFLOAT16)


def widened(array):
    """The array as the evaluator keeps it."""
    array = np.asarray(array)
    if array.dtype == np.bool_ or array.dtype in (np.float64, np.int64):
        return array
    if np.issubdtype(array.dtype, np.integer) or array.dtype.name in ("int4", "uint4", "int2", "uint2"):
        return array.astype(np.int64)
    return array.astype(np.float64)


def whole(values):
    """The numbers as Python ints: attributes and shapes."""
    return [int(v) for v in np.asarray(values).reshape(-1)]


def along(values, rank, axis):
    """A 1-D tensor of parameters so that it broadcasts along `axis` of a tensor of `rank`; scalars as they are."""
    values = np.asarray(values)
    if values.size == 1:
        return values.reshape(())
    if values.ndim != 1:
        raise Unsupported(f"parameters of shape {list(values.shape)} where a scalar or one dimension is expected")
    shape = [1] * rank
    shape[axis] = values.size
    return values.reshape(shape)
